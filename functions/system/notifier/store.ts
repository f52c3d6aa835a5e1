import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite, removeExisting, replace, type Write } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import { emergencyEvent } from '#schema/notifier/notifier-settings.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { findOwnTemplate } from '#dynamodb/rows/email-template.ts';
import type { NoticeState } from './admission.ts';
import { mayNameTemplate, type Contact } from './content.ts';
import { heldKind, type notifier } from './contract.ts';
import { decidedEventRow, keptNoticeRow, keptPrefix, noticeStateRow, type DecidedEvent } from './row.ts';

type Reads = Table<ReadName<EffectOf<typeof notifier>>>;
type NoticeKey = { readonly event_id: string; readonly rule_id: string };

/** The user whom an event concerns: of its data, its entity, its device or its mailbox. */
async function concernedUser(table: Reads, { type, entity, data }: EventItem): Promise<string | null> {
  // Who calls for help knows it: others are to let help in.
  if (type === emergencyEvent) return null;
  const { user_id: user, mailbox } = data;
  if (typeof user === 'string') return user;
  if (entity.type === 'user') return entity.id;
  if (entity.type === 'device') return (await table.get(deviceRow, { id: entity.id }))?.user_id ?? null;
  return typeof mailbox === 'string' ? ((await readMailbox(table, mailbox))?.user_id ?? null) : null;
}

const contactOfUser = async (table: Reads, id: string | null | undefined): Promise<Contact | undefined> => {
  const user = id == null ? undefined : await table.get(userRow, { id });
  return user?.status === 'active' ? { email: user.email, mobile: user.mobile } : undefined;
};

export const notifierStore = (table: Reads) => ({
  settings: () => table.get(notifierSettingsRow, {}),
  organization: () => table.get(organizationRow, {}),
  state: () => table.get(noticeStateRow, {}),
  /** Those of the events that exist. */
  events: async (ids: readonly string[]): Promise<readonly EventItem[]> =>
    (
      await table.getAll(
        eventRow,
        ids.map((id) => ({ id })),
      )
    ).flatMap((event) => event ?? []),
  /** The rules that were decided for events. */
  decided: async (events: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const found = await table.getAll(
      decidedEventRow,
      events.map((id) => ({ event_id: id })),
    );
    return new Map(found.flatMap((each) => (each === undefined ? [] : [[each.event_id, each.rules] as const])));
  },
  kept: async (limit: number) => (await table.query(keptNoticeRow, {}, { prefix: keptPrefix, limit })).items,
  /** An e-mail template of the organization that the text of a rule names. */
  ownTemplate: (template: string) =>
    mayNameTemplate(template) ? findOwnTemplate(table, template) : Promise.resolve(undefined),
  contactOf: async (event: EventItem): Promise<Contact | undefined> =>
    contactOfUser(table, await concernedUser(table, event)),
  /** The billing contact's address, and the mobile number of the administrator whom the organization names. */
  organizationContact: async ({ contacts }: Pick<OrganizationItem, 'contacts'>): Promise<Contact> => {
    const [profile, administrator] = await Promise.all([
      table.get(billingProfileRow, {}),
      contactOfUser(table, contacts.admin_user_id),
    ]);
    return {
      email: profile?.billingContact.email ?? administrator?.email ?? null,
      mobile: administrator?.mobile ?? null,
    };
  },
});

/** The rules of an event that are decided. No condition, as each decision has that of the state. */
export const decidedWrite = (decided: DecidedEvent): Write<'notice'> => overwrite(decidedEventRow, decided);
export const keepWrite = ({ event_id, rule_id }: NoticeKey): Write<'notice'> =>
  create(keptNoticeRow, { event_id, rule_id });
export const releaseWrite = (notice: NoticeKey): Write<'notice'> => removeExisting(keptNoticeRow, notice);
export const emailWrite = (email: Email): Write<'email'> => create(emailRow, email);

/** The next state, and the pointer to what it holds back if that has another time. Stale if it changed since. */
export function stateWrites(
  organization: number,
  before: NoticeState | undefined,
  after: NoticeState,
): Write<'notice' | 'due'>[] {
  const until = after.held?.until;
  return [
    before === undefined ? create(noticeStateRow, after) : replace(noticeStateRow, after, before),
    ...(until === undefined || until === before?.held?.until
      ? []
      : [scheduleDue({ kind: heldKind, org_id: organization, subject: 'notices', at: until })]),
  ];
}

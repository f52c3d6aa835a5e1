import type { EventItem } from '#dynamodb/rows/event.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Recorder } from '#runtime/event-record.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { queuedDetails, queuedEmail, type Email } from '#schema/email.ts';
import { eventData } from '#schema/event-data.ts';
import { entityText } from '#schema/event-entity.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import type { NoticeFields } from '#schema/notifier/notifier-notice.ts';
import type { NotifierRule, NotifierSettings } from '#schema/notifier/notifier-settings.ts';
import { organizationText } from '#schema/values.ts';
import type { Held } from './admission.ts';
import {
  contentOf,
  digestCounts,
  digestRecipients,
  digestText,
  recipientsOf,
  valuesOf,
  type Content,
} from './content.ts';
import type { notifier } from './contract.ts';
import { emailWrite, notifierStore } from './store.ts';

/** The writes of a notice and of a digest: its event, which starts its SMS and goes to webhooks, and its e-mail. */

export type NotifierContext = BackgroundContext<typeof notifier>;

/** The organization whose rules act, and its settings. */
export type Tenant = {
  readonly organization: OrganizationItem;
  readonly settings: NotifierSettings;
};

/** A rule and the event that starts it. */
export type Notice = { readonly event: EventItem; readonly rule: NotifierRule };

const timezoneOf = ({ organization, settings }: Tenant): string =>
  settings.delivery_preferences.quiet_hours.timezone ?? organization.timezone;

type Sending = {
  readonly fields: NoticeFields;
  readonly content: Content;
  /** Name of the rule. */
  readonly rule: string;
};

/** The e-mail: to the first address, with copies to the others. None without an address. */
function emailOf(
  { fields, content, rule }: Sending,
  { organization }: Tenant,
  { nextId, clock }: NotifierContext,
): Email[] {
  const [to, ...cc] = fields.email_to;
  if (to === undefined) return [];
  const now = clock().toISOString();
  const common = { id: nextId('eml'), cc, cause: 'notice' } as const;
  const { text, email: own } = content;
  if (own !== undefined)
    return [
      queuedEmail({
        ...common,
        to: [to],
        template: 'notifier_notice',
        template_version: 1,
        created_at: now,
        subject: own.subject,
        html: own.html,
        text,
      }),
    ];
  const owner = { name: organization.name, id: organizationText(organization.org_id) };
  const variables = { text, rule, organization: owner };
  return [noticeEmail({ ...common, to, template: 'notifier_notice', variables, now })];
}

/** @param record of one transaction */
function sendingWrites(
  type: 'notifier.notice' | 'notifier.digest',
  sending: Sending & { readonly more: object; readonly description: string },
  tenant: Tenant,
  context: NotifierContext & { readonly record: Recorder },
) {
  const { record, nextId } = context;
  const id = nextId('evt');
  const { fields, more, description } = sending;
  return [
    record(type, {
      id,
      entity: { type: 'notice', id },
      description,
      fields: { ...more, ...fields },
      cause: 'notice',
      published: fields.channels.includes('webhook') ? undefined : false,
    }),
    ...emailOf(sending, tenant, context).flatMap((email) => [
      emailWrite(email),
      record('email.queued', queuedDetails(email)),
    ]),
  ];
}

/** The writes that send a notice: three at most. */
export async function noticeWrites({ event, rule }: Notice, tenant: Tenant, context: NotifierContext) {
  const { org_id: organization } = tenant.organization;
  const store = notifierStore(context.tableOf(organization));
  const own = await store.ownTemplate(rule.template);
  const contact =
    rule.recipients.length > 0
      ? undefined
      : ((await store.contactOf(event)) ?? (await store.organizationContact(tenant.organization)));
  const content = contentOf(rule, valuesOf(event, eventData(event), timezoneOf(tenant)), own);
  const fields = { channels: rule.channels, ...recipientsOf(rule, contact), text: content.text };
  const more = {
    rule: { id: rule.id, name: rule.name },
    event: { id: event.id, type: event.type, entity: entityText(event.entity) },
  };
  const sending = { fields, content, rule: rule.name, more, description: `Notice of the rule ${rule.name}` };
  return sendingWrites('notifier.notice', sending, tenant, { ...context, record: context.recorderOf(organization) });
}

/** The writes that send the digest of what is held back: three at most. */
export async function digestWrites(held: Held, tenant: Tenant, context: NotifierContext) {
  const { organization, settings } = tenant;
  const rules = settings.notification_rules;
  const counts = digestCounts(held, rules);
  const counted = rules.filter(({ id }) => Object.hasOwn(held.counts, id));
  const contact = await notifierStore(context.tableOf(organization.org_id)).organizationContact(organization);
  const text = digestText(held, counts, timezoneOf(tenant));
  const fields = { ...digestRecipients(counted, contact), text };
  const more = { count: held.counted, rules: counts, since: held.since };
  const sending = { fields, content: { text }, rule: 'Digest', more, description: `Digest of ${held.counted} notices` };
  const record = context.recorderOf(organization.org_id);
  return sendingWrites('notifier.digest', sending, tenant, { ...context, record });
}

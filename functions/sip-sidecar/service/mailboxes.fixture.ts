import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { deviceLineRow, deviceRow } from '#dynamodb/rows/device.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { MailboxItem } from '#schema/mailbox.ts';
import type { CommandOf } from '#sidecar/command.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { deviceOf } from '#test/support/resources.fixture.ts';
import { userOf } from '#test/support/people.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { accountOf, type Account, type Running } from './sidecar.fixture.ts';
import { sipAccountRow } from '../../telephony/rows/sip-account.ts';

/** Users with mailboxes, and their phones, in the organization 1001. */

const organization = 1_001;

/** A user with an extension, which is the name of the mailbox. */
export async function addMailboxUser(store: Store, extension: string): Promise<string> {
  const id = `usr_${extension}`;
  await commit(store, organization, [
    overwrite(userRow, userOf(id, { extension })),
    overwrite(userExtensionRow, { extension, owner: id }),
  ]);
  return id;
}

export const setCounts = (store: Store, mailbox: string, counts: Omit<MailboxItem, 'mailbox'>) =>
  commit(store, organization, [overwrite(mailboxRow, { mailbox, ...counts })]);

type Line = {
  readonly device: string;
  readonly user: string | null;
  readonly extension: string;
  /** Extensions of its lines of type `blf`. */
  readonly watches?: readonly string[];
};

/** A device with one line that registers, and its account. */
export async function addPhoneLine(store: Store, { device, user, extension, watches = [] }: Line): Promise<Account> {
  const { item, ...account } = accountOf({ device, user });
  const line = { line_number: 1, extension, label: null, type: 'primary', sip_username: item.sip_username } as const;
  const stored = deviceOf({ id: device, user_id: user, lines: [line, ...watches.map(watchingLine)] });
  await commit(store, organization, [
    overwrite(deviceRow, stored),
    overwrite(deviceLineRow, { extension, device_id: device, sip_usernames: [item.sip_username] }),
  ]);
  await commit(store, 0, [overwrite(sipAccountRow, { ...item, extension })]);
  return account;
}

const watchingLine = (extension: string, at: number) =>
  ({ line_number: at + 2, extension, label: null, type: 'blf', sip_username: null }) as const;

/** Asks the tasks to send the counts of mailboxes. */
export const announce = (
  { dependencies, secrets }: Running,
  changed: Partial<Pick<CommandOf<'message-summary'>, 'mailboxes' | 'users'>>,
) =>
  sidecarClient({ store: dependencies.store, secrets, clock: () => new Date(), fetch }).sendMessageSummaries({
    id: dependencies.nextId('cmd'),
    organization,
    mailboxes: [],
    users: [],
    timeout_seconds: 20,
    ...changed,
  });

const fieldOf = (text: string, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';

/** What a phone was notified of, one text for each NOTIFY: its counts and its Subscription-State. */
export const summariesAt = ({ notified }: Phone): string[] =>
  notified.map(({ body, headers }) => {
    const [state] = headers.fields({ key: 'subscription-state' });
    return `${fieldOf(body.toString(), 'Voice-Message')} ${state?.value.replace(/\d+/, 'N')}`.trim();
  });

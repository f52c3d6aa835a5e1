import { readToEnd } from '#dynamodb/read-to-end.ts';
import { deviceLineRow, deviceLines, deviceRow, devicesOfUser } from '#dynamodb/rows/device.ts';
import type { DeviceLineItem } from '#dynamodb/rows/device.ts';
import { mailboxOfUser, mailboxRow, readMailbox } from '#dynamodb/rows/mailbox.ts';
import { phoneRow, phonesOfUser } from '#dynamodb/rows/phone.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { accountLines } from '#schema/device.ts';
import { countsOf, type MailboxCounts } from '#schema/mailbox.ts';
import { noMessages, printMessageSummary, type MessageSummary } from '#sip/subscription/message-summary.ts';
import { sipUri } from '#sip/uri.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import type { SidecarContext } from '../leases/membership.ts';

/** Whose mailbox a line shows (functions/sip-sidecar/message-waiting/README.md). */

type Table = ReturnType<SidecarContext['tableOf']>;

/** The mailbox of a user, and what it has. */
export type MailboxState = { readonly mailbox: string; readonly summary: MessageSummary };

/** The counts in the terms of RFC 3842: messages that were not heard are new, all others old. */
const summaryOf = ({ new: unheard, read, saved, urgent_new, urgent_old }: MailboxCounts): MessageSummary => ({
  new: unheard,
  old: read + saved,
  urgentNew: urgent_new,
  urgentOld: urgent_old,
});

/** The user whose mailbox a line shows: the one of its extension, else its own or the one of its device. */
export async function userOfLine(table: Table, account: AnyAccountItem): Promise<string | null> {
  if (account.kind === 'line') return account.user_id;
  const { extension, user_id: user } = account;
  const owner = (await table.get(userExtensionRow, { extension }))?.owner;
  return owner?.startsWith('usr_') === true ? owner : user;
}

/** The mailbox of a user; undefined if there is no such user, or the user has none. */
export async function mailboxStateOf(table: Table, id: string): Promise<MailboxState | undefined> {
  const user = await table.get(userRow, { id });
  const mailbox = user === undefined ? undefined : await mailboxOfUser(table, user);
  if (mailbox === undefined) return undefined;
  return { mailbox, summary: summaryOf(countsOf(await table.get(mailboxRow, { mailbox }))) };
}

/** The owner of a mailbox, if it exists and has one. */
export const ownerOf = async (table: Table, mailbox: string): Promise<string | null> =>
  (await readMailbox(table, mailbox))?.user_id ?? null;

/** The SIP user names of the lines that may show the mailbox of a user; `userOfLine` decides. */
export async function lineNamesOf(table: Table, id: string): Promise<string[]> {
  const user = await table.get(userRow, { id });
  const extension = user?.extension ?? null;
  const [devices, phones, lines] = await Promise.all([
    readToEnd((after) => table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, id), after)),
    readToEnd((after) => table.queryIndex(phoneRow, 'GSI2', phonesOfUser(table.organization, id), after)),
    extension === null
      ? []
      : readToEnd((after) =>
          table.query<'device-line', DeviceLineItem, { extension: string }>(
            deviceLineRow,
            { extension },
            { ...deviceLines, ...after },
          ),
        ),
  ]);
  const names = devices.flatMap((device) => accountLines(device.lines).map(({ sip_username: name }) => name));
  const softphones = phones.map(({ username }) => username);
  return [...new Set([...names, ...softphones, ...lines.flatMap(({ sip_usernames }) => sip_usernames)])];
}

/** The body for a line. @param state undefined: its user has no mailbox any more */
export const summaryText = (
  { sip_username: user, domain }: Pick<AnyAccountItem, 'sip_username' | 'domain'>,
  state: MailboxState | undefined,
): string => printMessageSummary(sipUri({ user: state?.mailbox ?? user, host: domain }), state?.summary ?? noMessages);

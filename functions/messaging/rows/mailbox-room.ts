import { mailboxRow, type ReadMailbox } from '#dynamodb/rows/mailbox.ts';
import type { Table } from '#dynamodb/table.ts';
import { defaultPreferences } from '#schema/mailbox.ts';

/** The preferences of a mailbox; the defaults if they were never set. */
export const preferencesOf = ({ mailbox, preferences }: ReadMailbox) => preferences ?? defaultPreferences(mailbox);

/** How many messages a mailbox holds, and whether that many are there. `isNoted`: one was rejected for that before. */
export async function roomIn(table: Pick<Table<'mailbox'>, 'get'>, read: ReadMailbox) {
  const { mailbox, user_id: owner } = read;
  const { max_messages: max } = preferencesOf(read);
  const counted = await table.get(mailboxRow, { mailbox });
  return {
    mailbox,
    max,
    owners: owner === null ? [] : [owner],
    isFull: (counted?.held ?? 0) >= max,
    isNoted: counted?.full === true,
  };
}

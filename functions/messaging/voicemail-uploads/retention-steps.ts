import { scheduleDue } from '#dynamodb/rows/due.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { deletedMessageDetails, type Voicemail } from '#schema/voicemail.ts';
import type { voicemailUploads } from './contract.ts';
import { isExpired, nextLook } from './message.ts';
import { deletionWrites, messagesAtOnce, uploadStore } from './store.ts';

type RetentionContext = BackgroundContext<typeof voicemailUploads>;

/**
 * Deletes a message by its age. One that a legal hold keeps leaves its mailbox, too.
 * @param decide why the message goes, as the end of the event's description; null: it stays
 */
const deleteMessage = (
  { organization, id }: { readonly organization: number; readonly id: string },
  context: RetentionContext,
  decide: (message: Voicemail) => Promise<string | null>,
): Promise<void> =>
  context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const message = await store.get(id);
    const why = message === undefined ? null : await decide(message);
    if (message === undefined || why === null) return [];
    const record = context.recorderOf(organization);
    const deletion = await store.deletionOf(message, context.clock());
    return [...deletionWrites(message, deletion), record('voicemail.deleted', deletedMessageDetails(message, why))];
  });

const daysOf = async (organization: number, mailbox: string, { tableOf }: RetentionContext): Promise<number | null> =>
  (await uploadStore(tableOf(organization)).preferences(mailbox))?.retention_days ?? null;

/** Schedules a look at the mailbox for when this message is older than it keeps it. */
export const retain = (organization: number, id: string, context: RetentionContext): Promise<void> =>
  context.transact(organization, async () => {
    const message = await uploadStore(context.tableOf(organization)).get(id);
    if (message === undefined) return [];
    const days = await daysOf(organization, message.mailbox, context);
    if (days === null) return [];
    const at = nextLook(message, days, context.clock());
    return [scheduleDue({ kind: 'voicemail.expiry', at, org_id: organization, subject: message.mailbox })];
  });

/** Deletes the messages of a mailbox that are older than it keeps them, and schedules the next look. */
export async function deleteExpired(organization: number, mailbox: string, context: RetentionContext): Promise<void> {
  const { tableOf, clock } = context;
  const days = await daysOf(organization, mailbox, context);
  if (days === null) return;
  const messages = await uploadStore(tableOf(organization)).oldestOf(mailbox);
  const expired = messages.filter((message) => isExpired(message, days, clock()));
  for (const { id } of expired)
    await deleteMessage({ organization, id }, context, async (message) =>
      isExpired(message, await daysOf(organization, message.mailbox, context), clock())
        ? ' at the end of its days'
        : null,
    );
  const left = messages.find((message) => message.status !== 'pending' && !expired.includes(message));
  const next = left ?? (expired.length === messagesAtOnce ? expired[0] : undefined);
  if (next !== undefined) {
    const at = nextLook(next, days, clock());
    const pointer = scheduleDue({ kind: 'voicemail.expiry', at, org_id: organization, subject: mailbox });
    await context.transact(organization, async () => [pointer]);
  }
}

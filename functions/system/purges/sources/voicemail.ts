import { countMessages, readMailbox } from '#dynamodb/rows/mailbox.ts';
import { remove } from '#dynamodb/write.ts';
import { audioObject, countedAs, deletedMessageDetails, type Voicemail } from '#schema/voicemail.ts';
import { eraseAudio, releaseAudio, voicemailFacts, voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { extensionOf, idsIn, oldest, recordSource } from './source.ts';

type Counts = Record<keyof ReturnType<typeof countedAs>, number>;

/** What the counts of a mailbox lose. */
function lossOf(messages: readonly Voicemail[]): Partial<Counts> {
  const sums = new Map<keyof Counts, number>();
  for (const message of messages)
    for (const [name, count] of Object.entries(countedAs(message)) as [keyof Counts, number][])
      sums.set(name, (sums.get(name) ?? 0) - count);
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0));
}

/** What the event says: nothing of the message itself, as it may be deleted for what is in it. */
function deletedDetails(message: Voicemail, why: string) {
  const { before: _, persons: __, ...details } = deletedMessageDetails(message, why);
  return details;
}

/** Messages, by the time at which they came to their mailbox. Audio goes when no message has it any more. */
export const voicemailMessages = recordSource<Voicemail>({
  atOnce: 24,
  slice: async (table, range) => {
    const between = idsIn('vm', range);
    const { items, cursor = null } = await table.query(voicemailRow, {}, { ...oldest(range), between });
    return { items, cursor };
  },
  byIds: (table, ids) =>
    table.getAll(
      voicemailRow,
      ids.map((id) => ({ id })),
    ),
  describe: async (messages, table) => {
    const mailboxes = [...new Set(messages.map(({ mailbox }) => mailbox))];
    const owners = new Map(
      await Promise.all(
        mailboxes.map(async (mailbox) => [mailbox, (await readMailbox(table, mailbox))?.user_id ?? null] as const),
      ),
    );
    return messages.map((message) => ({
      id: message.id,
      facts: voicemailFacts(message, owners.get(message.mailbox) ?? null),
      record: message,
      fileBytes: message.size,
      isFinished: message.status !== 'pending',
      file: { ...audioObject(table.organization, message.audio), extension: extensionOf(message.content_type) },
    }));
  },
  // Their event has the audio deleted that no message has any more, and phones show the counts.
  deletions: (messages, { organization, now, record, why, forever }) => [
    ...messages.map((message) => remove(voicemailRow, message, message)),
    ...messages.map((message) => record('voicemail.deleted', deletedDetails(message, why))),
    ...[...Map.groupBy(messages, ({ mailbox }) => mailbox)].map(([mailbox, of]) => countMessages(mailbox, lossOf(of))),
    ...[...Map.groupBy(messages, ({ audio }) => audio)].flatMap(([id, { length }]) => [
      releaseAudio(id, length),
      ...(forever ? [eraseAudio(organization, id, now)] : []),
    ]),
  ],
});

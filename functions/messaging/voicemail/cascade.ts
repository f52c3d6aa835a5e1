import { scheduleDue } from '#dynamodb/rows/due.ts';
import { holdsOn, releasedRecords, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import { deletedMessageDetails, type Voicemail } from '#schema/voicemail.ts';
import type { voicemail } from './contract.ts';
import { eraseAudio, keptWrite, messagesOf, releaseAudio, voicemailRow } from '../rows/voicemail.ts';

/** Messages, or mailboxes, in one slice: a message has up to four items. */
const limit = 24;

/** Hidden messages in one slice: each has up to three items. */
const hiddenAtOnce = 30;

/** Messages that the index shows, of which some may be deleted or moved. */
const shownAtOnce = 100;

type Context = CascadeContext<CascadeEffect<typeof voicemail>>;

/** The deletion of messages, some of which share their audio. @param how `forever`: with all versions of the audio */
async function deletions(
  messages: readonly Voicemail[],
  { table, record, now }: Context,
  { why, forever }: { readonly why: string; readonly forever: boolean },
) {
  if (messages.length === 0) return [];
  const holds = await holdsOn(table, 'voicemail');
  const removed = messages.map((message) => ({ message, kept: keptWrite(message, { holds, owner: null, now }) }));
  const gone = removed.filter(({ kept }) => kept === undefined);
  const audio = Map.groupBy(gone, ({ message }) => message.audio);
  return [
    whileHoldsStay(holds),
    ...messages.flatMap((message) => [
      remove(voicemailRow, message),
      record('voicemail.deleted', deletedMessageDetails(message, why)),
    ]),
    ...removed.flatMap(({ kept }) => kept ?? []),
    ...[...audio].flatMap(([id, { length }]) => [
      releaseAudio(id, length),
      ...(forever ? [eraseAudio(table.organization, id, now)] : []),
    ]),
  ];
}

async function deleteMessages(mailbox: string, context: Context) {
  const { table } = context;
  const range = { limit: shownAtOnce };
  const { items } = await table.queryIndex(voicemailRow, 'GSI1', messagesOf(table.organization, mailbox), range);
  const present = (await table.getAll(voicemailRow, items)).flatMap((message) =>
    message?.mailbox === mailbox ? [message] : [],
  );
  return deletions(present.slice(0, limit), context, { why: ' with its mailbox', forever: false });
}

/** Ends what only a hold kept. Its audio goes when no message has it. */
async function endHidden(_hold: string, { table, now }: Context) {
  const { records, writes } = await releasedRecords(table, 'voicemail', hiddenAtOnce);
  const audio = Map.groupBy(records, ({ record }) => String(record['audio']));
  return [
    ...writes,
    ...[...audio].flatMap(([id, { length }]) => [
      releaseAudio(id, length),
      scheduleDue({ kind: 'voicemail.audio', at: now.toISOString(), org_id: table.organization, subject: id }),
    ]),
  ];
}

export const cascade: CascadeSteps<typeof voicemail> = {
  'legalhold.released': [endHidden],
  'legalhold.changed': [endHidden],
  'mailbox.deleted': [
    deleteMessages,
    async (mailbox, { table }) => {
      const counts = await table.get(mailboxRow, { mailbox });
      return counts === undefined ? [] : [remove(mailboxRow, { mailbox })];
    },
  ],
  'org.closed': [
    async (_organization, context) => {
      const { items } = await context.table.query(voicemailRow, {}, { limit });
      return deletions(items, context, { why: ' with its organization', forever: true });
    },
    async (_organization, { table }) => {
      const { items } = await table.query(mailboxRow, {}, { limit });
      return items.map((mailbox) => remove(mailboxRow, mailbox));
    },
  ],
};

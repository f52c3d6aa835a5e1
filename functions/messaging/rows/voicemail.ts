import { row } from '#dynamodb/row.ts';
import type { RecordFacts } from '#schema/record-class.ts';
import { countChange, countedAs, type HeardVoicemail, type Voicemail } from '#schema/voicemail.ts';
import { hideRecord, keeps, type Holds } from '#dynamodb/rows/legal-hold.ts';
import { countMessages } from '#dynamodb/rows/mailbox.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { change, create, remove, replace, type Write } from '#dynamodb/write.ts';
import { hour } from '#schema/time.ts';

/** The partition of GSI1 that holds the messages of a mailbox, after the entity. */
export const messagesOf = (organization: number, mailbox: string): readonly string[] => [String(organization), mailbox];

/** Sort key of a message in its mailbox: `2026-11-20T10:00:00.000Z#vm_…`. */
const timeKey = ({ received_at, id }: Pick<Voicemail, 'received_at' | 'id'>): string => `${received_at}#${id}`;

/** `voicemail#1001`; GSI1: by mailbox and time. */
export const voicemailRow = row<'voicemail', Voicemail, { id: string }>('voicemail', {
  records: 'voicemail',
  unsharded: 'people record messages one at a time',
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: messagesOf(organization, item.mailbox), sort: timeKey(item) }),
});

/** `audio#1001`: how many messages share a recording. */
export const audioRow = row<'audio', { id: string; messages: number }, { id: string }>('audio', {
  sort: ({ id }) => id,
});

/** The kind of the due pointer at which a message without its audio vanishes. */
const uploadDeadline = 'voicemail.upload';

/** A message that waits for its audio. @param max messages that the mailbox holds */
export const depositWrites = (message: Voicemail, organization: number, max: number) => [
  create(voicemailRow, message),
  create(audioRow, { id: message.audio, messages: 1 }),
  countMessages(message.mailbox, countedAs(message), max),
  scheduleDue({
    kind: uploadDeadline,
    org_id: organization,
    subject: message.id,
    at: new Date(Date.parse(message.created_at) + hour).toISOString(),
  }),
];

/** The writes of a change of state. */
export const markWrites = (before: Voicemail, after: Voicemail): Write<'voicemail' | 'mailbox'>[] => [
  replace(voicemailRow, after, before),
  countMessages(before.mailbox, countChange(before, after)),
];

/** A copy with the number of messages that its mailbox holds. */
type PlacedCopy = { readonly copy: HeardVoicemail; readonly max: number };

export const forwardWrites = ({ audio }: Voicemail, copies: readonly PlacedCopy[]) => [
  change(
    audioRow,
    { id: audio },
    {
      add: { messages: copies.length },
      // The message may be deleted at the same time, and its audio with it.
      onlyIf: { expression: '#messages > :none', names: { '#messages': 'messages' }, values: { ':none': 0 } },
    },
  ),
  ...copies.flatMap(({ copy, max }) => [create(voicemailRow, copy), countMessages(copy.mailbox, countedAs(copy), max)]),
];

/** What legal holds ask of a message. @param owner the user of its mailbox; null: none */
export const voicemailFacts = (message: Voicemail, owner: string | null): RecordFacts => ({
  at: message.received_at,
  users: [...(message.owners ?? []), ...(owner === null ? [] : [owner])],
  parties: message.caller_number === null ? [] : [message.caller_number],
  entities: [message.id, message.mailbox, ...(message.call_id === null ? [] : [message.call_id])],
  direction: 'inbound',
  text: [message.caller_name, message.comment].join(' '),
});

/** How messages are deleted: under these holds, for the user of their mailbox. */
export type MessageDeletion = { readonly holds: Holds; readonly owner: string | null; readonly now: Date };

/**
 * Takes a message from its mailbox. One that a hold keeps is kept, with its audio; else the consumer of uploads deletes
 * the audio that no message has any more. The transaction contains `whileHoldsStay`.
 */
export const deleteWrites = (message: Voicemail, deletion: MessageDeletion): Write<MessageEffect>[] => [
  remove(voicemailRow, message, message),
  countMessages(message.mailbox, countChange(message, undefined)),
  keptWrite(message, deletion) ?? releaseAudio(message.audio, 1),
];

/** Keeps a message that is removed, with its audio, if a hold does; undefined: none does. */
export function keptWrite(message: Voicemail, { holds, owner, now }: MessageDeletion): Write<'held'> | undefined {
  const facts = voicemailFacts(message, owner);
  return keeps(holds, facts) ? hideRecord('voicemail', { id: message.id, facts, record: message }, now) : undefined;
}

/** Counts messages fewer that share audio. */
export const releaseAudio = (id: string, messages: number): Write<'audio'> =>
  change(audioRow, { id }, { add: { messages: -messages } });

/** Has the audio deleted with all its versions, if no message has it any more. */
export const eraseAudio = (organization: number, id: string, now: Date): Write<'due'> =>
  scheduleDue({ kind: 'voicemail.erasure', at: now.toISOString(), org_id: organization, subject: id });

type MessageEffect = 'voicemail' | 'mailbox' | 'audio' | 'held';

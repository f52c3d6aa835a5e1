import { countMessages } from '#dynamodb/rows/mailbox.ts';
import { whileHoldsStay, type Holds } from '#dynamodb/rows/legal-hold.ts';
import { remove, type Write } from '#dynamodb/write.ts';
import { omit } from '#schema/omit.ts';
import { minute, second } from '#schema/time.ts';
import { countChange, type PhoneFacts, type Voicemail } from '#schema/voicemail.ts';
import { releaseAudio, voicemailRow } from './voicemail.ts';

/** Messages that callers leave by phone (functions/messaging/README.md, "Voicemail by phone"). */

/** Milliseconds of the shortest message. */
export const shortestMessage = 2 * second;

/** How often a caller may listen to its message before it decides. */
export const maxListenings = 3;

/** The kind of the due pointer at which a message is settled whose caller has not decided. */
export const reviewDeadline = 'voicemail.review';

/** Milliseconds for which a caller may listen to what was recorded, and decide. */
export const reviewTime = ({ duration_seconds: seconds }: Pick<Voicemail, 'duration_seconds'>): number =>
  (maxListenings + 1) * seconds * second + 3 * minute;

/** Who leaves a message, when, and for whom. */
export type PhoneDeposit = Pick<Voicemail, 'id' | 'mailbox' | 'caller_number' | 'caller_name' | 'call_id'> & {
  readonly owners: readonly string[];
  readonly now: Date;
};

/** A message that is being recorded. Its size and duration are known when its recording was stored. */
export const openMessage = ({ now, ...deposit }: PhoneDeposit): Voicemail => ({
  ...deposit,
  audio: deposit.id,
  status: 'pending',
  duration_seconds: 0,
  content_type: 'audio/wav',
  size: 0,
  urgent: false,
  forwarded_from: null,
  comment: null,
  received_at: now.toISOString(),
  read_at: null,
  created_at: now.toISOString(),
  phone: { stored: false, kept: false },
  version: 1,
});

/** A pending message by phone. */
export type PhoneMessage = Voicemail & { readonly status: 'pending'; readonly phone: PhoneFacts };

export const isByPhone = (message: Voicemail | undefined): message is PhoneMessage =>
  message?.status === 'pending' && message.phone !== undefined;

/** What becomes known of a message: its recording, or the caller's decision. */
export type NewFact =
  | ({ readonly type: 'stored' } & Pick<Voicemail, 'size' | 'duration_seconds'>)
  | { readonly type: 'kept'; readonly urgent: boolean };

/** The message when a fact is known. With both it is new. */
export function learnFact(before: PhoneMessage, fact: NewFact): Voicemail {
  const phone = { ...before.phone, [fact.type]: true };
  const after = { ...before, ...omit(fact, 'type'), phone, version: before.version + 1 };
  return phone.stored && phone.kept ? { ...omit(after, 'phone'), status: 'new' } : after;
}

/**
 * Takes a message back that was not left: it no longer fills its mailbox. Its recording goes when it was stored. What
 * was never heard is no record that a hold could mean.
 */
export const takeBackWrites = (
  message: PhoneMessage,
  holds: Holds,
): Write<'voicemail' | 'mailbox' | 'audio' | 'check:holdhead'>[] => [
  remove(voicemailRow, message, message),
  countMessages(message.mailbox, countChange(message, undefined)),
  releaseAudio(message.audio, 1),
  whileHoldsStay(holds),
];

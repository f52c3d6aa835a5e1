import type { HeardState, MailboxItem } from './mailbox.ts';
import { objectKey } from './object-key.ts';

/** Voicemail messages (functions/messaging/README.md, "Voicemail"). */

export const voicemailAudioTypes = ['audio/wav', 'audio/mpeg', 'audio/ogg'] as const;

/** A message as stored. Times are ISO 8601. */
export type Voicemail = {
  readonly id: string;
  readonly mailbox: string;
  /** Ids of the users in whose mailboxes it was, for legal holds; messages of before that was stored have none. */
  readonly owners?: readonly string[];
  /** `pending` until its audio was uploaded and checked. */
  readonly status: 'pending' | HeardState;
  readonly caller_number: string | null;
  readonly caller_name: string | null;
  readonly duration_seconds: number;
  readonly content_type: (typeof voicemailAudioTypes)[number];
  readonly size: number;
  readonly urgent: boolean;
  readonly call_id: string | null;
  /** Id of the message that was forwarded. */
  readonly forwarded_from: string | null;
  readonly comment: string | null;
  readonly received_at: string;
  readonly read_at: string | null;
  readonly created_at: string;
  /** Id of its recording, which forwarded messages share. */
  readonly audio: string;
  /** Of a pending message that a caller leaves by phone. */
  readonly phone?: PhoneFacts;
  readonly version: number;
};

/**
 * What is known of a message by phone. It is new when both are true: its recording was stored, and the caller has kept
 * it, or has left.
 */
export type PhoneFacts = { readonly stored: boolean; readonly kept: boolean };

/** The recording of a message, as it was uploaded. */
export const audioObject = (organization: number, audio: string) =>
  ({ bucket: 'voicemail', key: objectKey({ organization, area: 'voicemail', id: audio, version: 1 }) }) as const;

/** A message that has its audio. */
export type HeardVoicemail = Voicemail & { readonly status: HeardState };

/** The event of a message that a mailbox has got. */
export const newMessageDetails = ({ id, mailbox, caller_number }: Voicemail) => ({
  entity: { type: 'voicemail', id },
  description: `Mailbox ${mailbox} has a new message`,
  fields: { mailbox, mailboxes: [mailbox], caller_number },
});

/** The event of a mailbox that is full, which is reported once until it has room again. */
export const fullMailboxDetails = (mailbox: string) => ({
  entity: { type: 'mailbox', id: mailbox },
  description: `The mailbox ${mailbox} is full`,
  fields: { mailbox },
});

/** The event of a message that was deleted, after which its audio is deleted. @param why end of the description */
export const deletedMessageDetails = (message: Voicemail, why = '') => ({
  entity: { type: 'voicemail', id: message.id },
  description: `Voicemail ${message.id} deleted${why}`,
  before: message,
  fields: { mailbox: message.mailbox, mailboxes: [message.mailbox], audio: message.audio },
  persons: [message.caller_number],
});

type Counts = Partial<Omit<MailboxItem, 'mailbox' | 'full'>>;

/** What a message counts in its mailbox. */
export function countedAs({ status, urgent }: Pick<Voicemail, 'status' | 'urgent'>): Required<Counts> {
  const [isNew, isOld] = [status === 'new', status === 'read' || status === 'saved'];
  return {
    held: 1,
    new: isNew ? 1 : 0,
    read: status === 'read' ? 1 : 0,
    saved: status === 'saved' ? 1 : 0,
    urgent_new: urgent && isNew ? 1 : 0,
    urgent_old: urgent && isOld ? 1 : 0,
  };
}

/** How the counts of a mailbox change, without those that do not. */
export function countChange(before: Voicemail | undefined, after: Voicemail | undefined): Counts {
  const nothing = { held: 0, new: 0, read: 0, saved: 0, urgent_new: 0, urgent_old: 0 };
  const [old, now] = [before, after].map((each) => (each === undefined ? nothing : countedAs(each)));
  const names = Object.keys(nothing) as (keyof typeof nothing)[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const difference = (now?.[name] ?? 0) - (old?.[name] ?? 0);
      return difference === 0 ? [] : [[name, difference]];
    }),
  );
}

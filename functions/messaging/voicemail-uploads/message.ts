import { noticeEmail } from '#schema/notice-email.ts';
import type { AttachedRecording, Email } from '#schema/email.ts';
import type { VoicemailPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { day } from '#schema/time.ts';
import { contentCheck, type ContentCheck } from '../../platform/files/media.ts';
import { audioName } from '../voicemail/voicemail.ts';

/** A check of audio in pieces, by its content type. It keeps the first bytes only. */
export const audioCheck = (type: string): ContentCheck => contentCheck(type);

/** Notices about new messages (functions/messaging/README.md, "Notices"). */

/** Largest audio that is attached, in bytes. */
export const maxAttached = 5 * 1024 * 1024;

/** A message has one notice: its id follows from that of the message, so that a repetition finds it. */
export const noticeOf = (message: string): string => message.replace(/^vm_/, 'eml_');
export const messageOf = (notice: string): string => notice.replace(/^eml_/, 'vm_');

/** `Ann (+46890510)`; null if the caller withheld both. */
function callerOf({ caller_name: name, caller_number: number }: Voicemail): string | null {
  if (name === null) return number;
  return number === null ? name : `${name} (${number})`;
}

/** `2026-11-20 11:00 (Europe/Stockholm)`. */
function localTime(at: string, timezone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: timezone });
  return `${format.format(new Date(at))} (${timezone})`;
}

type NoticeFacts = {
  readonly to: string;
  readonly timezone: string;
  /** The key of the audio, unless the mailbox wants none in its notices. */
  readonly audio: string | null;
  /** ISO 8601 UTC. */
  readonly now: string;
};

/** The e-mail about a message. */
export function voicemailNotice(message: Voicemail, { to, timezone, audio, now }: NoticeFacts): Email {
  const attached = audio !== null && message.size <= maxAttached;
  const variables = {
    mailbox: message.mailbox,
    urgent: message.urgent,
    caller: callerOf(message),
    received_at: localTime(message.received_at, timezone),
    duration_seconds: message.duration_seconds,
    attached,
  };
  const email = noticeEmail({ id: noticeOf(message.id), to, template: 'voicemail_notification', variables, now });
  if (!attached) return email;
  const recording: AttachedRecording = {
    mailbox: message.mailbox,
    key: audio,
    filename: audioName(message),
    type: message.content_type,
  };
  return { ...email, recording };
}

/**
 * Whether a message is deleted as its e-mail was delivered: the e-mail had the audio, and the message is still in the
 * mailbox that sent it. One that a person saved stays.
 */
export const isDeletedAfter = (
  { status, recording }: Pick<Email, 'status' | 'recording'>,
  message: Pick<Voicemail, 'status' | 'mailbox'>,
  { delete_after_email: wanted }: Pick<VoicemailPreferences, 'delete_after_email'>,
): boolean => wanted && status === 'delivered' && recording?.mailbox === message.mailbox && message.status !== 'saved';

/** How long a mailbox keeps its messages (functions/messaging/voicemail/README.md, "Messages"). */

/** When a message is older than its mailbox keeps it, ISO 8601 UTC. */
export const expiryOf = ({ received_at: at }: Pick<Voicemail, 'received_at'>, days: number): string =>
  new Date(Date.parse(at) + days * day).toISOString();

/** Whether a message goes now. One without its audio has a deadline of its own. */
export const isExpired = (
  message: Pick<Voicemail, 'received_at' | 'status'>,
  days: number | null,
  now: Date,
): boolean => days !== null && message.status !== 'pending' && expiryOf(message, days) <= now.toISOString();

/** When to look again for a message: at its expiry, or now if that has passed. */
export const nextLook = (message: Pick<Voicemail, 'received_at'>, days: number, now: Date): string =>
  [expiryOf(message, days), now.toISOString()].toSorted().at(-1) ?? '';

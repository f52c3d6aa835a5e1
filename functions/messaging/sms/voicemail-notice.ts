/**
 * The SMS about a new voicemail message (functions/messaging/README.md, "Notices"), and those of the notifier's rules
 * (functions/system/notifier/README.md).
 */
import { smsSettingsOf } from '#schema/sms-settings.ts';
import { segmentsOf } from '#schema/sms-segments.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import type { SmsError } from '#schema/sms.ts';
import { hour } from '#schema/time.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { AppError } from '#errors.ts';
import { batchId, messageIdOf } from './batch.ts';
import { recipientError } from './submission.ts';

/** Notices of a mailbox in an hour: who calls decides how many there are. */
export const maxNotices = 20;

/** Minutes for which a notice may wait for the provider. */
const validity = 60;

/**
 * What is announced has one notice: its ids follow from that of the voicemail message or the event, so that a
 * repetition finds it. `sms`: the one to its first recipient.
 */
export function noticeIds(message: string): { readonly batch: string; readonly sms: string } {
  const batch = batchId(message);
  return { batch, sms: messageIdOf(batch, 0) };
}

/** `0:42`. */
const spoken = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** One segment. The name of the caller, who chooses it, is left out: it could be a text of its own. */
const noticeText = ({ mailbox, caller_number: caller, urgent, duration_seconds: duration }: Voicemail): string =>
  `${urgent ? 'Urgent' : 'New'} voicemail in mailbox ${mailbox} from ${caller ?? 'a withheld number'} ` +
  `(${spoken(duration)})`;

/** A text about something, without its price. */
function draftOf(about: string, text: string, from: string, now: Date) {
  const { encoding, segments } = segmentsOf(text);
  return {
    id: noticeIds(about).batch,
    from,
    message: text,
    encoding,
    segments,
    category: 'transactional' as const,
    reference: about,
    user_id: null,
    callback_url: null,
    scheduled_at: null,
    validity_minutes: validity,
    created_at: now.toISOString(),
  };
}
export type NoticeDraft = ReturnType<typeof draftOf> & Pick<SmsBatch, 'cause'>;

/** The notice about a message, without its price. */
export const noticeDraft = (message: Voicemail, from: string, now: Date): NoticeDraft =>
  draftOf(message.id, noticeText(message), from, now);

/** A notice of the notifier, without its price. @param event id of its event */
export const ruleNoticeDraft = (event: string, text: string, from: string, now: Date): NoticeDraft => ({
  ...draftOf(event, text, from, now),
  cause: 'notice',
});

type Sending = Parameters<typeof smsSettingsOf>[0] & {
  readonly org_id: number;
  readonly status: 'active' | 'suspended' | 'closed';
};

/** Why the notice is not sent; null if it may be. @param from undefined: the organization has no sender */
export function noticeError(
  { to, from, optedOut }: { readonly to: string; readonly from: string | undefined; readonly optedOut: boolean },
  organization: Sending,
): SmsError | null {
  if (organization.status !== 'active') return { code: 'REJECTED', message: 'The organization is not active' };
  if (!smsSettingsOf(organization).enabled)
    return { code: 'SMS_DISABLED', message: 'The organization may not send SMS' };
  if (from === undefined) return { code: 'INVALID_SENDER', message: 'The organization has no sender of SMS' };
  return recipientError(to, new Set(optedOut ? [to] : []), organization);
}

/** The error that a rejected notice shows; undefined for a fault that passes. */
export const rejectionOf = (error: unknown): SmsError | undefined =>
  error instanceof AppError && (error.code === 'INSUFFICIENT_CREDITS' || error.code === 'RATE_LIMITED')
    ? { code: error.code, message: error.message }
    : undefined;

/** The hour in which the notices of a mailbox are counted, and its end (Unix seconds). */
export function hourOf(now: Date): { readonly hour: number; readonly ends: number } {
  const current = Math.floor(now.getTime() / hour);
  return { hour: current, ends: ((current + 1) * hour) / 1_000 };
}

/** Too many notices of a mailbox. */
export const tooManyNotices = (): AppError =>
  new AppError('RATE_LIMITED', `More than ${maxNotices} notices of the mailbox in an hour`);

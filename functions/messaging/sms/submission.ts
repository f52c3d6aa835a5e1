/** Whether the request of a `PUT /sms` may be sent (functions/messaging/README.md, "SMS"). */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { AppError, type ErrorKind } from '#errors.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { stateEvent, type Sms, type SmsError } from '#schema/sms.ts';
import { segmentsOf, type SmsSegments } from '#schema/sms-segments.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';
import { day, minute } from '#schema/time.ts';
import { omit } from '#schema/omit.ts';
import { smsErrors, type NewSms } from './new-sms.ts';

const maxSegments = 10;
/** Milliseconds by which a schedule may be ahead, and in the past. */
const maxAhead = 30 * day;
const maxPast = minute;

const reject = (error: ErrorKind, path: string, message: string) =>
  new AppError(error, `${path} ${message}`, { details: [{ path, message }] });

/** The segments of a text. @throws AppError MESSAGE_TOO_LONG */
export function segmentsWithin(text: string): SmsSegments {
  const parts = segmentsOf(text);
  if (parts.segments > maxSegments)
    throw reject(
      smsErrors.MESSAGE_TOO_LONG,
      'message',
      `has ${parts.segments} segments; at most ${maxSegments} are sent`,
    );
  return parts;
}

type Sending = Parameters<typeof smsSettingsOf>[0] & { readonly org_id: number };

/** @throws AppError SMS_DISABLED */
export function assertEnabled(organization: Sending): void {
  if (!smsSettingsOf(organization).enabled)
    throw new AppError(smsErrors.SMS_DISABLED, 'This organization may not send SMS');
}

/** Whether a sender is alphanumeric: others are numbers. */
export const isAlphanumeric = (from: string): boolean => !from.startsWith('+');

/** Whether an organization may send from a sender now. @param number the platform's record of it, if it is a number */
export function maySendFrom(from: string, number: PhoneNumber | undefined, organization: Sending): boolean {
  if (isAlphanumeric(from)) return smsSettingsOf(organization).senderIds.includes(from);
  return (
    number !== undefined &&
    number.state === 'active' &&
    number.org_id === organization.org_id &&
    number.capabilities.includes('sms')
  );
}

/** @throws AppError INVALID_SENDER */
export function assertSender(from: string, number: PhoneNumber | undefined, organization: Sending): void {
  if (!maySendFrom(from, number, organization))
    throw reject(
      smsErrors.INVALID_SENDER,
      'from',
      'must be an active number of yours with capability sms, or one of your sender ids',
    );
}

/** When it is to be sent; null: now. @param now Unix milliseconds @throws AppError INVALID_SCHEDULE */
export function scheduleOf({ schedule }: Pick<NewSms, 'schedule'>, now: number): string | null {
  if (schedule == null) return null;
  const ahead = Date.parse(schedule) - now;
  if (ahead < -maxPast) throw reject(smsErrors.INVALID_SCHEDULE, 'schedule', 'must not be in the past');
  if (ahead > maxAhead) throw reject(smsErrors.INVALID_SCHEDULE, 'schedule', 'must be at most 30 days ahead');
  return ahead <= 0 ? null : schedule;
}

const errors = {
  RECIPIENT_OPTED_OUT: 'The recipient opted out of messages of this organization',
  DESTINATION_NOT_ALLOWED: 'The organization does not send to the country of this number',
} as const;

/** Why nothing is sent to a recipient; null if it may be. */
export function recipientError(to: string, optedOut: ReadonlySet<string>, organization: Sending): SmsError | null {
  const { countries } = smsSettingsOf(organization);
  const country = countries === null ? undefined : parsePhoneNumberFromString(to)?.country;
  if (countries !== null && (country === undefined || !countries.includes(country)))
    return { code: 'DESTINATION_NOT_ALLOWED', message: errors.DESTINATION_NOT_ALLOWED };
  return optedOut.has(to) ? { code: 'RECIPIENT_OPTED_OUT', message: errors.RECIPIENT_OPTED_OUT } : null;
}

/**
 * The fault of the only recipient is that of the request.
 * @throws AppError RECIPIENT_OPTED_OUT, DESTINATION_NOT_ALLOWED
 */
export function assertDeliverable(
  recipients: readonly { readonly to: string; readonly error: SmsError | null }[],
): void {
  const [only, second] = recipients;
  if (second !== undefined || only === undefined || only.error === null) return;
  const isOptedOut = only.error.code === 'RECIPIENT_OPTED_OUT';
  throw new AppError(isOptedOut ? smsErrors.RECIPIENT_OPTED_OUT : 'DESTINATION_NOT_ALLOWED', only.error.message, {
    details: [{ path: 'to', message: only.error.message }],
  });
}

/** Events of the states of SMS (functions/messaging/README.md, "States"). */

/** The details of the event of a message's state. */
export const stateEventOf = (sms: Sms) => omit(stateEvent(sms), 'type');

/** The events of messages that are stored for the first time: queued, or failed at once. */
export const newMessageEvents = (messages: readonly Sms[]) =>
  messages.map((sms) => ({
    ...stateEventOf(sms),
    type: sms.status === 'queued' ? ('sms.queued' as const) : ('sms.failed' as const),
  }));

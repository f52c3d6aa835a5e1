/** What becomes of an SMS while it is delivered (functions/messaging/README.md, "Delivery"). */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { omit } from '#schema/omit.ts';
import type { SendingWindow } from '#schema/sending-window.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';
import { inStatus, type Sms, type SmsError, type SmsPrice } from '#schema/sms.ts';
import { minute, second } from '#schema/time.ts';
import { firstOpen } from '#schema/wall-clock.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import type { UsedOfPeriod } from '../../billing/schema/balance.ts';
import { defaultPriceIn, includedLeft, priceSms, smsPeriod } from '../../billing/sms-charges/sms-price.ts';
import type { Tariff } from '../../billing/tariffs/tariff.ts';
import { carrierWish, type OptOut } from '../sms-opt-outs/opt-out.ts';
import { isAlphanumeric, maySendFrom, stateEventOf } from '../sms/submission.ts';

/** The window in which marketing SMS are sent (functions/messaging/README.md, "Sending window"). */
/** Countries of which CLDR has no zones. */
const zonesBesideCldr: Readonly<Record<string, readonly string[]>> = {
  AC: ['Atlantic/St_Helena'],
  TA: ['Atlantic/St_Helena'],
  XK: ['Europe/Belgrade'],
};

/** The zones of a number's country; none for a number of no or of several countries, such as +800 or +1 800. */
function zonesOf(number: string): readonly string[] {
  const country = parsePhoneNumberFromString(number)?.country;
  if (country === undefined) return [];
  return new Intl.Locale(`und-${country}`).getTimeZones() ?? zonesBesideCldr[country] ?? [];
}

/**
 * When a marketing SMS to a number may be sent: now, or when the window opens next. With the zone `recipient` the
 * window must be open in every zone of the number's country. If it never is, or the country is unknown, the zone of the
 * organization counts.
 * @param number E.164
 */
export function nextInWindow(
  window: SendingWindow,
  number: string,
  { timezone }: { readonly timezone: string },
  now: Date,
): Date {
  const wanted = window.timezone === 'recipient' ? zonesOf(number) : [window.timezone];
  const inAll = wanted.length === 0 ? undefined : firstOpen(wanted, window, now);
  return inAll ?? firstOpen([timezone], window, now) ?? now;
}

/** Milliseconds for which an attempt holds the message alone. */
export const lease = 2 * minute;

/** Milliseconds between a failed attempt and the next, ± 20 %. */
const waits = [30 * second, 2 * minute, 10 * minute, 30 * minute] as const;
const maxAttempts = waits.length + 1;

/** Error code of a message that failed because the provider was not available. */
export const unavailable = 'PROVIDER_UNAVAILABLE';
/** Error code of a message of which it is unknown whether the provider accepted it. */
const unanswered = 'PROVIDER_TIMEOUT';

/** Milliseconds for which a receipt may still say that the provider accepted a message. */
const confirmationTtl = 10 * minute;

/**
 * What to do with a message: nothing, as it is handed over or final; charge the reseller for it; an attempt; to let it
 * expire; to give up, as the last attempt broke off; to mark it as sent, as a receipt says so; to fail it, as none did;
 * or to wait for so many milliseconds.
 */
export type Step =
  | 'nothing'
  | 'charge reseller'
  | 'attempt'
  | 'expire'
  | 'give up'
  | 'confirm'
  | 'miss receipt'
  | number;

/** @param now Unix milliseconds */
export function stepOf({ status, attempts, next_at, valid_until, wholesale, confirmation }: Sms, now: number): Step {
  if (wholesale === 'due') return 'charge reseller';
  if (status !== 'queued' && status !== 'sending') return 'nothing';
  if (typeof confirmation === 'object') return 'confirm';
  if (next_at > now) return next_at - now;
  if (confirmation === 'awaited') return 'miss receipt';
  if (now >= valid_until) return 'expire';
  return attempts < maxAttempts ? 'attempt' : 'give up';
}

type Sending = Parameters<typeof smsSettingsOf>[0] & {
  readonly org_id: number;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly timezone: string;
};

/** What an attempt depends on beside the message. */
export type Circumstances = {
  readonly organization: Sending | undefined;
  /** The platform's record of the sender, if that is a number. */
  readonly number: PhoneNumber | undefined;
  readonly optedOut: boolean;
};

/** An answer of the platform to STOP or HELP: it is free, and not prevented by an opt-out. */
const isAnswer = ({ price, user_id: user }: Sms): boolean => price === null && user === null;

/** Why a message may not be sent any more; null if it may be. */
export function rejectionOf(sms: Sms, { organization, number, optedOut }: Circumstances): SmsError | null {
  if (organization === undefined || organization.status === 'closed')
    return { code: 'REJECTED', message: 'The organization is closed' };
  if (!maySendFrom(sms.from, number, organization))
    return { code: 'INVALID_SENDER', message: 'The organization may not send from this sender any more' };
  if (optedOut && !isAnswer(sms))
    return { code: 'RECIPIENT_OPTED_OUT', message: 'The recipient opted out of messages of this organization' };
  return null;
}

/** Until when the window of the organization holds a message; null: it may be sent now. */
export function heldUntil(sms: Sms, organization: Sending, now: Date): Date | null {
  const { window } = smsSettingsOf(organization);
  if (sms.category !== 'marketing' || window === null) return null;
  const opens = nextInWindow(window, sms.to, organization, now);
  return opens.getTime() > now.getTime() ? opens : null;
}

/** A message that waits for the window. The time that it waits does not count as its validity. */
export const hold = (sms: Sms, until: Date, now: Date): Sms => ({
  ...sms,
  held_until: until.toISOString(),
  next_at: until.getTime(),
  valid_until: sms.valid_until + until.getTime() - now.getTime(),
  updated_at: now.toISOString(),
  version: sms.version + 1,
});

/** The message while an attempt runs. */
export const startAttempt = (sms: Sms, now: Date): Sms => {
  const fields = { attempts: sms.attempts + 1, next_at: now.getTime() + lease };
  return sms.status === 'queued'
    ? inStatus(sms, 'sending', now, fields)
    : { ...sms, ...fields, updated_at: now.toISOString(), version: sms.version + 1 };
};

/**
 * A message whose attempt the brake did not let begin. The time that it waits does not count as its validity, unless it
 * is an answer, which is of use at once only.
 */
export const postpone = (sms: Sms, wait: number, now: Date): Sms =>
  inStatus(sms, 'queued', now, {
    attempts: sms.attempts - 1,
    next_at: now.getTime() + wait,
    valid_until: sms.valid_until + (isAnswer(sms) ? 0 : wait),
  });

/** The message that the provider accepted: it is charged. @param hasReseller whether a reseller is charged, too */
export const markSent = (
  sms: Sms,
  now: Date,
  by: Pick<Sms, 'provider' | 'provider_message_id'> & { readonly hasReseller: boolean },
): Sms =>
  inStatus(omit(sms, 'confirmation'), 'sent', now, {
    provider: by.provider,
    provider_message_id: by.provider_message_id,
    error: null,
    money: 'charged',
    wholesale: by.hasReseller && sms.price !== null ? 'due' : 'none',
  });

/** The message that is not sent. Its money is returned. */
export const markFailed = (sms: Sms, now: Date, error: SmsError): Sms =>
  inStatus(sms, 'failed', now, { error, money: 'returned' });

/**
 * The message after an attempt of which it is unknown whether the provider accepted it. It is not handed over again: a
 * receipt confirms it, or it fails.
 */
export const awaitReceipt = (sms: Sms, now: Date, problem: string): Sms => ({
  ...sms,
  confirmation: 'awaited',
  error: { code: unanswered, message: problem },
  next_at: now.getTime() + confirmationTtl,
  updated_at: now.toISOString(),
  version: sms.version + 1,
});

/** The message that no receipt confirmed. Its money is returned, although the recipient may have got it. */
export const missReceipt = (sms: Sms, now: Date): Sms =>
  markFailed(omit(sms, 'confirmation'), now, {
    code: unanswered,
    message: 'The provider did not say whether it accepted the message, and no receipt came: it may have been sent',
  });

/** The message that was not handed over in time. Its money is returned. */
export const markExpired = (sms: Sms, now: Date): Sms => inStatus(sms, 'expired', now, { money: 'returned' });

/**
 * The message after an attempt that the provider did not accept: it waits for the next one, or has failed with the
 * last. @param chance 0–1, spreads the wait
 */
export function retryLater(
  sms: Sms,
  now: Date,
  { problem, chance }: { readonly problem: string; readonly chance: number },
): Sms {
  const error = { code: unavailable, message: problem };
  const wait = waits[sms.attempts - 1];
  return wait === undefined
    ? markFailed(sms, now, error)
    : inStatus(sms, 'queued', now, { error, next_at: now.getTime() + Math.round(wait * (0.8 + 0.4 * chance)) });
}

/** Messages a second of one sender. */
const perSecond = (from: string): number => (isAlphanumeric(from) ? 10 : 1);

/** The second in which a message of a sender would be sent, and how many there may be in it. */
export const slotOf = ({ from }: Pick<Sms, 'from'>, now: Date) => ({
  second: Math.floor(now.getTime() / second),
  limit: perSecond(from),
});

/**
 * The line of messages whose second is full. `start`: when the first of a new line tries again (Unix milliseconds);
 * `interval`: how much later the next one does.
 */
export const lineOf = ({ from }: Pick<Sms, 'from'>, now: Date) => ({
  start: now.getTime() + second,
  interval: Math.ceil(second / perSecond(from)),
});

/** The period and the day of a charge. */
export { smsPeriod as periodOf } from '../../billing/sms-charges/sms-price.ts';

/** An opt-out that the provider says when it rejects a message. */
export const carrierOptOut = (sms: Sms, known: OptOut | undefined) => carrierWish(sms, known);

/** The details of the event of a message's state. */
export const eventOf = (sms: Sms) => stateEventOf(sms);

/** Whether two forms of a message differ in their state, so that there is an event of the later one. */
export const changesState = (before: Sms, after: Sms): boolean => before.status !== after.status;

/** What a reseller pays for the SMS of its customers (functions/billing/README.md, "SMS"). */

/** The account of a reseller, as it was read. */
export type Reseller = {
  readonly profile: BillingProfile;
  readonly tariff: Tariff | null;
  readonly used: UsedOfPeriod | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The price of a message by the terms of the reseller. @param now Unix milliseconds */
export function wholesalePrice(
  { to, segments }: Pick<Sms, 'to' | 'segments'>,
  { profile, tariff, used }: Reseller,
  environment: Environment,
  now: number,
): SmsPrice {
  const terms = { profile, tariff, defaultPrice: defaultPriceIn(environment) };
  const period = smsPeriod(terms, now);
  const [price] = priceSms([{ to, segments }], terms, { period, left: includedLeft(terms, used) });
  if (price === undefined) throw new Error('a message has a price');
  return price;
}

/** The message for which the reseller was charged. */
export const withWholesale = (sms: Sms, wholesale: NonNullable<Sms['wholesale']>): Sms => ({
  ...sms,
  wholesale,
  version: sms.version + 1,
});

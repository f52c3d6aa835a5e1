/**
 * What a call to a number would be charged, and by which rate: computed by the code that rates calls
 * (functions/billing/README.md, "Rating").
 */
import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { Timestamp } from '#schema/values.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { writtenForms, type NumberOrigin } from '#telephony/number-format.ts';
import { usageOf, type BalancePart, type UsedOfPeriod } from '../schema/balance.ts';
import { periodFor, type BillingCalendar } from '../cdr-ingest/booking-date.ts';
import { openAccount, termsOf, type Account } from '../cdr-ingest/filed-cdr.ts';
import { rateCall, type Rating, type Terms } from '../cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { PresentedBand, PresentedRate } from '../tariffs/presented-tariff.ts';
import type { Direction } from '../tariffs/rate.ts';

export const rateErrors = errorKinds({
  INVALID_NUMBER: [400, 'The text cannot be read as a phone number.'],
  NO_RATE: [404, 'The tariff has no rate for this number.'],
});

export const newTariffCache = (): TariffCache => tariffCache();

const Candidate = z.object({
  prefix: z.string().describe('Prefix of the rate'),
  price_per_minute: z.string().describe('Price per minute, a decimal with 6 decimals'),
});

const ExampleCall = z.object({
  duration: z.int().describe('Seconds of the call'),
  billed_seconds: z.int().describe('Seconds that are billed, after rounding up to increments'),
  included_seconds: z.int().describe('Billed seconds that included minutes cover'),
  discount_percent: z.string().describe('Sum of the discounts, in percent'),
  charge: z.string().describe('Charge of the call, a decimal with 4 decimals'),
});

export const RateAnswer = z
  .object({
    number: z.string().describe('The number as E.164'),
    direction: z.enum(['outbound', 'inbound']).describe('Direction of the call'),
    source: z.enum(['tariff', 'profile']).describe('Whether the tariff or the billing profile has the rate'),
    tariff: z
      .object({
        id: z.string().describe('Id of the tariff'),
        name: z.string().describe('Name of the tariff'),
        version: z.int().describe('Version of the tariff'),
      })
      .nullable()
      .describe('The tariff; null when the rate is of the profile'),
    matched_prefix: z.string().describe('Prefix of the rate'),
    rate: PresentedRate.describe('The rate'),
    band: PresentedBand.nullable().describe('Time band of the rate at the start of the call'),
    candidates: z.array(Candidate).describe('Other rates of the tariff that match, the longest prefix first'),
    example: ExampleCall.describe('A call of `duration` seconds'),
    currency: z.string().describe('ISO 4217 code of all amounts'),
    at: Timestamp.describe('Start of the call'),
  })
  .meta({ id: 'RateLookup' });

/** The digits of a number, read as rating reads the called number. @throws AppError INVALID_NUMBER */
function digitsOf(text: string, origin: NumberOrigin): string {
  const number = readNumber(text, origin);
  if (number === null)
    throw new AppError(
      rateErrors.INVALID_NUMBER,
      'The number must be E.164, such as +442079460000, or as the switch sends it',
      {
        details: [{ path: 'number', message: `must be by the number_format: ${writtenForms(origin)}` }],
      },
    );
  return number.slice(1);
}

export type ExampleCall = {
  readonly digits: string;
  readonly direction: Direction;
  /** ISO 8601 */
  readonly at: string;
  /** Seconds. */
  readonly duration: number;
};

type RequestedCall = {
  readonly direction?: Direction | undefined;
  readonly at?: string | undefined;
  readonly duration?: number | undefined;
};

/** The call to price: by default an outbound call of one minute that starts now. @throws AppError INVALID_NUMBER */
export const exampleCallOf = (
  number: string,
  { direction = 'outbound', at, duration = 60 }: RequestedCall,
  { now, origin }: { readonly now: Date; readonly origin: NumberOrigin },
): ExampleCall => ({ digits: digitsOf(number, origin), direction, duration, at: at ?? now.toISOString() });

/** The account that the call would be charged to, and its periods. */
export const payerOf = openAccount;

export const periodOf = ({ at }: ExampleCall, calendar: BillingCalendar) => periodFor(at, calendar);

/** The terms of the call. With a named tariff, only the discounts of the profile apply, not its rates. */
export function termsBy(account: Account, named: CompiledTariff | null): Terms {
  const terms = termsOf(account);
  if (named === null) return terms;
  const noRates = { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null };
  return {
    ...terms,
    tariff: named,
    profile: { currency: named.currency, rates: noRates, discounts: terms.profile?.discounts ?? [] },
  };
}

type Used = { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] };

/** Rates the call. @param period that the call would be charged in @throws AppError NO_RATE */
export function lookUp(
  example: ExampleCall,
  terms: Terms,
  period: ReturnType<typeof periodFor>,
  used: Used,
): z.input<typeof RateAnswer> {
  const { digits, direction, at, duration } = example;
  const usage = {
    seconds: usageOf(used.balance, period.name).seconds,
    includedSeconds: used.item?.included_seconds ?? 0,
  };
  const call = {
    direction,
    callee: `+${digits}`,
    start_time: at,
    disposition: 'ANSWERED',
    billable_seconds: duration,
    cost: null,
  } as const;
  const rating = rateCall(call, terms, { ...period, usage }, at);
  return answerOf(example, rating, terms);
}

function answerOf(
  { digits, direction, at, duration }: ExampleCall,
  rating: Rating,
  { tariff }: Terms,
): z.input<typeof RateAnswer> {
  const { rate, source, currency, billed_seconds, included_seconds, discount_percent, charge } = rating;
  if (rate === null || source === null || currency === null)
    throw new AppError(rateErrors.NO_RATE, 'No rate applies to calls of this number');
  const others = (tariff?.matches(direction, digits, Date.parse(at)) ?? []).slice(source === 'tariff' ? 1 : 0);
  return {
    number: `+${digits}`,
    direction,
    source,
    tariff: rating.tariff,
    matched_prefix: rate.prefix,
    rate,
    band: rating.band,
    at,
    currency,
    candidates: others.map(({ prefix, price_per_minute }) => ({ prefix, price_per_minute })),
    example: { duration, billed_seconds, included_seconds, discount_percent, charge },
  };
}

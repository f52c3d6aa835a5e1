/**
 * What a call to a number would be charged, and why: computed by the rating code itself (billing.md, `GET
 * /rates/lookup/{number}`).
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { Timestamp } from '../../../shared/schema/values.ts';
import { usageOf, type BalancePart, type UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import { periodFor, type Books } from '../cdr-ingest/booking.ts';
import { accountOf, booksIn, termsOf, type Account } from '../cdr-ingest/filed-cdr.ts';
import { rateCall, type Rating, type Terms } from '../cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../cdr-ingest/tariff-cache.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Direction } from '../tariffs/rate.ts';

/** Rates of compiled tariffs that a process keeps: some 60 MB. */
const keptRates = 100_000;
export const priceLists = (): TariffCache => tariffCache(keptRates);

const text = z.string().nullable();
const Band = z.object({
  name: z.string(),
  days: z.array(z.string()),
  start: z.string(),
  end: z.string(),
  price_per_minute: z.string(),
  connect_fee: text,
});

export const RateAnswer = z
  .object({
    number: z.string(),
    direction: z.enum(['outbound', 'inbound']),
    source: z.enum(['tariff', 'profile']),
    tariff: z.object({ id: z.string(), name: z.string(), version: z.int() }).nullable(),
    matched_prefix: z.string(),
    rate: z.object({
      prefix: z.string(),
      name: text,
      direction: z.enum(['outbound', 'inbound']),
      price_per_minute: z.string(),
      connect_fee: z.string(),
      minimum_charge: z.string(),
      initial_seconds: z.int(),
      increment_seconds: z.int(),
      included: z.boolean(),
      valid_from: text,
      valid_to: text,
      time_bands: z.array(Band),
    }),
    band: Band.nullable(),
    candidates: z
      .array(z.object({ prefix: z.string(), price_per_minute: z.string() }))
      .meta({ description: 'Other rates that match, the longest prefix first' }),
    example: z.object({
      duration: z.int(),
      billed_seconds: z.int(),
      included_seconds: z.int(),
      discount_percent: z.string(),
      charge: z.string(),
    }),
    currency: z.string(),
    at: Timestamp,
  })
  .meta({ id: 'RateLookup' });

const E164 = /^\+?([1-9]\d{1,14})$/;

/** The digits of an E.164 number, its + or none. Throws `INVALID_NUMBER`. */
function digitsOf(number: string): string {
  const [, digits] = E164.exec(number.trim()) ?? [];
  if (digits === undefined)
    throw new AppError('INVALID_NUMBER', 'The number must be E.164, such as +442079460000', {
      details: [{ path: 'number', message: 'must be E.164' }],
    });
  return digits;
}

export type Question = {
  readonly digits: string;
  readonly direction: Direction;
  /** ISO 8601 */ readonly at: string;
  /** Seconds. */ readonly duration: number;
};

type Asked = {
  readonly direction?: Direction | undefined;
  readonly at?: string | undefined;
  readonly duration?: number | undefined;
};

/** An outbound call of a minute, now, unless it says otherwise. Throws `INVALID_NUMBER`. */
export const questionOf = (
  number: string,
  { direction = 'outbound', at, duration = 60 }: Asked,
  now: Date,
): Question => ({ digits: digitsOf(number), direction, duration, at: at ?? now.toISOString() });

export type Paying = {
  readonly item: Parameters<typeof accountOf>[0];
  readonly profile: BillingProfile | null;
  readonly tariff: CompiledTariff | null;
};

/** Whom the call would be charged to, and its books. @param now Unix milliseconds */
export function payerOf(
  { item, profile, tariff }: Paying,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly account: Account; readonly books: Books } {
  const account = accountOf(item, profile, tariff);
  return { account, books: booksIn(account, now, environment) };
}

export const periodOf = ({ at }: Question, books: Books) => periodFor(at, books);

/** A tariff that is named is asked for by itself: of the profile only the discounts hold. */
export function termsBy(account: Account, named: CompiledTariff | null): Terms {
  const terms = termsOf(account);
  if (named === null) return terms;
  const nothing = { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null };
  return {
    ...terms,
    tariff: named,
    profile: { currency: named.currency, rates: nothing, discounts: terms.profile?.discounts ?? [] },
  };
}

type Used = { readonly item: UsedOfPeriod | undefined; readonly balance: readonly BalancePart[] };

/** @param period that the call would be charged in @throws AppError NO_RATE */
export function lookUp(
  question: Question,
  terms: Terms,
  period: ReturnType<typeof periodFor>,
  used: Used,
): z.input<typeof RateAnswer> {
  const { digits, direction, at, duration } = question;
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
  return answerOf(question, rating, terms);
}

function answerOf(
  { digits, direction, at, duration }: Question,
  rating: Rating,
  { tariff }: Terms,
): z.input<typeof RateAnswer> {
  const { rate, source, currency, billed_seconds, included_seconds, discount_percent, charge } = rating;
  if (rate === null || source === null || currency === null)
    throw new AppError('NO_RATE', 'Nothing prices calls of this number');
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

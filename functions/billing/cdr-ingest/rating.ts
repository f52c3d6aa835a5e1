/** What a call costs by the terms of the organization that is charged (functions/billing/README.md, "Rating"). */
import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type PhoneNumberType,
} from 'libphonenumber-js/max';
import { amountOf, decimalText, divideRounded, shortDecimalText, zeroAmount, type Money } from '#schema/money.ts';
import { minute, second } from '#schema/time.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import type { BillingProfile, Discount } from '../schema/billing-profile.ts';
import type { PeriodName } from '../schema/period.ts';
import type { AppliedRate, CompiledTariff, TariffCitation } from '../tariffs/compiled-tariff.ts';
import type { Rate, TimeBand } from '../tariffs/rate.ts';
import type { Cdr } from './cdr.ts';

/** Which rate of a profile a number has (functions/billing/README.md, "Rating"). */
/**
 * Which of a profile's rates applies to a number. `special`: none, because the price of such a number is not that of
 * its country.
 */
type NumberClass = 'tollFree' | 'international' | 'domestic' | 'special';

const specialTypes: readonly (PhoneNumberType | undefined)[] = ['PREMIUM_RATE', 'SHARED_COST'];

/**
 * Calling codes of satellite networks (Inmarsat, GMSS; EMSAT, Thuraya and ACeS within 882), shared cost (808) and
 * premium rate (979), by ITU-T E.164. They recognize numbers that are younger than the library's metadata.
 */
const specialCodes = /^\+(870|881|882(13|16|20)|808|979)/;

/** The type of a number by the numbering plan of a country (ISO 3166-1); undefined if that plan has no such number. */
function typeIn(number: string, country: string): PhoneNumberType | undefined {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined || !isSupportedCountry(country)) return undefined;
  if (parsed.countryCallingCode !== getCountryCallingCode(country)) return undefined;
  // The library names the first country that has a number, such as the US for +1 800, which Canada has too.
  parsed.country = country;
  return parsed.getType();
}

/**
 * Which of a profile's rates applies to an E.164 number, seen from an organization's country (ISO 3166-1). Countries
 * with the same calling code are different countries: +1 876 is Jamaica, and international in the US.
 * Needs the library's `max` metadata: `min` knows the type of a number in some countries only (0800 in DE is missing).
 */
export function classOf(number: string, country: string): NumberClass {
  const parsed = parsePhoneNumberFromString(number);
  const atHome = typeIn(number, country);
  if (specialCodes.test(number) || specialTypes.includes(parsed?.getType()) || specialTypes.includes(atHome))
    return 'special';
  if (atHome === 'TOLL_FREE') return 'tollFree';
  return atHome !== undefined || parsed?.country === country ? 'domestic' : 'international';
}

/** The fields of a CDR that rating reads. */
export type Call = Pick<Cdr, 'direction' | 'callee' | 'start_time' | 'disposition' | 'billable_seconds' | 'cost'>;

/** The terms of the organization that pays. */
export type Terms = NumberOrigin & {
  /** When the organization was created, Unix milliseconds. */
  readonly customerSince: number;
  readonly profile: Pick<BillingProfile, 'currency' | 'rates' | 'discounts'> | null;
  readonly tariff: CompiledTariff | null;
};

/** What a period has used before the call, in billed seconds. */
export type PeriodUsage = { readonly seconds: number; readonly includedSeconds: number };

/** The period that is charged; `late` if the call's own is closed. */
export type ChargedPeriod = { readonly name: PeriodName; readonly late: boolean; readonly usage: PeriodUsage };

export type UnratedReason = 'NOT_E164' | 'NO_RATE' | 'NO_PROFILE';

/** The price snapshot that is stored with the CDR, in the form in which the API shows it. */
export type Rating = {
  /** `void`: the call is not charged, because its record was voided. */
  readonly status: 'rated' | 'free' | 'unrated' | 'void';
  readonly reason: UnratedReason | null;
  readonly tariff: TariffCitation | null;
  readonly source: 'tariff' | 'profile' | null;
  readonly rate: Rate | null;
  readonly band: TimeBand | null;
  readonly billed_seconds: number;
  readonly included_seconds: number;
  readonly discount_percent: string;
  /** Decimal text, rounded half-up to 4 decimals. */
  readonly charge: string;
  readonly currency: string | null;
  readonly period: PeriodName;
  readonly late: boolean;
  readonly revision: number;
  readonly rated_at: string;
  /** What the seller, if it is a reseller, pays for the call; null until the wholesale consumer has rated it. */
  readonly wholesale: Rating | null;
  /** What the carrier charges, decimal text. */
  readonly cost: string | null;
  /** Currency of a cost from a cost tariff; null means the currency of the charge. */
  readonly cost_currency: string | null;
  /** Stored if the charge depends on it, so that calls can be rated again in any order. */
  readonly usage_before?: PeriodUsage;
};

type Profile = NonNullable<Terms['profile']>;

/** The rate that a call is charged by, and its source. */
type Choice = { readonly applied: AppliedRate; readonly tariff: TariffCitation | null; readonly profile: Profile };

/** 100 % in micro-percent. */
const WHOLE = 100_000_000n;
const secondsPerMinute = minute / second;
/** The same for amounts. */
const minuteScale = BigInt(secondsPerMinute);

const free = { status: 'free', reason: null } as const;
const unratedBy = (reason: UnratedReason) => ({ status: 'unrated', reason }) as const;

const isBillable = ({ disposition, billable_seconds }: Call): boolean =>
  disposition === 'ANSWERED' && billable_seconds > 0;

/** The rate that applies to a call, or why it has none. */
function chooseRate(call: Call, terms: Terms): Choice | typeof free | ReturnType<typeof unratedBy> {
  const { country, profile, tariff } = terms;
  if (call.direction === 'internal' || !isBillable(call)) return free;
  const number = readNumber(call.callee, terms);
  if (number === null) return unratedBy('NOT_E164');
  const applied = tariff?.lookup(call.direction, number.slice(1), Date.parse(call.start_time));
  if (profile !== null && tariff !== null && applied) return { applied, tariff: tariff.tariff, profile };
  if (call.direction === 'inbound') return free;
  if (profile === null) return unratedBy('NO_PROFILE');
  const ofProfile = profileRate(profile, number, country);
  return ofProfile === null ? unratedBy('NO_RATE') : { applied: ofProfile, tariff: null, profile };
}

const rateOfClass = {
  tollFree: 'tollFreeRate',
  international: 'internationalCallRate',
  domestic: 'defaultCallRate',
  special: null,
} as const;

/** The profile's own rate for a number, billed per second and named after its field; null if it has none. */
function profileRate(profile: Profile, number: string, country: string): AppliedRate | null {
  const name = rateOfClass[classOf(number, country)];
  const price = name === null ? null : profile.rates[name];
  if (name === null || price === null) return null;
  const rate: Rate = {
    prefix: '',
    name,
    direction: 'outbound',
    price_per_minute: decimalText(price, 6),
    connect_fee: decimalText(zeroAmount),
    minimum_charge: decimalText(zeroAmount),
    initial_seconds: 1,
    increment_seconds: 1,
    included: false,
    valid_from: null,
    valid_to: null,
    time_bands: [],
  };
  return { rate, band: null, price, connectFee: zeroAmount, minimumCharge: zeroAmount };
}

/** The initial seconds, then whole increments. */
function billedSeconds(billable: number, { initial_seconds: initial, increment_seconds: increment }: Rate): number {
  return billable <= initial ? initial : initial + Math.ceil((billable - initial) / increment) * increment;
}

/** The charge for billed seconds, of which some are included. @param discount micro-percent */
function chargeFor(applied: AppliedRate, billed: number, included: number, discount: bigint): Money {
  if (included === billed) return zeroAmount;
  // All amounts are scaled by 60 × 100 %, so that only the result is rounded (functions/billing/README.md, "Rounding").
  const scale = minuteScale * WHOLE;
  const full = applied.connectFee * minuteScale + applied.price * BigInt(billed - included);
  const discounted = full * (WHOLE - discount);
  const least = applied.minimumCharge * scale;
  return divideRounded(discounted > least ? discounted : least, scale);
}

/** Whole years between two instants (Unix milliseconds), by the UTC calendar. */
function fullYears(since: number, at: number): number {
  const [from, to] = [new Date(since), new Date(at)];
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  return new Date(since).setUTCFullYear(from.getUTCFullYear() + years) > at ? years - 1 : years;
}

/** The sum of the discounts that apply, in micro-percent, at most 100 %. */
function discountOf(discounts: readonly Discount[], usage: PeriodUsage, years: () => number): bigint {
  let sum = 0n;
  for (const discount of discounts) {
    const applies =
      discount.type === 'volume'
        ? usage.seconds >= discount.threshold * secondsPerMinute
        : years() >= discount.yearsActive;
    if (applies) sum += amountOf(discount.percentage);
  }
  return sum > WHOLE ? WHOLE : sum;
}

/** Whether charges by these terms depend on what the period has used, and thereby on the order of calls. */
export const dependsOnUsage = ({ profile, tariff }: Terms): boolean =>
  tariff?.includes === true || profile?.discounts.some(({ type }) => type === 'volume') === true;

type Price = Pick<Rating, 'billed_seconds' | 'included_seconds' | 'discount_percent' | 'charge'>;
const noPrice: Price = {
  billed_seconds: 0,
  included_seconds: 0,
  discount_percent: '0',
  charge: decimalText(zeroAmount),
};

/** Billed seconds, included seconds, discount and charge of a call. */
function priceCall(call: Call, { applied, profile }: Choice, terms: Terms, usage: PeriodUsage): Price {
  const billed = billedSeconds(call.billable_seconds, applied.rate);
  const left =
    applied.rate.included && terms.tariff !== null
      ? Math.max(0, terms.tariff.includedSeconds - usage.includedSeconds)
      : 0;
  const included = Math.min(billed, left);
  const discount = discountOf(profile.discounts, usage, () =>
    fullYears(terms.customerSince, Date.parse(call.start_time)),
  );
  return {
    billed_seconds: billed,
    included_seconds: included,
    discount_percent: shortDecimalText(discount),
    charge: decimalText(chargeFor(applied, billed, included, discount)),
  };
}

/**
 * What a call is charged by its seconds, all else being equal: nothing if it is free or has no rate. The rate is chosen
 * once, as reading a number takes longer than all else.
 */
export function chargesBySeconds(
  call: Omit<Call, 'billable_seconds'>,
  terms: Terms,
  usage: PeriodUsage,
): (seconds: number) => Money {
  const choice = chooseRate({ ...call, billable_seconds: 1 }, terms);
  if ('status' in choice) return () => zeroAmount;
  return (seconds) =>
    seconds <= 0
      ? zeroAmount
      : amountOf(priceCall({ ...call, billable_seconds: seconds }, choice, terms, usage).charge);
}

/** Rates a call. The consumer `cdr-wholesale` adds the wholesale rating later. @param ratedAt ISO 8601 */
export function rateCall(call: Call, terms: Terms, period: ChargedPeriod, ratedAt: string): Rating {
  const choice = chooseRate(call, terms);
  const common = {
    currency: terms.profile?.currency ?? null,
    period: period.name,
    late: period.late,
    revision: 1,
    rated_at: ratedAt,
    wholesale: null,
    cost: call.cost,
    cost_currency: null,
  };
  if ('status' in choice)
    return { ...choice, tariff: null, source: null, rate: null, band: null, ...noPrice, ...common };
  return {
    status: 'rated',
    reason: null,
    tariff: choice.tariff,
    source: choice.tariff === null ? 'profile' : 'tariff',
    rate: choice.applied.rate,
    band: choice.applied.band,
    ...priceCall(call, choice, terms, period.usage),
    ...common,
    ...(dependsOnUsage(terms) ? { usage_before: period.usage } : {}),
  };
}

/** The rating of a call whose record was voided: it adds to no sum. @param ratedAt ISO 8601 */
export const voidRating = ({ name, late }: Omit<ChargedPeriod, 'usage'>, ratedAt: string): Rating => ({
  status: 'void',
  reason: null,
  tariff: null,
  source: null,
  rate: null,
  band: null,
  ...noPrice,
  currency: null,
  period: name,
  late,
  revision: 1,
  rated_at: ratedAt,
  wholesale: null,
  cost: null,
  cost_currency: null,
});

/** What the carrier charges: by the cost tariff of the trunk, or as the record states if that tariff has no rate. */
export function carrierCost(
  call: Call,
  carrier: CompiledTariff | null,
  origin: NumberOrigin,
): Pick<Rating, 'cost' | 'cost_currency'> {
  const asRecorded = { cost: call.cost, cost_currency: null };
  if (carrier === null || call.direction === 'internal' || !isBillable(call)) return asRecorded;
  const number = readNumber(call.callee, origin);
  if (number === null) return asRecorded;
  const applied = carrier.lookup(call.direction, number.slice(1), Date.parse(call.start_time));
  if (applied === null) return asRecorded;
  return {
    cost: decimalText(chargeFor(applied, billedSeconds(call.billable_seconds, applied.rate), 0, 0n)),
    cost_currency: carrier.currency,
  };
}

/** The amount by which a rating changes the balance. */
export const chargeOf = (rating: Rating): Money => amountOf(rating.charge);

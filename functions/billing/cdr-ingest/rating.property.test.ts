/**
 * Compares rating with a plain reference (functions/billing/README.md, "Rating"): the reference tries every rate,
 * computes in fractions, takes local time from Intl, and knows the meaning of its sample numbers.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { runs } from '#test/support/property-runs.ts';
import { day, hour } from '#schema/time.ts';
import { NewTariff, firstVersion } from '../tariffs/tariff.ts';
import { compileTariff } from '../tariffs/compiled-tariff.ts';
import { Rate } from '../tariffs/rate.ts';
import { weekdays, type TimeBand } from '../tariffs/rate.ts';
import { ProfileChange, changeProfile } from '../schema/billing-profile.ts';
import { dispositions } from '../schema/disposition.ts';
import { rateCall, type Call, type PeriodUsage } from './rating.ts';

// ---- the reference ----

/** numerator / denominator; the denominator is positive. */
type Fraction = readonly [bigint, bigint];
const fraction = (decimal: string | number): Fraction => {
  const [whole = '0', decimals = ''] = String(decimal).split('.');
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)];
};
const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const larger = (one: Fraction, other: Fraction): Fraction => (one[0] * other[1] >= other[0] * one[1] ? one : other);

/** Half-up to 4 decimals. */
function rendered([numerator, denominator]: Fraction): string {
  const tenThousandths = (numerator * 10_000n * 2n + denominator) / (denominator * 2n);
  return `${tenThousandths / 10_000n}.${String(tenThousandths % 10_000n).padStart(4, '0')}`;
}

/**
 * Numbers as an organization whose access code is 9 dials them (in the US, if no country is given), with their digits
 * and the rate of the profile that applies. Null: no rate of the profile ever applies.
 */
const numbers: readonly {
  readonly callee: string;
  readonly digits: string | null;
  readonly kind: 'defaultCallRate' | 'internationalCallRate' | 'tollFreeRate' | null;
  readonly country?: string;
}[] = [
  { callee: '+14155550123', digits: '14155550123', kind: 'defaultCallRate' },
  { callee: '(415) 555-0123', digits: '14155550123', kind: 'defaultCallRate' },
  { callee: '+18005550123', digits: '18005550123', kind: 'tollFreeRate' },
  { callee: '8005550123', digits: '18005550123', kind: 'tollFreeRate' },
  { callee: '+442079460000', digits: '442079460000', kind: 'internationalCallRate' },
  { callee: '011442079460000', digits: '442079460000', kind: 'internationalCallRate' },
  { callee: '00442079460000', digits: '442079460000', kind: 'internationalCallRate' },
  { callee: '442079460000', digits: '442079460000', kind: 'internationalCallRate' },
  { callee: '9011442079460000', digits: '442079460000', kind: 'internationalCallRate' },
  { callee: 'sip:+12135550100@x', digits: '12135550100', kind: 'defaultCallRate' },
  { callee: 'tel:+1-213-555-0100', digits: '12135550100', kind: 'defaultCallRate' },
  // The calling code of the US, but Jamaica, the Dominican Republic and Canada.
  { callee: '+18765550123', digits: '18765550123', kind: 'internationalCallRate' },
  { callee: '8095550123', digits: '18095550123', kind: 'internationalCallRate' },
  { callee: '+14165550123', digits: '14165550123', kind: 'internationalCallRate' },
  { callee: '+18765550123', digits: '18765550123', kind: 'defaultCallRate', country: 'JM' },
  { callee: '+14155550123', digits: '14155550123', kind: 'internationalCallRate', country: 'CA' },
  // Freephone: of another country, of no country, and of all countries of +1.
  { callee: '+498001234567', digits: '498001234567', kind: 'internationalCallRate' },
  { callee: '+498001234567', digits: '498001234567', kind: 'tollFreeRate', country: 'DE' },
  { callee: '+80012345678', digits: '80012345678', kind: 'internationalCallRate' },
  { callee: '+18005550123', digits: '18005550123', kind: 'tollFreeRate', country: 'CA' },
  { callee: '+18005550123', digits: '18005550123', kind: 'internationalCallRate', country: 'DE' },
  // Premium rate, shared cost, satellites.
  { callee: '+19005550123', digits: '19005550123', kind: null },
  { callee: '9005550123', digits: '19005550123', kind: null },
  { callee: '+449098790123', digits: '449098790123', kind: null },
  { callee: '01805123456', digits: '491805123456', kind: null, country: 'DE' },
  { callee: '+979123456789', digits: '979123456789', kind: null },
  { callee: '+881612345678', digits: '881612345678', kind: null },
  { callee: '+870773111632', digits: '870773111632', kind: null },
  { callee: '1001', digits: null, kind: null },
  { callee: 'reception', digits: null, kind: null },
  { callee: 'anonymous', digits: null, kind: null },
];

const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'] as const;

function localTime(at: number, timeZone: string): { day: number; time: string } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: weekdays.findIndex((weekday) => weekday === parts['weekday']?.toLowerCase()),
    time: `${parts['hour']}:${parts['minute']}`,
  };
}

function bandOf(rate: Rate, at: number, timezone: string): TimeBand | undefined {
  const { day: weekday, time } = localTime(at, timezone);
  const on = (index: number) => (rate: TimeBand) => rate.days.some((name) => name === weekdays[(index + 7) % 7]);
  return rate.time_bands.find((band) =>
    band.start < band.end
      ? on(weekday)(band) && band.start <= time && time < band.end
      : (on(weekday)(band) && band.start <= time) || (on(weekday - 1)(band) && time < band.end),
  );
}

function bestRate(rates: readonly Rate[], direction: string, digits: string, at: number): Rate | undefined {
  const from = (rate: Rate) => (rate.valid_from === null ? -Infinity : Date.parse(rate.valid_from));
  return rates
    .filter((rate) => rate.direction === direction && digits.startsWith(rate.prefix))
    .filter((rate) => from(rate) <= at && (rate.valid_to === null || at < Date.parse(rate.valid_to)))
    .sort((one, other) => other.prefix.length - one.prefix.length || from(other) - from(one))[0];
}

type Case = {
  callee: (typeof numbers)[number];
  direction: Call['direction'];
  disposition: Call['disposition'];
  billable: number;
  at: number;
  rates: Rate[] | null;
  timezone: string;
  includedMinutes: number;
  profile: { rates: Record<string, string | null>; discounts: readonly Record<string, unknown>[] } | null;
  usage: PeriodUsage;
  since: number;
};

type Expected = {
  status: string;
  reason: string | null;
  prefix: string | null;
  band: string | null;
  billed: number;
  included: number;
  discount: string;
  charge: string;
};
const without = (status: string, reason: string | null): Expected => ({
  status,
  reason,
  prefix: null,
  band: null,
  billed: 0,
  included: 0,
  discount: '0',
  charge: '0.0000',
});

function yearsBetween(since: number, at: number): number {
  let years = -1;
  for (const anniversary = new Date(since); anniversary.getTime() <= at; years++)
    anniversary.setTime(new Date(since).setUTCFullYear(new Date(since).getUTCFullYear() + years + 2));
  return years;
}

function percentOf({ profile, usage, since, at }: Case): number {
  const holding = (profile?.discounts ?? []).filter((discount) =>
    discount['type'] === 'volume'
      ? usage.seconds / 60 >= Number(discount['threshold'])
      : yearsBetween(since, at) >= Number(discount['yearsActive']),
  );
  // Quarters of a percent are exact in floating point.
  return Math.min(
    100,
    holding.reduce((sum, discount) => sum + Number(discount['percentage']), 0),
  );
}

function expected(given: Case): Expected {
  const { callee, direction, disposition, billable, at, profile } = given;
  if (direction === 'internal' || disposition !== 'ANSWERED' || billable === 0) return without('free', null);
  if (callee.digits === null) return without('unrated', 'NOT_E164');
  const found =
    profile === null || given.rates === null ? undefined : bestRate(given.rates, direction, callee.digits, at);
  if (found === undefined && direction === 'inbound') return without('free', null);
  if (profile === null) return without('unrated', 'NO_PROFILE');
  const fallback = callee.kind === null ? null : (profile.rates[callee.kind] ?? null);
  if (found === undefined && fallback === null) return without('unrated', 'NO_RATE');

  const band = found === undefined ? undefined : bandOf(found, at, given.timezone);
  const { initial_seconds: initial, increment_seconds: increment } = found ?? {
    initial_seconds: 1,
    increment_seconds: 1,
  };
  let billed = initial;
  while (billed < billable) billed += increment;
  const included =
    found?.included === true
      ? Math.min(billed, Math.max(0, given.includedMinutes * 60 - given.usage.includedSeconds))
      : 0;
  const percent = percentOf(given);
  const price = fraction(band?.price_per_minute ?? found?.price_per_minute ?? fallback ?? 0);
  const connect = fraction(band?.connect_fee ?? found?.connect_fee ?? 0);
  const full = plus(connect, times(price, [BigInt(billed - included), 60n]));
  const charge = larger(
    times(full, times(plus([100n, 1n], times([-1n, 1n], fraction(percent))), [1n, 100n])),
    fraction(found?.minimum_charge ?? 0),
  );
  return {
    status: 'rated',
    reason: null,
    prefix: found?.prefix ?? '',
    band: band?.name ?? null,
    billed,
    included,
    discount: String(percent),
    charge: included === billed ? '0.0000' : rendered(charge),
  };
}

// ---- generated calls ----

const decimal = (most: number, decimals: number) =>
  fc.integer({ min: 0, max: most }).map((units) => (units / 10 ** decimals).toFixed(decimals));
const price = decimal(2_000_000, 6);
const fee = fc.oneof(fc.constant('0.0000'), decimal(5_000, 4));

const year = 365 * day;
const base = Date.parse('2024-03-01T00:00:00Z');
/** Any second of a year, and often a full hour of one of a few days, so that boundaries are hit exactly. */
const instants = fc.oneof(
  fc.integer({ min: base / 1_000, max: (base + year) / 1_000 }).map((second) => second * 1_000),
  fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 23 }))
    .map(([days, hours]) => base + days * day + hours * hour),
);
const bound = fc.option(instants.map((at) => new Date(at).toISOString()));
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '00', '30'))
  .map(([hours, minutes]) => `${String(hours).padStart(2, '0')}:${minutes}`);

const bands = fc.array(
  fc
    .record({
      name: fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom('a', 'b') }),
      days: fc.subarray([...weekdays], { minLength: 1 }),
      start: timeOfDay,
      end: fc.oneof(timeOfDay, fc.constant('24:00')),
      price_per_minute: price,
      connect_fee: fc.option(fee),
    })
    .filter(({ start, end }) => start !== end),
  { maxLength: 3 },
);

/** Prefixes of the sample numbers, so that they match often. */
const prefixes = fc
  .tuple(
    fc.constantFrom(...numbers.flatMap(({ digits }) => digits ?? []), '14155550123', '18005550123', '442079460000'),
    fc.integer({ min: 0, max: 11 }),
  )
  .map(([digits, length]) => digits.slice(0, length));

const rate = fc
  .record({
    prefix: prefixes,
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    price_per_minute: price,
    connect_fee: fee,
    minimum_charge: fee,
    initial_seconds: fc.constantFrom(0, 1, 6, 30, 60),
    increment_seconds: fc.constantFrom(1, 6, 7, 60),
    included: fc.boolean(),
    valid_from: bound,
    valid_to: bound,
    time_bands: bands,
  })
  .filter(({ valid_from, valid_to }) => valid_from === null || valid_to === null || valid_from < valid_to);

const rates = fc
  .uniqueArray(rate, { maxLength: 12, selector: (one) => `${one.direction} ${one.prefix} ${one.valid_from}` })
  .map((all) => all.map((one) => Rate.parse(one)));

const discount = fc.oneof(
  fc.record({
    type: fc.constant('volume'),
    threshold: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 100 })),
    percentage: fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
  }),
  fc.record({
    type: fc.constant('loyalty'),
    yearsActive: fc.integer({ min: 0, max: 4 }),
    percentage: fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
  }),
);

const profile = fc.record({
  rates: fc.record({
    defaultCallRate: fc.option(price),
    internationalCallRate: fc.option(price),
    tollFreeRate: fc.option(price),
  }),
  discounts: fc.array(discount, { maxLength: 3 }),
});

const cases: fc.Arbitrary<Case> = fc.record({
  callee: fc.constantFrom(...numbers),
  direction: fc.constantFrom('outbound', 'outbound', 'outbound', 'inbound', 'internal'),
  disposition: fc.oneof({ arbitrary: fc.constant('ANSWERED' as const), weight: 9 }, fc.constantFrom(...dispositions)),
  billable: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 20_000 })),
  at: instants,
  rates: fc.option(rates, { freq: 8 }),
  timezone: fc.constantFrom(...zones),
  includedMinutes: fc.constantFrom(0, 1, 60),
  profile: fc.option(profile, { freq: 8 }),
  usage: fc.record({
    seconds: fc.oneof(
      fc.integer({ min: 0, max: 6_000 }),
      fc.integer({ min: 0, max: 5 }).map((minutes) => minutes * 60),
    ),
    includedSeconds: fc.integer({ min: 0, max: 3_600 }),
  }),
  since: fc.integer({ min: base - 5 * year, max: base + year }),
});

function rated(given: Case) {
  const call: Call = {
    direction: given.direction,
    callee: given.callee.callee,
    start_time: new Date(given.at).toISOString(),
    disposition: given.disposition,
    billable_seconds: given.billable,
    cost: null,
  };
  const body = NewTariff.parse({
    name: 'plan',
    currency: 'USD',
    timezone: given.timezone,
    included_minutes: given.includedMinutes,
  });
  const tariff =
    given.rates === null
      ? null
      : compileTariff(
          firstVersion(body, { id: 'trf_1', organization: 1000, now: '2024-01-01T00:00:00.000Z' }),
          given.rates,
        );
  const made = profileOf();
  const terms = {
    country: given.callee.country ?? 'US',
    numbers: { strip: ['9'] },
    customerSince: given.since,
    tariff,
    profile:
      given.profile === null
        ? null
        : changeProfile(made, ProfileChange.parse(given.profile), {
            tariff: null,
            balanceMoved: false,
            now: made.createdAt,
          }),
  };
  return rateCall(call, terms, { name: '2024-03', late: false, usage: given.usage }, '2024-03-01T00:00:00.000Z');
}

test('a rating agrees with the reference, to the last decimal', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(cases, (given) => {
      const { status, reason, rate, band, billed_seconds, included_seconds, discount_percent, charge } = rated(given);
      const outcome = {
        status,
        reason,
        prefix: rate?.prefix ?? null,
        band: band?.name ?? null,
        billed: billed_seconds,
        included: included_seconds,
        discount: discount_percent,
        charge,
      };
      expect(outcome).toEqual(expected(given));
      for (const fact of [
        reason ?? status,
        band === null ? 'plain' : 'banded',
        included_seconds > 0 ? 'included' : 'paid',
      ])
        seen.set(fact, (seen.get(fact) ?? 0) + 1);
    }),
    { numRuns: runs(1_000) },
  );
  // The agreement would mean little if the generator did not reach every outcome.
  for (const fact of ['rated', 'free', 'NOT_E164', 'NO_RATE', 'NO_PROFILE', 'banded', 'included'])
    expect(seen.get(fact) ?? 0, fact).toBeGreaterThan(3);
});

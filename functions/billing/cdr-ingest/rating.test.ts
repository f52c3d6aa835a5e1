import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { compileTariff } from '../tariffs/compiled-tariff.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { money } from '#schema/money.ts';
import {
  chargeOf,
  chargesBySeconds,
  dependsOnUsage,
  rateCall,
  type Call,
  type ChargedPeriod,
  type Terms,
} from './rating.ts';

const now = '2024-01-15T10:36:00.000Z';
const profile = profileOf();
const period: ChargedPeriod = { name: '2024-01', late: false, usage: { seconds: 0, includedSeconds: 0 } };

const call = (fields: Partial<Call> = {}): Call => ({
  direction: 'outbound',
  callee: '+14155555678',
  start_time: '2024-01-15T10:30:00Z',
  disposition: 'ANSWERED',
  billable_seconds: 342,
  cost: null,
  ...fields,
});

function tariff(rate: Record<string, unknown> = {}, fields: Record<string, unknown> = {}) {
  const body = NewTariff.parse({
    name: 'enterprise',
    currency: 'USD',
    rates: [
      {
        prefix: '1',
        price_per_minute: '0.015',
        connect_fee: '0.01',
        initial_seconds: 60,
        increment_seconds: 6,
        ...rate,
      },
    ],
    ...fields,
  });
  return compileTariff(firstVersion(body, { id: 'trf_1', organization: 1000, now }), body.rates);
}

const terms = (fields: Partial<Terms> = {}): Terms => ({
  country: 'US',
  customerSince: Date.parse('2022-01-15T10:30:00Z'),
  profile,
  tariff: tariff(),
  ...fields,
});
const discounted = (...discounts: BillingProfile['discounts']): Terms => terms({ profile: { ...profile, discounts } });
const withRates = (rates: Partial<BillingProfile['rates']>): Terms =>
  terms({ tariff: null, profile: { ...profile, rates: { ...profile.rates, ...rates } } });
const rate = (given: Partial<Call>, by: Terms, usage: Partial<ChargedPeriod['usage']> = {}) =>
  rateCall(call(given), by, { ...period, usage: { ...period.usage, ...usage } }, now);

test.each([
  {
    connect: '0.0100',
    price: '0.015',
    initial: 60,
    increment: 6,
    minimum: '0',
    discount: 0,
    b: 342,
    billed: 342,
    charge: '0.0955',
  },
  {
    connect: '0.0100',
    price: '0.015',
    initial: 60,
    increment: 6,
    minimum: '0',
    discount: 0,
    b: 61,
    billed: 66,
    charge: '0.0265',
  },
  {
    connect: '0.0100',
    price: '0.015',
    initial: 60,
    increment: 6,
    minimum: '0.0500',
    discount: 0,
    b: 61,
    billed: 66,
    charge: '0.0500',
  },
  {
    connect: '0.0100',
    price: '0.015',
    initial: 60,
    increment: 6,
    minimum: '0',
    discount: 10,
    b: 342,
    billed: 342,
    charge: '0.0860',
  },
  {
    connect: '0',
    price: '0.001',
    initial: 1,
    increment: 1,
    minimum: '0',
    discount: 0,
    b: 3,
    billed: 3,
    charge: '0.0001',
  },
])('$b s at $price, $initial/$increment, minimum $minimum and discount $discount % cost $charge', (row) => {
  const { discounts } = discounted({ type: 'loyalty', yearsActive: 0, percentage: row.discount }).profile ?? profile;
  const by = terms({
    tariff: tariff({
      connect_fee: row.connect,
      price_per_minute: row.price,
      initial_seconds: row.initial,
      increment_seconds: row.increment,
      minimum_charge: row.minimum,
    }),
    profile: { ...profile, discounts },
  });
  expect(rate({ billable_seconds: row.b }, by)).toMatchObject({
    status: 'rated',
    billed_seconds: row.billed,
    charge: row.charge,
    discount_percent: String(row.discount),
  });
});

test('a rating is a snapshot of the price and all that it was computed from', () => {
  expect(rateCall(call({ cost: '0.0400' }), terms(), period, now)).toEqual({
    status: 'rated',
    reason: null,
    tariff: { id: 'trf_1', name: 'enterprise', version: 1 },
    source: 'tariff',
    rate: {
      prefix: '1',
      name: null,
      direction: 'outbound',
      price_per_minute: '0.015000',
      connect_fee: '0.0100',
      minimum_charge: '0.0000',
      initial_seconds: 60,
      increment_seconds: 6,
      included: false,
      valid_from: null,
      valid_to: null,
      time_bands: [],
    },
    band: null,
    billed_seconds: 342,
    included_seconds: 0,
    discount_percent: '0',
    charge: '0.0955',
    currency: 'USD',
    period: '2024-01',
    late: false,
    revision: 1,
    rated_at: now,
    wholesale: null,
    cost: '0.0400',
    cost_currency: null,
  });
});

test('internal calls, unanswered calls and calls of zero seconds are free, whatever number was called', () => {
  for (const free of [
    { direction: 'internal' as const },
    { disposition: 'NO ANSWER' as const },
    { billable_seconds: 0 },
  ]) {
    expect(rate({ callee: 'reception', ...free }, terms({ profile: null }))).toMatchObject({
      status: 'free',
      reason: null,
      charge: '0.0000',
      billed_seconds: 0,
      rate: null,
    });
  }
});

test('an inbound call is free without a matching rate, and charged by its own number with one', () => {
  expect(rate({ direction: 'inbound' }, terms())).toMatchObject({ status: 'free', charge: '0.0000' });
  expect(rate({ direction: 'inbound' }, withRates({ defaultCallRate: money(15_000n) })).status).toBe('free');
  expect(rate({ direction: 'inbound' }, terms({ tariff: tariff({ direction: 'inbound' }) }))).toMatchObject({
    status: 'rated',
    charge: '0.0955',
  });
});

test('a call to anything that is not a number is unrated', () => {
  expect(rate({ callee: 'reception' }, terms())).toMatchObject({
    status: 'unrated',
    reason: 'NOT_E164',
    charge: '0.0000',
    currency: 'USD',
  });
});

test("a national number is read in the organization's country", () => {
  expect(rate({ callee: '(415) 555-5678' }, terms()).status).toBe('rated');
  expect(rate({ callee: '(415) 555-5678' }, terms({ country: 'GB' }))).toMatchObject({
    status: 'unrated',
    reason: 'NOT_E164',
  });
});

test("the profile's own rates apply, per second, where the tariff has none", () => {
  const all = withRates({
    defaultCallRate: money(60_000n),
    internationalCallRate: money(120_000n),
    tollFreeRate: money(6_000n),
  });
  expect(rate({ billable_seconds: 7 }, all)).toMatchObject({
    status: 'rated',
    source: 'profile',
    tariff: null,
    billed_seconds: 7,
    charge: '0.0070',
    rate: { name: 'defaultCallRate', price_per_minute: '0.060000' },
  });
  expect(rate({ billable_seconds: 7, callee: '+442079460000' }, all)).toMatchObject({
    charge: '0.0140',
    rate: { name: 'internationalCallRate' },
  });
  expect(rate({ billable_seconds: 7, callee: '+18005550123' }, all)).toMatchObject({
    charge: '0.0007',
    rate: { name: 'tollFreeRate' },
  });
  expect(rate({ callee: '+442079460000' }, { ...all, tariff: tariff() })).toMatchObject({ source: 'profile' });
});

test('a call without a rate is unrated, with the reason', () => {
  expect(rate({ callee: '+442079460000' }, terms())).toMatchObject({ status: 'unrated', reason: 'NO_RATE' });
  expect(rate({}, terms({ profile: null, tariff: null }))).toMatchObject({
    status: 'unrated',
    reason: 'NO_PROFILE',
    currency: null,
  });
});

test('a price of zero is a price', () => {
  expect(rate({}, withRates({ defaultCallRate: money(0n) }))).toMatchObject({
    status: 'rated',
    charge: '0.0000',
    billed_seconds: 342,
  });
});

test('included minutes are used first; a call that they cover costs nothing, not even fee or minimum', () => {
  const by = terms({ tariff: tariff({ included: true, minimum_charge: '0.05' }, { included_minutes: 10 }) });
  expect(rate({}, by)).toMatchObject({ included_seconds: 342, billed_seconds: 342, charge: '0.0000' });
  expect(rate({}, by, { includedSeconds: 600 - 341 })).toMatchObject({ included_seconds: 341, charge: '0.0500' });
  expect(rate({}, by, { includedSeconds: 600 })).toMatchObject({ included_seconds: 0, charge: '0.0955' });
  expect(rate({}, by, { includedSeconds: 700 })).toMatchObject({ included_seconds: 0 });
});

test('a rate that is not included uses none of the included minutes', () => {
  expect(rate({}, terms({ tariff: tariff({}, { included_minutes: 10 }) }))).toMatchObject({
    included_seconds: 0,
    charge: '0.0955',
  });
});

test('a volume discount applies from its threshold on; the call itself does not count', () => {
  const by = discounted({ type: 'volume', threshold: 10, percentage: 10 });
  expect(rate({}, by, { seconds: 599 })).toMatchObject({ discount_percent: '0', charge: '0.0955' });
  expect(rate({}, by, { seconds: 600 })).toMatchObject({ discount_percent: '10', charge: '0.0860' });
});

test('a loyalty discount applies from the instant at which the years are full', () => {
  const by = discounted({ type: 'loyalty', yearsActive: 2, percentage: 10 });
  expect(rate({ start_time: '2024-01-15T10:29:59Z' }, by).discount_percent).toBe('0');
  expect(rate({ start_time: '2024-01-15T10:30:00Z' }, by).discount_percent).toBe('10');
});

test('a year that begins on a leap day is full on March 1', () => {
  const by = {
    ...discounted({ type: 'loyalty', yearsActive: 1, percentage: 10 }),
    customerSince: Date.parse('2024-02-29T00:00:00Z'),
  };
  expect(rate({ start_time: '2025-02-28T23:59:59Z' }, by).discount_percent).toBe('0');
  expect(rate({ start_time: '2025-03-01T00:00:00Z' }, by).discount_percent).toBe('10');
});

test('discounts add up to at most 100 %; the minimum charge is never discounted', () => {
  const by = discounted(
    { type: 'loyalty', yearsActive: 0, percentage: 60 },
    { type: 'volume', threshold: 0, percentage: 60.5 },
  );
  expect(rate({}, by)).toMatchObject({ discount_percent: '100', charge: '0.0000' });
  expect(rate({}, { ...by, tariff: tariff({ minimum_charge: '0.02' }) }).charge).toBe('0.0200');
  expect(rate({}, discounted({ type: 'loyalty', yearsActive: 0, percentage: 12.5 }))).toMatchObject({
    discount_percent: '12.5',
    charge: '0.0836',
  });
});

test('a rating that depends on the usage of its period stores that usage', () => {
  const included = terms({ tariff: tariff({ included: true }, { included_minutes: 10 }) });
  const volume = discounted({ type: 'volume', threshold: 10, percentage: 10 });
  const loyalty = discounted({ type: 'loyalty', yearsActive: 1, percentage: 10 });
  expect([included, volume, loyalty, terms()].map(dependsOnUsage)).toEqual([true, true, false, false]);
  expect(rate({}, volume, { seconds: 5 }).usage_before).toEqual({ seconds: 5, includedSeconds: 0 });
  expect(rate({}, loyalty)).not.toHaveProperty('usage_before');
});

test('the time band at the start of a call applies to the whole call', () => {
  const by = terms({
    tariff: tariff({ time_bands: [{ name: 'morning', start: '10:00', end: '10:31', price_per_minute: '0.005' }] }),
  });
  expect(rate({}, by)).toMatchObject({ band: { name: 'morning' }, charge: '0.0385' });
});

test('the amount that changes the balance is exactly the one that the rating shows', () => {
  expect(chargeOf(rate({}, terms()))).toBe(95_500n);
});

test.each([
  ['by a tariff', {}, terms({ tariff: tariff({ minimum_charge: '0.02', included: true }, { included_minutes: 2 }) })],
  ['by a rate of the profile', {}, withRates({ defaultCallRate: money(15_000n) })],
  ['with a discount', {}, discounted({ type: 'loyalty', yearsActive: 1, percentage: 10 })],
  ['without a rate', {}, withRates({})],
  ['of a free call', { direction: 'internal' as const }, terms()],
])('what a call costs by its seconds is what its rating charges: %s', (_case, fields, by) => {
  const usage = { seconds: 0, includedSeconds: 60 };
  const charge = chargesBySeconds(call(fields), by, usage);
  for (const seconds of [0, 1, 59, 60, 61, 342, 86_400])
    expect(charge(seconds)).toBe(
      chargeOf(rateCall(call({ ...fields, billable_seconds: seconds }), by, { ...period, usage }, now)),
    );
});

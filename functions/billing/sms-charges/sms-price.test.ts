import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountOf, moneyFromStore } from '#schema/money.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { firstVersion, NewTariff, type Tariff } from '../tariffs/tariff.ts';
import {
  accountOf,
  defaultPriceIn,
  fixesCurrency,
  includedLeft,
  priceSms,
  smsPeriod,
  smsRateOf,
  totalOf,
  type SmsTerms,
} from './sms-price.ts';

const now = '2026-11-20T12:00:00.000Z';
const profile = profileOf();
const tariffOf = (fields: object): Tariff =>
  firstVersion(NewTariff.parse({ name: 'Plan', currency: 'USD', ...fields }), {
    id: 'trf_1',
    organization: 1000,
    now,
  });
const sms_rates = [
  { prefix: '', price: '0.09' },
  { prefix: '1', price: '0.01' },
  { prefix: '1415', price: '0.0123456'.slice(0, 8) },
];
const terms = (fields: Partial<SmsTerms> = {}): SmsTerms => ({
  profile,
  tariff: tariffOf({ sms_rates }),
  defaultPrice: defaultPriceIn({}),
  ...fields,
});
const period = '2026-11';

test.each([
  ['+14155551234', '0.012345'],
  ['+12125551234', '0.01'],
  ['+447700900123', '0.09'],
])('an SMS to %s has the price of the longest matching prefix', (to, price) => {
  expect(smsRateOf(to, terms())).toMatchObject({ rate: amountOf(price), source: 'tariff', tariff: { id: 'trf_1' } });
});

test('without a price of the tariff the profile has one, and without that the platform', () => {
  const tariff = tariffOf({ sms_rates: [{ prefix: '44', price: '0.02' }] });
  const rates = { ...profile.rates, defaultSmsRate: amountOf('0.005') };
  expect(smsRateOf('+14155551234', terms({ tariff, profile: { ...profile, rates } }))).toEqual({
    rate: 5_000n,
    source: 'profile',
    tariff: null,
  });
  expect(smsRateOf('+14155551234', terms({ tariff: null }))).toMatchObject({ rate: 7_500n, source: 'default' });
  expect(defaultPriceIn({ SMS_DEFAULT_PRICE: '0.02' })).toBe(20_000n);
});

test('a price is of all segments, rounded half-up to 4 decimals once', () => {
  const [price] = priceSms([{ to: '+14155551234', segments: 3 }], terms(), { period, left: 0 });
  expect(price).toMatchObject({ currency: 'USD', rate: 12_345n, amount: 37_000n, included: 0, period });
});

test('included SMS are used segment by segment, in the order of the messages', () => {
  const messages = [
    { to: '+12125551234', segments: 2 },
    { to: '+12125551235', segments: 2 },
    { to: '+12125551236', segments: 1 },
  ];
  const prices = priceSms(messages, terms(), { period, left: 3 });
  expect(prices.map(({ included, amount }) => [included, amount])).toEqual([
    [2, 0n],
    [1, 10_000n],
    [0, 10_000n],
  ]);
  expect(totalOf(prices)).toEqual({ amount: 20_000n, included: 3 });
});

test('a period has what its tariff includes less what was used', () => {
  const tariff = tariffOf({ included_sms: 10 });
  expect(includedLeft({ tariff }, undefined)).toBe(10);
  expect(includedLeft({ tariff }, { period, included_sms: 4 })).toBe(6);
  expect(includedLeft({ tariff }, { period, included_sms: 40 })).toBe(0);
  expect(includedLeft({ tariff: null }, undefined)).toBe(0);
  expect(smsPeriod({ profile }, Date.parse(now))).toBe(period);
});

test('the first amount fixes the currency', () => {
  expect(fixesCurrency(accountOf(profile, []))).toBe(true);
  expect(fixesCurrency(accountOf(profile, [{ fixed: true }]))).toBe(false);
});

test('messages never cost less together than the same segments beyond what is included', () => {
  const message = fc.record({ to: fc.constant('+12125551234'), segments: fc.integer({ min: 1, max: 10 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), fc.nat(60), (messages, left) => {
      const prices = priceSms(messages, terms(), { period, left });
      const segments = messages.reduce((sum, each) => sum + each.segments, 0);
      const { amount, included } = totalOf(prices);
      expect(included).toBe(Math.min(left, segments));
      expect(amount).toBe(10_000n * BigInt(segments - included));
      expect(prices.every((price) => moneyFromStore(price.amount) >= 0n)).toBe(true);
    }),
  );
});

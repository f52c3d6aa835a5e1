import { describe, expect, test } from 'vitest';
import { amountOf, zeroAmount } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { profileOf } from '../../billing/billing-profiles/billing-profile.fixture.ts';
import { compileTariff } from '../../billing/tariffs/compiled-tariff.ts';
import { Rate } from '../../billing/tariffs/rate.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import type { BalancePart } from '../../billing/schema/balance.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import {
  type Account,
  affordableSeconds,
  deniedBySeller,
  isCreditExhausted,
  offerReservation,
  type Seller,
  sellerLimits,
} from './credit.ts';
import type { Sent } from './sent-number.ts';

const profile = profileOf();
const prepaid: BillingProfile = {
  ...profile,
  accountType: 'prepaid',
  rates: { ...profile.rates, defaultCallRate: amountOf('0.06') },
};
const account = (of: BillingProfile, balance: readonly BalancePart[]): Account => ({
  profile: of,
  balance,
  replaced: null,
});
const credits = (amount: string): BalancePart => ({ credits: amountOf(amount), fixed: true });
const charges = (amount: string): BalancePart => ({ charges: amountOf(amount), period: '2026-11' });

describe('credit', () => {
  test.each([
    ['a prepaid account that was never filled', account(prepaid, []), true],
    ['a prepaid account with a balance', account(prepaid, [credits('1')]), false],
    ['a prepaid account that has spent all', account(prepaid, [credits('1'), charges('1')]), true],
    [
      'a prepaid account whose rest is reserved',
      account(prepaid, [credits('1'), { reserved: amountOf('3'), released: amountOf('2') }]),
      true,
    ],
    ['a postpaid account that owes nothing', account(profile, []), false],
    [
      'a postpaid account that owes less than it may',
      account({ ...profile, creditLimit: amountOf('10') }, [charges('9.9999')]),
      false,
    ],
    [
      'a postpaid account that owes all that it may',
      account({ ...profile, creditLimit: amountOf('10') }, [charges('10')]),
      true,
    ],
    [
      'a postpaid account of which all is reserved',
      account({ ...profile, creditLimit: amountOf('1') }, [{ reserved: amountOf('3'), released: amountOf('2') }]),
      true,
    ],
    [
      'a postpaid account that owes and may not',
      account({ ...profile, creditLimit: zeroAmount }, [charges('0.01')]),
      true,
    ],
  ])('%s', (_title, of, exhausted) => {
    expect(isCreditExhausted(of)).toBe(exhausted);
  });
});

describe('what a prepaid balance pays for', () => {
  const priced = {
    numbers: ['+14155550100'],
    at: '2026-11-20T12:00:00Z',
    terms: { country: 'US', customerSince: 0, tariff: null },
  };

  test('is exact to the second', () => {
    // 0.06 a minute is 0.001 a second.
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, null)).toBe(100);
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, 3_600)).toBe(100);
  });

  test('does not change a lower limit', () => {
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), priced, 60)).toBe(60);
    expect(affordableSeconds(account(prepaid, [credits('1000')]), priced, null)).toBeNull();
  });

  test.each(['00442079460000', '442079460000', '9011442079460000', 'sip:+442079460000@x'])(
    'is priced by the number that rating reads in %s',
    (called) => {
      const rates = { ...prepaid.rates, internationalCallRate: amountOf('0.6') };
      const dialed = { ...priced, numbers: [called], terms: { ...priced.terms, numbers: { strip: ['9'] } } };
      expect(affordableSeconds(account({ ...prepaid, rates }, [credits('0.1')]), dialed, null)).toBe(10);
    },
  );

  test('does not limit a call that is free or has no price', () => {
    expect(affordableSeconds(account(prepaid, [credits('0.1')]), { ...priced, numbers: ['204'] }, null)).toBeNull();
    expect(affordableSeconds(account({ ...prepaid, rates: profile.rates }, [credits('0.1')]), priced, 60)).toBe(60);
  });

  test('may be nothing', () => {
    const dear: BillingProfile = { ...prepaid, rates: { ...prepaid.rates, defaultCallRate: amountOf('600') } };
    expect(affordableSeconds(account(dear, [credits('0.1')]), priced, null)).toBe(0);
  });
});

describe('what a prepaid call may reserve', () => {
  const at = '2026-11-20T12:00:00Z';
  const priced = { numbers: ['+14155550100'], at, terms: { country: 'US', customerSince: 0, tariff: null } };

  test('is the cost of reservationMinutes, of the limit of its policy, or what is left', () => {
    expect(offerReservation(account(prepaid, [credits('100')]), priced, null)).toMatchObject({
      seconds: 14_400,
      amount: amountOf('14.4'),
    });
    expect(offerReservation(account(prepaid, [credits('100')]), priced, 60)).toMatchObject({
      seconds: 60,
      amount: amountOf('0.06'),
    });
    expect(offerReservation(account(prepaid, [credits('0.1')]), priced, 60_000)).toMatchObject({
      seconds: 100,
      amount: amountOf('0.1'),
    });
  });

  test('counts reservationMinutes from where a call that is up has come to, up to the longest call', () => {
    const rich = account({ ...prepaid, reservationMinutes: 1_440 }, [credits('1000')]);
    expect(offerReservation(account(prepaid, [credits('100')]), priced, null, 600)).toMatchObject({ seconds: 15_000 });
    expect(offerReservation(rich, priced, null, 600)).toMatchObject({ seconds: 86_400 });
    expect(offerReservation(rich, priced, 700, 600)).toMatchObject({ seconds: 700 });
  });

  test('is nothing if no second is left before the one at which the switch hangs up', () => {
    expect(offerReservation(account(prepaid, [credits('0.001')]), priced, null)).toBe(0);
    expect(offerReservation(account(prepaid, [credits('0.002')]), priced, null)).toMatchObject({ seconds: 2 });
  });

  test('is nothing for a call that costs nothing', () => {
    const free = account({ ...prepaid, rates: { ...prepaid.rates, defaultCallRate: amountOf('0') } }, [credits('1')]);
    expect(offerReservation(free, priced, null)).toBeNull();
    expect(offerReservation(free, priced, 60)).toBe(60);
  });

  test('includes the reservation that it replaces', () => {
    const replaced = { amount: amountOf('0.06') } as NonNullable<Account['replaced']>;
    const used = account(prepaid, [{ ...credits('0.1'), reserved: amountOf('0.1') }]);
    expect(offerReservation({ ...used, replaced }, priced, null)).toMatchObject({ seconds: 60 });
  });

  const terms = (rate: object) => ({
    ...priced.terms,
    tariff: compileTariff(
      {
        ...firstVersion(NewTariff.parse({ name: 'plan', currency: 'USD', included_minutes: 1_000 }), {
          id: 'trf_1',
          organization: 1000,
          now: at,
        }),
      },
      [Rate.parse({ prefix: '1', price_per_minute: 0.06, included: true, ...rate })],
    ),
  });

  test.each([
    [
      'connect_fee in and included minutes used up',
      { connect_fee: 0.04 },
      [],
      { seconds: 60, amount: amountOf('0.1') },
    ],
    ['minimum_charge in', { minimum_charge: 0.09 }, [], { seconds: 100, amount: amountOf('0.1') }],
    ['more than is left for the minimum', { minimum_charge: 0.11 }, [], 0],
    [
      'no discount by volume, as the next period may be charged',
      {},
      [
        { type: 'volume' as const, threshold: 0, percentage: 10 },
        { type: 'volume' as const, threshold: 1, percentage: 50 },
      ],
      { seconds: 111, amount: amountOf('0.0999') },
    ],
  ])('is priced with %s', (_case, rate, discounts, offer) => {
    const used = { period: '2026-11', seconds: 6_000 };
    const of = account({ ...prepaid, discounts }, [credits('0.1'), used]);
    const offered = offerReservation(of, { ...priced, terms: terms(rate) }, null);
    expect(typeof offered === 'object' && offered !== null ? omit(offered, 'account', 'call', 'max') : offered).toEqual(
      offer,
    );
  });
});

const at = '2026-11-20T12:00:00.000Z';
const reseller: BillingProfile = {
  ...profileOf({ organization: 2000, billingName: 'Reseller' }),
  rates: { defaultCallRate: amountOf('0'), internationalCallRate: null, tollFreeRate: null, defaultSmsRate: null },
};
const over = (...numbers: string[]): Sent => ({
  to: 'gateways',
  numbers: numbers.map((text) => ({ text, gateway: null })),
});
const deny = (sent: Sent, limits: Pick<Seller, 'denies' | 'isExhausted'> | null) =>
  deniedBySeller(
    { sent, at },
    {
      seller: async () =>
        limits === null
          ? null
          : { ...limits, profile: reseller, terms: { country: 'US', customerSince: 0, tariff: null } },
      numbers: async (charged) => (charged.to === 'gateways' ? charged.numbers.map(({ text }) => text) : charged.texts),
    },
  );
const [home, london] = ['+14155550100', '+442079460000'];

test('a seller is exhausted at its limit, and denies calls without a rate as its profile says', () => {
  const prepaidReseller = { ...reseller, accountType: 'prepaid' as const };
  expect(sellerLimits(prepaidReseller, [])).toEqual({ denies: true, isExhausted: true });
  expect(sellerLimits(prepaidReseller, [{ credits: amountOf('1') }])).toEqual({ denies: true, isExhausted: false });
  expect(sellerLimits(reseller, [])).toEqual({ denies: false, isExhausted: false });
  const charged = [{ period: '2026-11', charges: amountOf('5') }];
  expect(sellerLimits({ ...reseller, creditLimit: amountOf('5') }, charged)).toMatchObject({ isExhausted: true });
});

test('without a seller that limits calls, all routes are permitted', async () => {
  expect(await deny(over(london), null)).toEqual({ reason: null, routes: null });
  expect(await deny({ to: 'inside' }, { denies: true, isExhausted: true })).toEqual({ reason: null, routes: null });
});

test('routes that have a price, or cost nothing while there is no money, are permitted', async () => {
  expect(await deny(over(london, home), { denies: true, isExhausted: false })).toEqual({ reason: null, routes: [1] });
  expect(await deny(over(london, home), { denies: false, isExhausted: true })).toEqual({ reason: null, routes: [1] });
});

test('the reason is what is missing', async () => {
  expect(await deny(over(london), { denies: true, isExhausted: false })).toEqual({ reason: 'NO_RATE', routes: null });
  expect(await deny(over(london), { denies: true, isExhausted: true })).toEqual({ reason: 'NO_CREDIT', routes: null });
  const host: Sent = { to: 'host', texts: [london] };
  expect(await deny(host, { denies: true, isExhausted: false })).toEqual({ reason: null, routes: [0] });
});

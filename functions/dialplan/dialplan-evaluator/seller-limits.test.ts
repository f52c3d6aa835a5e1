import { expect, test } from 'vitest';
import { amountOf } from '#schema/money.ts';
import { newProfile, type BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import type { Seller } from './credit.ts';
import { deniedBySeller, sellerLimits } from './seller-limits.ts';
import type { Sent } from './sent-number.ts';

const at = '2026-11-20T12:00:00.000Z';
const profile: BillingProfile = {
  ...newProfile({ id: 'bp_1', organization: 2000, billingName: 'Reseller', currency: 'USD', now: at }),
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
        limits === null ? null : { ...limits, profile, terms: { country: 'US', customerSince: 0, tariff: null } },
      numbers: async (charged) => (charged.to === 'gateways' ? charged.numbers.map(({ text }) => text) : charged.texts),
    },
  );
const [home, london] = ['+14155550100', '+442079460000'];

test('a seller is exhausted at its limit, and denies calls without a rate as its profile says', () => {
  const prepaid = { ...profile, accountType: 'prepaid' as const };
  expect(sellerLimits(prepaid, [])).toEqual({ denies: true, isExhausted: true });
  expect(sellerLimits(prepaid, [{ credits: amountOf('1') }])).toEqual({ denies: true, isExhausted: false });
  expect(sellerLimits(profile, [])).toEqual({ denies: false, isExhausted: false });
  const charged = [{ period: '2026-11', charges: amountOf('5') }];
  expect(sellerLimits({ ...profile, creditLimit: amountOf('5') }, charged)).toMatchObject({ isExhausted: true });
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

import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { codeOf } from '#test/support/errors.fixture.ts';
import {
  assertMayChange,
  changeProfile,
  deniesUnrated,
  inboundWhenExhausted,
  ProfileChange,
  type TariffOfProfile,
} from './billing-profile.ts';

const made = profileOf();
const enterprise: TariffOfProfile = {
  id: 'trf_1',
  name: 'enterprise',
  kind: 'sell',
  currency: 'USD',
  monthly_minimum: '0.0000',
  included_minutes: 0,
  included_sms: 0,
};
const nothingMoved = { tariff: null, balanceMoved: false, now: '2024-01-20T00:00:00.000Z' };

const change = (fields: Record<string, unknown>, circumstances = {}, present = made) =>
  changeProfile(present, ProfileChange.parse(fields), { ...nothingMoved, ...circumstances });

test('objects merge by key, arrays replace, and fields that are not given stay', () => {
  const first = change({
    billingAddress: { city: 'Boston', state: 'MA' },
    discounts: [{ type: 'volume', threshold: 10_000, percentage: 10 }],
    rates: { defaultCallRate: 0.015 },
  });
  const second = change(
    { billingAddress: { city: 'Salem', street: 'Main St' }, discounts: [], rates: { tollFreeRate: '0.03' } },
    {},
    first,
  );
  expect(second.billingAddress).toEqual({
    street: 'Main St',
    city: 'Salem',
    state: 'MA',
    postalCode: null,
    country: null,
  });
  expect(second.discounts).toEqual([]);
  expect(second.rates).toMatchObject({ defaultCallRate: 15_000n, tollFreeRate: 30_000n, internationalCallRate: null });
  expect(second).toMatchObject({
    billingName: 'Acme',
    version: 3,
    createdAt: made.createdAt,
    updatedAt: nothingMoved.now,
  });
});

test('null clears an optional field and is rejected for a required one', () => {
  const set = change({ taxId: 'US-1', lowBalanceThreshold: 10, billingAddress: { country: 'us' } });
  expect(change({ taxId: null, lowBalanceThreshold: null, billingAddress: { country: null } }, {}, set)).toMatchObject({
    taxId: null,
    lowBalanceThreshold: null,
    billingAddress: { country: null },
  });
  expect(ProfileChange.safeParse({ creditLimit: null }).success).toBe(false);
});

test("a contact's phone is an E.164 number; hyphens and blanks are removed", () => {
  expect(ProfileChange.parse({ billingContact: { phone: '+1 415-555 0123' } }).billingContact?.phone).toBe(
    '+14155550123',
  );
  expect(ProfileChange.safeParse({ billingContact: { phone: '415-555-0123' } }).success).toBe(false);
});

test.each([
  [{ creditLimit: -1 }],
  [{ creditLimit: '0.00001' }],
  [{ billingDay: 29 }],
  [{ accountType: 'free' }],
  [{ paymentTerms: 'NET45' }],
  [{ unratedCalls: 'maybe' }],
  [{ inboundWhenExhausted: 'maybe' }],
  [{ inboundWhenExhausted: null }],
  [{ outstandingInvoices: 1.5 }],
  [{ reservationMinutes: 0 }],
  [{ reservationMinutes: 1_441 }],
  [{ reservationMinutes: null }],
  [{ discounts: [{ type: 'volume', threshold: 1, percentage: 101 }] }],
  [{ discounts: [{ type: 'birthday', percentage: 1 }] }],
  [{ discounts: Array.from({ length: 11 }, () => ({ type: 'loyalty', yearsActive: 1, percentage: 1 })) }],
  [{ rates: { defaultCallRate: -0.01 } }],
  [{ billingName: 'x'.repeat(201) }],
])('the change %o is rejected', (fields) => {
  expect(ProfileChange.safeParse(fields).success).toBe(false);
});

test('a caller other than the seller may change the contact fields only', () => {
  expect(() =>
    assertMayChange(ProfileChange.parse({ billingName: 'Acme Inc', creditLimit: 10, tariffPlan: null }), false),
  ).toThrow(
    expect.objectContaining({
      code: 'NOT_THE_SELLER',
      details: [
        { path: 'creditLimit', message: 'may be changed by the seller only' },
        { path: 'tariffPlan', message: 'may be changed by the seller only' },
      ],
    }),
  );
  const own = {
    billingName: 'Acme Inc',
    billingAddress: {},
    billingContact: {},
    taxId: '1',
    lowBalanceThreshold: 5,
    version: 1,
  };
  expect(codeOf(() => assertMayChange(ProfileChange.parse(own), false))).toBeNull();
  expect(codeOf(() => assertMayChange(ProfileChange.parse({ creditLimit: 10 }), true))).toBeNull();
});

test.each([
  ['prepaid', undefined, true],
  ['prepaid', null, true],
  ['prepaid', 'allow', false],
  ['prepaid', 'deny', true],
  ['postpaid', undefined, false],
  ['postpaid', null, false],
  ['postpaid', 'allow', false],
  ['postpaid', 'deny', true],
] as const)(
  'a %s account with unratedCalls %s denies calls without a price: %s',
  (accountType, unratedCalls, denies) => {
    expect(deniesUnrated({ accountType, ...(unratedCalls === undefined ? {} : { unratedCalls }) })).toBe(denies);
  },
);

test('whether calls without a price are permitted is for the seller to say, and null takes it back', () => {
  expect(codeOf(() => assertMayChange(ProfileChange.parse({ unratedCalls: 'allow' }), false))).toBe('NOT_THE_SELLER');
  const denying = change({ unratedCalls: 'deny' });
  expect(denying.unratedCalls).toBe('deny');
  expect(change({ taxId: '1' }, {}, denying).unratedCalls).toBe('deny');
  expect(change({ unratedCalls: null }, {}, denying).unratedCalls).toBeNull();
});

test('whether inbound calls are rejected without credit is for the seller to say; by default they are answered', () => {
  const rejecting = ProfileChange.parse({ inboundWhenExhausted: 'reject' });
  expect(codeOf(() => assertMayChange(rejecting, false))).toBe('NOT_THE_SELLER');
  expect(codeOf(() => assertMayChange(rejecting, true))).toBeNull();
  const profile = change({});
  expect([profile, change({ inboundWhenExhausted: 'reject' })].map(inboundWhenExhausted)).toEqual(['answer', 'reject']);
});

test('a prepaid account has no credit limit', () => {
  expect(codeOf(() => change({ accountType: 'prepaid', creditLimit: 1 }))).toBe('VALIDATION_FAILED');
  expect(codeOf(() => change({ creditLimit: 1 }, {}, change({ accountType: 'prepaid' })))).toBe('VALIDATION_FAILED');
  expect(change({ accountType: 'prepaid', creditLimit: 0 }).accountType).toBe('prepaid');
});

test("the tariff must be a sell tariff of the seller in the profile's currency", () => {
  expect(change({ tariffPlan: 'enterprise' }, { tariff: enterprise }).tariffId).toBe('trf_1');
  expect(codeOf(() => change({ tariffPlan: 'enterprise' }))).toBe('UNKNOWN_TARIFF');
  expect(codeOf(() => change({ tariffPlan: 'carrier' }, { tariff: { ...enterprise, kind: 'cost' } }))).toBe(
    'UNKNOWN_TARIFF',
  );
  expect(codeOf(() => change({ tariffPlan: 'enterprise' }, { tariff: { ...enterprise, currency: 'EUR' } }))).toBe(
    'CURRENCY_MISMATCH',
  );
  expect(
    change({ tariffPlan: null }, {}, change({ tariffPlan: 'enterprise' }, { tariff: enterprise })).tariffId,
  ).toBeNull();
});

test('a change that names no tariff keeps the present one', () => {
  const withTariff = change({ tariffPlan: 'enterprise' }, { tariff: enterprise });
  expect(change({ taxId: '1' }, { tariff: enterprise }, withTariff).tariffId).toBe('trf_1');
  expect(codeOf(() => change({ currency: 'EUR' }, { tariff: enterprise }, withTariff))).toBe('CURRENCY_MISMATCH');
});

test('the currency is fixed once the balance has moved', () => {
  expect(change({ currency: 'eur' }).currency).toBe('EUR');
  expect(codeOf(() => change({ currency: 'EUR' }, { balanceMoved: true }))).toBe('CURRENCY_LOCKED');
  expect(codeOf(() => change({ currency: 'USD' }, { balanceMoved: true }))).toBeNull();
});

test('a new billing day is stored with the period from which it applies; the same day changes nothing', () => {
  expect(change({ billingDay: 15 }).billingDays).toEqual([
    { from: null, day: 1 },
    { from: '2024-03', day: 15 },
  ]);
  expect(change({ billingDay: 1 }).billingDays).toBe(made.billingDays);
});

test('a seller may price SMS', () => {
  expect(codeOf(() => change({ rates: { defaultSmsRate: 0.01 } }))).toBe(null);
  expect(codeOf(() => change({ rates: { defaultSmsRate: null } }))).toBe(null);
});

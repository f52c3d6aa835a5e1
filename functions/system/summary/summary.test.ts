import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { attentionOf, countNames, isLastEndSoon, presentBalance, visibleCounts, type Attention } from './summary.ts';

test('a count needs its scope for the records of all users', () => {
  const stored = new Map(countNames.map((name, at) => [name, at + 1]));
  const sights = { 'users:read': 'none', 'orgs:read': 'none', 'calls:read': 'own', 'telephony:read': 'all' } as const;
  expect(visibleCounts(stored, (scope) => sights[scope])).toEqual({
    ...{ users: null, customers: null, phone_lines: null },
    ...{ devices: 3, trunks: 5, gateways: 6, numbers: 7, call_flows: 8, ring_groups: 9 },
  });
});

const calm = {
  ...{ devices: 9, online_devices: 9, failed_gateways: 0, new_voicemail: 0, charges: [] },
  isCertificateExpiring: false,
  balance: { current: 5, available_credit: 5, currency: 'EUR', isLow: false },
};
const kindsOf = (more: Partial<Attention>): readonly string[] =>
  attentionOf({ ...calm, ...more }).map(({ kind, count }) => `${count} ${kind}`);

describe('attention', () => {
  test('is needed by nothing as long as all is well, or nothing may be read', () => {
    expect(kindsOf({})).toEqual([]);
    expect(
      kindsOf({ devices: 9, online_devices: null, failed_gateways: null, new_voicemail: null, balance: null }),
    ).toEqual([]);
  });

  test('is needed by the urgent first', () => {
    expect(
      kindsOf({
        ...{ online_devices: 7, failed_gateways: 1, isCertificateExpiring: true, new_voicemail: 2 },
        balance: { ...calm.balance, available_credit: 0, isLow: true },
      }),
    ).toEqual([
      '1 credit_exhausted',
      '1 failed_gateways',
      '1 expiring_certificate',
      '2 unregistered_phones',
      '2 new_voicemail',
    ]);
  });

  test('is needed by a balance below its threshold, or less than the charges of a day in its currency', () => {
    const charges = [
      { currency: 'USD', amount: '9.0000' },
      { currency: 'EUR', amount: '5.0000' },
    ];
    expect(kindsOf({ charges })).toEqual([]);
    expect(kindsOf({ charges, balance: { ...calm.balance, available_credit: 4.99 } })).toEqual(['1 low_balance']);
    expect(kindsOf({ balance: { ...calm.balance, isLow: true } })).toEqual(['1 low_balance']);
  });
});

test('the certificate that ends last counts: one that was renewed ahead needs no attention', () => {
  const now = '2026-11-20T12:00:00.000Z';
  const [ended, soon, later] = ['2026-11-01T00:00:00.000Z', '2026-12-20T12:00:00.000Z', '2026-12-20T12:00:00.001Z'];
  const ends = [[], [soon], [ended], [ended, soon], [later], [soon, later]];
  expect(ends.map((each) => isLastEndSoon(each, now))).toEqual([false, true, true, true, false, false]);
});

test('a balance is credits minus charges, and reservations take from what may be spent', () => {
  const parts = [{ credits: 5_000_000, reserved: 2_000_000, released: 500_000 }, { charges: 1_250_000 }];
  expect(presentBalance({ creditLimit: money(10_000_000n), currency: 'EUR' }, parts)).toEqual({
    ...{ current: 3.75, available_credit: 12.25, currency: 'EUR' },
  });
});

import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { countNames, presentBalance, visibleCounts } from './summary.ts';

test('a count needs its scope for the records of all users', () => {
  const stored = new Map(countNames.map((name, at) => [name, at + 1]));
  const sights = { 'users:read': 'none', 'orgs:read': 'none', 'calls:read': 'own', 'telephony:read': 'all' } as const;
  expect(visibleCounts(stored, (scope) => sights[scope])).toEqual({
    ...{ users: null, customers: null, phone_lines: null },
    ...{ devices: 3, trunks: 5, gateways: 6, numbers: 7, call_flows: 8, ring_groups: 9 },
  });
});

test('a balance is credits minus charges, and reservations take from what may be spent', () => {
  const parts = [{ credits: 5_000_000, reserved: 2_000_000, released: 500_000 }, { charges: 1_250_000 }];
  expect(presentBalance({ creditLimit: money(10_000_000n), currency: 'EUR' }, parts)).toEqual({
    ...{ current: 3.75, available_credit: 12.25, currency: 'EUR' },
  });
});

import { expect, test } from 'vitest';
import { money } from '../../../shared/schema/money.ts';
import { availableCredit, balanceOf, currentBalance, hasMoved, usageOf } from './balance.ts';

const parts = [
  { credits: 5_000_000, reservations: 40_000, currency: 'USD', fixed: true },
  { period: '2024-01', charges: 1_000_000, seconds: 600, calls: 3 },
  { period: '2024-02', charges: 2_000_000, seconds: 60, calls: 1 },
  { period: '2024-02', charges: 500_000, seconds: 30, calls: 1 },
];

test('a balance is the sum of its parts, however many there are', () => {
  expect(balanceOf(parts)).toEqual({ credits: 5_000_000n, charges: 3_500_000n, reservations: 40_000n });
  expect(currentBalance(balanceOf(parts))).toBe(1_500_000n);
});

test('sums beyond what a double holds stay exact', () => {
  expect(balanceOf([{ charges: 9_007_199_254_740_993n }, { charges: 1 }]).charges).toBe(9_007_199_254_740_994n);
});

test('what is reserved cannot be spent, what the seller lends can', () => {
  expect(availableCredit(balanceOf(parts), { creditLimit: money(1_000_000n) })).toBe(2_460_000n);
});

test('a balance that never moved is nothing', () => {
  expect(balanceOf([])).toEqual({ credits: 0n, charges: 0n, reservations: 0n });
  expect(hasMoved([])).toBe(false);
  expect(hasMoved([{ currency: 'EUR' }])).toBe(false);
  expect(hasMoved(parts)).toBe(true);
});

test('a period has used what the parts of its name have', () => {
  expect(usageOf(parts, '2024-02')).toEqual({ seconds: 90, charges: 2_500_000n });
  expect(usageOf(parts, '2024-03')).toEqual({ seconds: 0, charges: 0n });
});

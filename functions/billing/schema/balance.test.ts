import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import {
  availableCredit,
  balanceOf,
  currentBalance,
  hasMoved,
  isCreditUsedUp,
  isExhausted,
  usageOf,
} from './balance.ts';

const parts = [
  { credits: 5_000_000, reserved: 100_000, released: 60_000, currency: 'USD', fixed: true },
  { period: '2024-01', charges: 1_000_000, seconds: 600, calls: 3 },
  { period: '2024-02', charges: 2_000_000, seconds: 60, calls: 1 },
  { period: '2024-02', charges: 500_000, seconds: 30, calls: 1 },
];

test('a balance is the sum of its parts', () => {
  expect(balanceOf(parts)).toEqual({ credits: 5_000_000n, charges: 3_500_000n, reservations: 40_000n });
  expect(currentBalance(balanceOf(parts))).toBe(1_500_000n);
});

test('sums beyond what a double holds stay exact', () => {
  expect(balanceOf([{ charges: 9_007_199_254_740_993n }, { charges: 1 }]).charges).toBe(9_007_199_254_740_994n);
});

test('available credit includes the credit limit and excludes reservations', () => {
  expect(availableCredit(balanceOf(parts), { creditLimit: money(1_000_000n) })).toBe(2_460_000n);
});

test('a balance without any charge or credit is zero and has not moved', () => {
  expect(balanceOf([])).toEqual({ credits: 0n, charges: 0n, reservations: 0n });
  expect(hasMoved([])).toBe(false);
  expect(hasMoved([{ currency: 'EUR' }])).toBe(false);
  expect(hasMoved(parts)).toBe(true);
});

test('the usage of a period sums the parts of that period', () => {
  expect(usageOf(parts, '2024-02')).toEqual({ seconds: 90, sms: 0, charges: 2_500_000n });
  expect(usageOf(parts, '2024-03')).toEqual({ seconds: 0, sms: 0, charges: 0n });
});

const balance = (micros: bigint, reservations = 0n) => ({
  credits: money(micros),
  charges: money(0n),
  reservations: money(reservations),
});
const prepaid = { accountType: 'prepaid' as const, creditLimit: money(0n) };
const postpaid = (creditLimit: bigint) => ({ accountType: 'postpaid' as const, creditLimit: money(creditLimit) });

test('a prepaid account is exhausted once all is spent; what is reserved is not spent', () => {
  expect(isExhausted(balance(1n), prepaid)).toBe(false);
  expect(isExhausted(balance(0n), prepaid)).toBe(true);
  expect(isExhausted(balance(5n, 5n), prepaid)).toBe(false);
});

test('the credit of a prepaid account is used up once nothing is left beside its reservations', () => {
  expect(isCreditUsedUp(balance(5n, 4n), prepaid)).toBe(false);
  expect(isCreditUsedUp(balance(5n, 5n), prepaid)).toBe(true);
  expect(isCreditUsedUp(balance(0n), prepaid)).toBe(true);
});

test('a postpaid account is exhausted once it owes its whole credit limit', () => {
  expect(isExhausted(balance(-9n), postpaid(10n))).toBe(false);
  expect(isExhausted(balance(-10n), postpaid(10n))).toBe(true);
});

test('a postpaid account without credit limit that owes nothing is not exhausted', () => {
  expect(isExhausted(balance(0n), postpaid(0n))).toBe(false);
  expect(isExhausted(balance(-1n), postpaid(0n))).toBe(true);
});

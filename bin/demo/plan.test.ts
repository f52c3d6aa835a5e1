import { expect, test } from 'vitest';
import { Rate } from '#functions/billing/tariffs/rate.ts';
import { callOf, callsOf, fullSize, rates, tenants, usersOf } from './plan.ts';

const newest = Date.parse('2026-11-25T00:00:00Z');

test('all tenants together have the users and calls that are asked for', () => {
  const sum = (of: (tenant: (typeof tenants)[number]) => number) => tenants.reduce((all, each) => all + of(each), 0);
  for (const sizes of [fullSize, { users: 12, calls: 103, rates: 10, days: 3 }])
    expect([sum((tenant) => usersOf(tenant, sizes).length), sum((tenant) => callsOf(tenant, sizes))]).toEqual([
      ...[sizes.users, sizes.calls],
    ]);
});

test('names, addresses and numbers are of one user each', () => {
  const users = tenants.flatMap((tenant) => usersOf(tenant, fullSize));
  for (const of of ['username', 'mac'] as const) expect(new Set(users.map((user) => user[of])).size).toBe(200);
  const numbers = users.flatMap(({ number }) => number ?? []);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('there are as many rates as are asked for, each of another prefix that a tariff accepts', () => {
  const made = rates(20_000).map((rate) => Rate.parse(rate));
  expect(new Set(made.map(({ prefix }) => prefix)).size).toBe(20_000);
  expect(made.every(({ price_per_minute: price }) => Number(price) > 0)).toBe(true);
  expect(rates(20_000).map((rate) => Rate.parse(rate))).toEqual(made);
});

test('a call is the same each time, and lies in its days', () => {
  const [tenant] = tenants;
  if (tenant === undefined) throw new Error('there is no tenant');
  const users = usersOf(tenant, fullSize).map((user) => ({ ...user, id: `usr_${user.extension}` }));
  const calls = Array.from({ length: 500 }, (_, index) => callOf(tenant, index, { users, newest, days: 90 }));
  expect(Array.from({ length: 500 }, (_, index) => callOf(tenant, index, { users, newest, days: 90 }))).toEqual(calls);
  for (const { start_time: start, end_time: end } of calls as { start_time: string; end_time: string }[]) {
    expect(Date.parse(start)).toBeGreaterThan(newest - 91 * 86_400_000);
    expect(start <= end).toBe(true);
    expect(Date.parse(end)).toBeLessThan(newest);
  }
});

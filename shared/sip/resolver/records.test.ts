import { expect, test } from 'vitest';
import { type Naptr, orderByWeight, orderNaptr, type Srv } from './records.ts';

const server = (priority: number, name: string, port = 5060, weight = 0): Srv => ({ priority, weight, port, name });

test('servers are tried by priority, and by weight within a priority', () => {
  const records = [server(2, 'late'), server(1, 'heavy', 5060, 9), server(1, 'light', 5060, 1), server(1, '.')];
  expect([0, 0.05, 0.5, 0.99].map((point) => orderByWeight(records, () => point).map(({ name }) => name))).toEqual([
    ['light', 'heavy', 'late'],
    ['light', 'heavy', 'late'],
    ['heavy', 'light', 'late'],
    ['heavy', 'light', 'late'],
  ]);
});

test('a server comes first in proportion to its weight', () => {
  const records = [server(1, 'a', 1, 60), server(1, 'b', 1, 30), server(1, 'c', 1, 10)];
  const first = Array.from(
    { length: 1_000 },
    (_value, at) => orderByWeight(records, () => (at + 0.5) / 1_000)[0]?.name,
  );
  const share = (name: string): number => first.filter((each) => each === name).length / 1_000;
  expect([share('a'), share('b'), share('c')].map((part) => Math.round(part * 10))).toEqual([6, 3, 1]);
});

test('NAPTR records with flag S are ordered by order, then by preference', () => {
  const record = (order: number, preference: number, replacement: string, flags = 'S'): Naptr => ({
    order,
    preference,
    flags,
    service: 'SIP+D2U',
    replacement,
  });
  const records = [record(2, 1, 'c'), record(1, 2, 'b'), record(1, 1, 'a'), record(1, 0, 'terminal', 'u')];
  expect(orderNaptr(records).map(({ replacement }) => replacement)).toEqual(['a', 'b', 'c']);
});

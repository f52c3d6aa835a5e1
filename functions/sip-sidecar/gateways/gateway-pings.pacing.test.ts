import { expect, test } from 'vitest';
import { dueShards, writeInterval } from './gateway-pings.ts';

test('up to 100 gateways each ping is written, beyond that 30 a second, and every 5 minutes at the latest', () => {
  expect([0, 100, 120, 9_000, 1_000_000].map(writeInterval)).toEqual([0, 0, 4_000, 300_000, 300_000]);
});

const now = 1_000_000;
const shards = (readAt: Readonly<Record<string, number>>) =>
  Object.entries(readAt).map(([name, at]) => [name, { readAt: at }] as const);
const due = (readAt: Readonly<Record<string, number>>, gateways: number): string[] =>
  dueShards(shards(readAt), gateways, now).map(([name]) => name);

test('a shard is read every 3 s, the oldest read first', () => {
  expect(due({ a: now - 2_999, b: now - 3_000, c: now - 9_000, d: 0 }, 10)).toEqual(['d', 'c', 'b']);
});

test('with more than 750 gateways the interval grows, and one known shard is read at a time', () => {
  expect(due({ a: now - 3_000 }, 750)).toEqual(['a']);
  expect(due({ a: now - 3_000 }, 1_000)).toEqual([]);
  expect(due({ a: now - 5_000, b: now - 9_000 }, 1_000)).toEqual(['b']);
});

test('new shards are all read at once', () => {
  expect(due({ a: now - 9_000, b: 0, c: 0 }, 1_000)).toEqual(['b', 'c']);
});

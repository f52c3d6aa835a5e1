import { expect, test } from 'vitest';
import { shardOf } from './shard.ts';

test('an id is always in the same shard', () => {
  expect(shardOf('evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 8)).toBe(shardOf('evt_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 8));
});

test('ids are spread over all shards, and over no others', () => {
  const shards = new Set(Array.from({ length: 500 }, (_item, at) => shardOf(`evt_${at}`, 8)));
  expect([...shards].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

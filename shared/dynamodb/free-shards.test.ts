import { expect, test } from 'vitest';
import { freeShards, maxShards } from './free-shards.ts';

function shardsAt() {
  const time = { now: 0 };
  return { time, shards: freeShards({ random: () => 0.5, now: () => time.now }) };
}

test('sequential transactions of an organization use one shard', () => {
  const { time, shards } = shardsAt();
  for (; time.now < 1_000; time.now += 100) {
    expect(shards.take(2001)).toEqual({ shard: 0, free: true });
    shards.done(2001, 0);
  }
});

test('a transaction that follows at once or runs concurrently takes the next shard', () => {
  const { time, shards } = shardsAt();
  shards.take(2001);
  expect(shards.take(2001)).toEqual({ shard: 1, free: true });
  shards.done(2001, 0);
  expect(shards.take(2001)).toEqual({ shard: 2, free: true });
  time.now = 20;
  expect(shards.take(2001)).toEqual({ shard: 0, free: true });
  expect(shards.take(2002)).toEqual({ shard: 0, free: true });
});

test('a shard with a conflict is not used for some seconds', () => {
  const { time, shards } = shardsAt();
  shards.met(2001, shards.take(2001).shard);
  time.now = 3_999;
  expect(shards.take(2001).shard).toBe(1);
  time.now = 4_000;
  expect(shards.take(2001).shard).toBe(0);
});

test('if all eight shards are in use, the one that is free first is taken', () => {
  const { time, shards } = shardsAt();
  for (let shard = 0; shard < maxShards; shard += 1, time.now += 1)
    expect(shards.take(2001)).toEqual({ shard, free: true });
  expect(shards.take(2001)).toEqual({ shard: 0, free: false });
});

import { expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { PeerShards } from './peer-shards.ts';

/** Shards `a` and `b`, of which `b` has a peer, at a time when their first reads have settled. */
async function settledShards() {
  const state = { now: 1_000_000, newest: [{ id: 'gw_1', updated_at: '2026-01-01' }], queries: 0 };
  const shards = new PeerShards(
    async () => {
      state.queries += 1;
      return state.newest;
    },
    () => state.now,
  );
  const due = async (): Promise<string[]> => [...(await shards.due(['a', 'b']))];
  const round = async (): Promise<string[]> => {
    const read = await due();
    for (const shard of read) shards.note(shard, shard === 'b' ? 1 : 0);
    state.now += 3 * second;
    return read;
  };
  const first = await round();
  while ((await round()).length > 1);
  return { state, shards, first, due, round };
}

test('all shards are read at first, and then those that have peers', async () => {
  const { first, round } = await settledShards();
  expect([first, await round(), await round()]).toEqual([['a', 'b'], ['b'], ['b']]);
});

test('a change of any peer has all shards read, until their index has followed', async () => {
  const { state, round } = await settledShards();
  state.newest = [{ id: 'gw_1', updated_at: '2026-01-02' }];
  const reads = [await round(), await round(), await round(), await round(), await round()];
  expect(reads.map(({ length }) => length)).toEqual([2, 2, 2, 2, 1]);
});

test('a shard without peers is read each minute, as a change may not have been seen', async () => {
  const { state, due } = await settledShards();
  state.now += 60 * second;
  expect(await due()).toEqual(['a', 'b']);
});

test('a shard that another task has held is read at once', async () => {
  const { shards, due } = await settledShards();
  shards.keepOnly(['b']);
  expect(await due()).toEqual(['a', 'b']);
});

test('shards that all have peers cost no query of changes', async () => {
  const { state, shards } = await settledShards();
  const before = state.queries;
  expect([...(await shards.due(['b']))]).toEqual(['b']);
  expect(state.queries).toBe(before);
});

import { expect, test } from 'vitest';
import { cacheResults } from './cache.ts';

function newTestCache(limits = { ttl: 100, max: 2 }) {
  const clock = { now: 0 };
  const loaded: string[] = [];
  const get = cacheResults(
    async (key: string) => {
      loaded.push(key);
      if (key === 'broken') throw new Error(key);
      return `${key}${loaded.length}`;
    },
    limits,
    () => clock.now,
  );
  return { clock, loaded, get };
}

test('a result is reused until its ttl is over', async () => {
  const { clock, get } = newTestCache();
  const first = await get('a');
  clock.now = 99;
  const second = await get('a');
  clock.now = 100;
  expect([first, second, await get('a')]).toEqual(['a1', 'a1', 'a2']);
});

test('concurrent calls load once', async () => {
  const { loaded, get } = newTestCache();
  expect(await Promise.all([get('a'), get('a')])).toEqual(['a1', 'a1']);
  expect(loaded).toEqual(['a']);
});

test('a failure is not cached', async () => {
  const { loaded, get } = newTestCache();
  await expect(get('broken')).rejects.toThrow('broken');
  await expect(get('broken')).rejects.toThrow('broken');
  expect(loaded).toEqual(['broken', 'broken']);
});

test('a result that is not to be kept is loaded again', async () => {
  const loaded: string[] = [];
  const get = cacheResults(
    async (key: string) => {
      loaded.push(key);
      return key === 'known' ? key : undefined;
    },
    { ttl: 100, max: 2, keeps: (result) => result !== undefined },
    () => 0,
  );
  for (const key of ['known', 'unknown', 'known', 'unknown']) await get(key);
  expect(loaded).toEqual(['known', 'unknown', 'unknown']);
});

test('the oldest result is evicted first', async () => {
  const { loaded, get } = newTestCache();
  for (const key of ['a', 'b', 'c', 'b', 'a']) await get(key);
  expect(loaded).toEqual(['a', 'b', 'c', 'a']);
});

test('keys that are objects are identified by keyOf', async () => {
  let loads = 0;
  const get = cacheResults(
    async ({ id }: { id: number }) => id + loads++,
    { ttl: 100, max: 2 },
    () => 0,
    ({ id }) => id,
  );
  expect([await get({ id: 1 }), await get({ id: 1 }), await get({ id: 2 })]).toEqual([1, 1, 3]);
});

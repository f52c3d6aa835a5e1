import { expect, test } from 'vitest';
import { Rate } from '../tariffs/rate.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { tariffCache, type PriceList } from './tariff-cache.ts';

const rates = [Rate.parse({ prefix: '1', price_per_minute: 1 })];

/** A cache, and the versions that were loaded into it. */
function cacheOf(maxRates: number) {
  const cache = tariffCache(maxRates);
  const loaded: string[] = [];
  const take = (id: string, version = 1, rate_count = 1) =>
    cache.take({ id, version, rate_count }, async (): Promise<PriceList> => {
      loaded.push(`${id}@${version}`);
      const tariff = firstVersion(NewTariff.parse({ name: id, currency: 'USD', rates }), {
        id,
        organization: 1000,
        now: '2026-01-01T00:00:00.000Z',
      });
      return { tariff: { ...tariff, version }, rates };
    });
  return { take, loaded, cache };
}

test('concurrent and later callers share one load of a version', async () => {
  const { take, loaded } = cacheOf(10);
  const [one, other] = await Promise.all([take('trf_1'), take('trf_1')]);
  expect(one).toBe(other);
  expect(await take('trf_1')).toBe(one);
  expect(one.lookup('outbound', '14155550100', 0)?.rate).toEqual(rates[0]);
  expect((await take('trf_1', 2)).tariff.version).toBe(2);
  expect(loaded).toEqual(['trf_1@1', 'trf_1@2']);
});

test('the least recently used versions are evicted when there are too many rates', async () => {
  const { take, loaded } = cacheOf(10);
  await take('trf_1', 1, 4);
  await take('trf_2', 1, 4);
  await take('trf_1', 1, 4);
  await take('trf_3', 1, 4);
  loaded.length = 0;
  for (const id of ['trf_1', 'trf_3']) await take(id, 1, 4);
  expect(loaded).toEqual([]);
  await take('trf_2', 1, 4);
  expect(loaded).toEqual(['trf_2@1']);
});

test('a version larger than the cache is cached alone', async () => {
  const { take, loaded } = cacheOf(10);
  await take('trf_1', 1, 4);
  await take('trf_2', 1, 40);
  await take('trf_2', 1, 40);
  await take('trf_1', 1, 4);
  expect(loaded).toEqual(['trf_1@1', 'trf_2@1', 'trf_1@1']);
});

test('a failed load is not cached', async () => {
  const { take, cache } = cacheOf(10);
  await expect(
    cache.take({ id: 'trf_1', version: 1, rate_count: 1 }, () => Promise.reject(new Error('no store'))),
  ).rejects.toThrow('no store');
  expect((await take('trf_1')).tariff.id).toBe('trf_1');
});

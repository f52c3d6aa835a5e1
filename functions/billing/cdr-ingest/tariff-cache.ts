/** A cache of compiled tariff versions in memory. A version never changes. */
import { compileTariff, type CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Rate } from '../tariffs/rate.ts';
import type { Tariff } from '../tariffs/tariff.ts';

/** A version as it is stored. */
export type PriceList = { readonly tariff: Tariff; readonly rates: readonly Rate[] };

type Entry = { readonly tariff: Promise<CompiledTariff>; readonly rates: number };

export type TariffCache = {
  /**
   * A compiled version: from the cache, or compiled from what `load` reads. Concurrent callers share one load. A failed
   * load is not cached.
   */
  take(version: Pick<Tariff, 'id' | 'version' | 'rate_count'>, load: () => Promise<PriceList>): Promise<CompiledTariff>;
};

/** Maximum number of rates that a process keeps compiled: about 60 MB. */
const maxCachedRates = 100_000;

/**
 * A cache that evicts the least recently used versions.
 * @param maxRates of all versions together; a single version may have more, and is then cached alone
 */
export function tariffCache(maxRates = maxCachedRates): TariffCache {
  // A Map keeps the order of insertion, so that the least recently used entry is the first.
  const entries = new Map<string, Entry>();
  let cached = 0;

  const drop = (key: string): void => {
    cached -= entries.get(key)?.rates ?? 0;
    entries.delete(key);
  };

  const put = (key: string, entry: Entry): void => {
    entries.set(key, entry);
    cached += entry.rates;
    for (const oldest of [...entries.keys()].slice(0, -1)) {
      if (cached <= maxRates) break;
      drop(oldest);
    }
  };

  return {
    take: async ({ id, version, rate_count: rates }, load) => {
      const key = `${id}@${version}`;
      const found = entries.get(key);
      const tariff = found?.tariff ?? load().then((list) => compileTariff(list.tariff, list.rates));
      drop(key);
      put(key, { tariff, rates });
      try {
        return await tariff;
      } catch (error) {
        if (entries.get(key)?.tariff === tariff) drop(key);
        throw error;
      }
    },
  };
}

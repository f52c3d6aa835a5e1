/**
 * Compiled versions of tariffs in memory. A version never changes; the least recently used go when there are too many
 * rates.
 */
import { compileTariff, type CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { Rate } from '../tariffs/rate.ts';
import type { Tariff } from '../tariffs/tariff.ts';

/** A version as it is kept. */
export type PriceList = { readonly tariff: Tariff; readonly rates: readonly Rate[] };

type Kept = { readonly tariff: Promise<CompiledTariff>; readonly rates: number };

export type TariffCache = {
  /** A version, or what `load` brings of it; all who ask meanwhile wait for one load. What fails is not kept. */
  take(version: Pick<Tariff, 'id' | 'version' | 'rate_count'>, load: () => Promise<PriceList>): Promise<CompiledTariff>;
};

/** @param most rates that are kept, of all versions together; one version larger than that is kept alone */
export function tariffCache(most: number): TariffCache {
  // A Map is in the order of insertion: the least recently used stands first.
  const cache = new Map<string, Kept>();
  let kept = 0;

  const drop = (key: string): void => {
    kept -= cache.get(key)?.rates ?? 0;
    cache.delete(key);
  };

  const put = (key: string, of: Kept): void => {
    cache.set(key, of);
    kept += of.rates;
    for (const oldest of [...cache.keys()].slice(0, -1)) {
      if (kept <= most) break;
      drop(oldest);
    }
  };

  return {
    take: async ({ id, version, rate_count: rates }, load) => {
      const key = `${id}@${version}`;
      const found = cache.get(key);
      const tariff = found?.tariff ?? load().then((list) => compileTariff(list.tariff, list.rates));
      drop(key);
      put(key, { tariff, rates });
      try {
        return await tariff;
      } catch (error) {
        if (cache.get(key)?.tariff === tariff) drop(key);
        throw error;
      }
    },
  };
}

import { gzipSync } from 'node:zlib';
import type { Derive } from '#contract/derived.ts';
import { contracts, contractsByArea } from '#functions/contracts.ts';
import type { Assets } from '#runtime/assets.ts';

/** Assets with what the build would derive, for a function that runs from its sources. */
export function derivedAssets(derive: Derive): Assets {
  const derived = derive(contracts, contractsByArea);
  const text = (name: string): string => {
    const value = new Map(Object.entries(derived)).get(name);
    if (value === undefined) throw new Error(`no file of ${name} is derived`);
    return JSON.stringify(value);
  };
  return {
    nameOf: (source) => source,
    read: (name) => (name in derived ? gzipSync(text(name)) : undefined),
    text,
    json: (name) => JSON.parse(text(name)) as unknown,
  };
}

import { gzipSync } from 'node:zlib';
import type { Assets } from '#runtime/assets.ts';

/** Assets of some JSON files, for a function that runs from its sources. @param values by the names of the files */
export function assetsOf(values: Readonly<Record<string, object>>): Assets {
  const text = (name: string): string => {
    const value = new Map(Object.entries(values)).get(name);
    if (value === undefined) throw new Error(`no file of ${name} is derived`);
    return JSON.stringify(value);
  };
  return {
    nameOf: (source) => source,
    read: (name) => (name in values ? gzipSync(text(name)) : undefined),
    text,
    json: (name) => JSON.parse(text(name)) as unknown,
  };
}

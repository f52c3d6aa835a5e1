import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { BundleEntry } from './esbuild-options.ts';

/** Every bundle by its name, with the files of the project that went into it. `npm run dev` reads it. */
export type BundleManifest = Readonly<Record<string, BundleEntry & { readonly sources: readonly string[] }>>;

export const manifestFile = (bundles: string): string => join(bundles, 'bundles.json');

export const readManifest = (bundles: string): BundleManifest =>
  JSON.parse(readFileSync(manifestFile(bundles), 'utf8')) as BundleManifest;

/**
 * The files that each bundle `<name>/index.mjs` imports, directly or not, relative to the project's folder and without
 * packages. A file counts even if nothing of it is left in the bundle: its next version may be.
 */
export function sourcesOf({ inputs, outputs }: Metafile): ReadonlyMap<string, readonly string[]> {
  const isOwn = (file: string): boolean => !file.includes('node_modules/') && file in inputs;
  const reachableFrom = (entry: string): readonly string[] => {
    const found = new Set([entry]);
    for (const file of found) for (const { path } of inputs[file]?.imports ?? []) if (isOwn(path)) found.add(path);
    return [...found];
  };
  return new Map(
    Object.entries(outputs).flatMap(([output, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[basename(dirname(output)), reachableFrom(entryPoint)]],
    ),
  );
}

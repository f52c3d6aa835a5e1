import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';

/** What esbuild says about the functions' bundles. */
export const metafileIn = (bundles: string): string => join(bundles, 'metafile.json');

/** A file of which something is left in a bundle. */
export type BundleInput = {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly bytes: number;
};

/** A bundle and what it is made of, largest inputs first. */
export type BundleContent = {
  readonly name: string;
  readonly entry: string;
  readonly bytes: number;
  readonly inputs: readonly BundleInput[];
};

/** The contents of the functions' bundles. */
export const bundleContents = ({ outputs }: Metafile): readonly BundleContent[] =>
  Object.entries(outputs).flatMap(([output, { entryPoint: entry, bytes, inputs }]) =>
    entry === undefined
      ? []
      : [
          {
            name: basename(dirname(output)),
            entry,
            bytes,
            inputs: Object.entries(inputs)
              .map(([file, { bytesInOutput }]) => ({ file, bytes: bytesInOutput }))
              .filter((input) => input.bytes > 0)
              .toSorted((one, other) => other.bytes - one.bytes),
          },
        ],
  );

export const readMetafile = (bundles: string): Metafile =>
  JSON.parse(readFileSync(metafileIn(bundles), 'utf8')) as Metafile;

/** The package or, of our own code, the folder of a file: what a list of inputs names. */
export const originOf = (file: string): string =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? dirname(file);

/** The largest origins of a bundle's inputs, with their bytes. */
export function largestOrigins({ inputs }: BundleContent, count: number): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const { file, bytes } of inputs) sums.set(originOf(file), (sums.get(originOf(file)) ?? 0) + bytes);
  return [...sums].toSorted(([, one], [, other]) => other - one).slice(0, count);
}

/** A shortest chain of imports from one file to another, both included; empty if there is none. */
export function importChain({ inputs }: Metafile, from: string, to: string): readonly string[] {
  const importers = new Map<string, string | undefined>([[from, undefined]]);
  for (const [file] of importers)
    for (const { path } of inputs[file]?.imports ?? []) if (!importers.has(path)) importers.set(path, file);
  const chain: string[] = [];
  for (let file = importers.has(to) ? to : undefined; file !== undefined; file = importers.get(file)) chain.push(file);
  return chain.toReversed();
}

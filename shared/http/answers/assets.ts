import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Gzipped files for browsers, which the build puts next to a function's bundle (infra/browser-bundle.ts). */
export type Assets = {
  /** The built file of a source: `redoc-7BJ6HHBU.js` of `redoc.js`. @throws Error when the build made no such file */
  readonly nameOf: (source: string) => string;
  /** The gzipped content of a file; undefined if there is none with this name. */
  readonly read: (name: string) => Buffer | undefined;
};

const compressed = '.gz';

const sourceOf = (name: string): string => name.replace(/-[0-9A-Z]{8}(?=\.[a-z]+$)/, '');

/** @param folder may be missing until a file is read, as it is when sources run without a build */
export function assetsIn(folder: string): Assets {
  let listed: ReadonlySet<string> | undefined;
  const names = (): ReadonlySet<string> =>
    (listed ??= new Set(
      existsSync(folder) ? readdirSync(folder).map((file) => file.slice(0, -compressed.length)) : [],
    ));
  return {
    nameOf: (source) => {
      const name = [...names()].find((each) => sourceOf(each) === source);
      if (name === undefined) throw new Error(`${folder} has no file of ${source}`);
      return name;
    },
    // Only listed names are read, so that no name can leave the folder.
    read: (name) => (names().has(name) ? readFileSync(join(folder, name + compressed)) : undefined),
  };
}

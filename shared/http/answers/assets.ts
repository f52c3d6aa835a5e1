import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files for browsers that the build lays beside a function's bundle, gzipped (infra/browser-bundle.ts). */
export type Assets = {
  /** What a source became: `redoc.js` is `redoc-7BJ6HHBU.js`. @throws Error when the build made no such file */
  readonly nameOf: (source: string) => string;
  /** The gzipped content of a file, or undefined where there is none of this name. */
  readonly read: (name: string) => Buffer | undefined;
};

const compressed = '.gz';

const sourceOf = (name: string): string => name.replace(/-[0-9A-Z]{8}(?=\.[a-z]+$)/, '');

/** @param folder may be missing until a file is asked for: sources without a build have none */
export function assetsIn(folder: string): Assets {
  let listed: ReadonlySet<string> | undefined;
  const names = (): ReadonlySet<string> =>
    (listed ??= new Set(
      existsSync(folder) ? readdirSync(folder).map((file) => file.slice(0, -compressed.length)) : [],
    ));
  return {
    nameOf: (source) => {
      const name = [...names()].find((each) => sourceOf(each) === source);
      if (name === undefined) throw new Error(`${folder} holds no ${source}`);
      return name;
    },
    // Only what was listed is read, so that no name leads out of the folder.
    read: (name) => (names().has(name) ? readFileSync(join(folder, name + compressed)) : undefined),
  };
}

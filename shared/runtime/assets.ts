import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Gzipped files that the build puts next to a function's bundle: for browsers (infra/browser-bundle.ts), and what it
 * derives from contracts (infra/derived-assets.ts).
 */
export type Assets = {
  /** The built file of a source: `redoc-7BJ6HHBU.js` of `redoc.js`. @throws Error when the build made no such file */
  readonly nameOf: (source: string) => string;
  /** The gzipped content of a file; undefined if there is none with this name. */
  readonly read: (name: string) => Buffer | undefined;
  /** The content of a file as text. @throws Error when the build made no such file */
  readonly text: (name: string) => string;
  /** The value of a JSON file, parsed once. @throws Error when the build made no such file */
  readonly json: (name: string) => unknown;
};

const compressed = '.gz';

const sourceOf = (name: string): string => name.replace(/-[0-9A-Z]{8}(?=\.[a-z]+$)/, '');

/** @param folder may be missing until a file is read, as it is when sources run without a build */
export function assetsIn(folder: string): Assets {
  const values = new Map<string, unknown>();
  let listed: ReadonlySet<string> | undefined;
  const names = (): ReadonlySet<string> =>
    (listed ??= new Set(
      existsSync(folder) ? readdirSync(folder).map((file) => file.slice(0, -compressed.length)) : [],
    ));
  const missing = (name: string): Error => new Error(`${folder} has no file of ${name}`);
  // Only listed names are read, so that no name can leave the folder.
  const read: Assets['read'] = (name) =>
    names().has(name) ? readFileSync(join(folder, name + compressed)) : undefined;
  const text: Assets['text'] = (name) => {
    const content = read(name);
    if (content === undefined) throw missing(name);
    return gunzipSync(content).toString();
  };
  return {
    nameOf: (source) => {
      const name = [...names()].find((each) => sourceOf(each) === source);
      if (name === undefined) throw missing(source);
      return name;
    },
    read,
    text,
    json: (name) => {
      if (!values.has(name)) values.set(name, JSON.parse(text(name)));
      return values.get(name);
    },
  };
}

import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from './source.ts';

/** The keys of all files below a folder. Links are no files: they could lead out of it. */
async function* keysBelow(root: string, folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(join(root, folder))) {
    const key = `${folder}${entry.name}`;
    if (entry.isDirectory()) yield* keysBelow(root, `${key}/`);
    else if (entry.isFile()) yield key;
  }
}

/** The archives of a folder that has the folder `archive`, as a copy of the bucket has. */
export const folderSource = (root: string): Source => ({
  keys: () => keysBelow(root, 'archive/'),
  open: async (key) => {
    const path = join(root, key);
    const found = await lstat(path).catch(() => undefined);
    return found?.isFile() === true ? createReadStream(path) : undefined;
  },
});

import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { day } from '#schema/time.ts';

export type CachedBuild = {
  /** Files and folders that the build reads; tests in them do not count. */
  readonly inputs: readonly string[];
  /** Folder of the results, by the fingerprint of their inputs. */
  readonly cache: string;
  /** Writes the result into an empty folder. */
  build(folder: string): Promise<unknown>;
};

/** Milliseconds after its last use at which a result is removed from the cache. */
const ttl = 7 * day;

/**
 * Builds something, unless the result of the same inputs exists. Several processes may do so at once. @returns the
 * folder of the result
 */
export async function cachedBuild({ inputs, cache, build }: CachedBuild): Promise<string> {
  const folder = join(cache, fingerprint(inputs));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(`${folder}.`);
    await build(draft);
    moveIntoPlace(draft, folder);
  }
  utimesSync(folder, new Date(), new Date());
  for (const name of readdirSync(cache)) {
    if (Date.now() - statSync(join(cache, name)).mtimeMs > ttl)
      rmSync(join(cache, name), { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have been quicker; its result is the same. */
function moveIntoPlace(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true });
  }
}

/** Hash of names and contents of all input files. */
function fingerprint(inputs: readonly string[]): string {
  const files = inputs.flatMap((input) => (statSync(input).isDirectory() ? globSync(`${input}/**/*.*`) : [input]));
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !name.endsWith('.test.ts')).sort())
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

import { createReadStream, existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import type { StoredObject } from './object-files.ts';
import type { ObjectVersions } from './object-versions.ts';

/** Where data directories of before all buckets were stored as versions have objects. */
export type EarlierObjects = {
  /** Folder of uploads: `stored/<hash>` and `stored/<hash>.json`; versions were in `versioned`. */
  readonly folder: string;
  /** SQLite file of `fauxqs`, which had what functions wrote. */
  readonly file: string;
};

type EarlierRow = {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly content_type: string;
  readonly content_disposition: string | null;
  readonly last_modified: string;
};

/** The versions of earlier data directories, which are stored as today's are. */
export function takeEarlierVersions(folder: string): void {
  for (const name of ['versions', 'uploads'])
    if (existsSync(join(folder, 'versioned', name)) && !existsSync(join(folder, name)))
      renameSync(join(folder, 'versioned', name), join(folder, name));
}

/**
 * Moves the objects of earlier data directories into the store. Each is removed only when it is stored, and one that is
 * there already is left out, so that a start that was killed is repeated.
 */
export async function moveEarlierObjects({ folder, file }: EarlierObjects, versions: ObjectVersions): Promise<void> {
  for (const name of globSync('stored/*.json', { cwd: folder })) {
    const described = join(folder, name);
    const bytes = described.replace(/\.json$/, '');
    const { bucket, key, type, modified } = JSON.parse(readFileSync(described, 'utf8')) as StoredObject;
    if (existsSync(bytes)) await move({ bucket, key }, { type, modified }, () => createReadStream(bytes), versions);
    for (const each of [described, bytes]) rmSync(each, { force: true });
  }
  if (existsSync(file)) await moveRows(file, versions);
}

async function move(
  id: Pick<StoredObject, 'bucket' | 'key'>,
  facts: Pick<StoredObject, 'type' | 'modified' | 'disposition'>,
  open: () => Readable,
  versions: ObjectVersions,
): Promise<void> {
  if (versions.of(id).length === 0)
    await versions.store(id, { ...facts, storageClass: 'STANDARD', lock: null }, open());
}

async function moveRows(file: string, versions: ObjectVersions): Promise<void> {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const known = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 's3_objects'");
    if (known.get() === undefined) return;
    const next = database.prepare('SELECT * FROM s3_objects LIMIT 1');
    const done = database.prepare('DELETE FROM s3_objects WHERE bucket = ? AND key = ?');
    for (let row = next.get(); row !== undefined; row = next.get()) {
      const { bucket, key, body, ...of } = row as EarlierRow;
      const disposition = of.content_disposition === null ? {} : { disposition: of.content_disposition };
      const facts = { type: of.content_type, modified: new Date(of.last_modified).toISOString(), ...disposition };
      await move({ bucket, key }, facts, () => Readable.from([body]), versions);
      done.run(bucket, key);
    }
  } finally {
    database.close();
  }
}

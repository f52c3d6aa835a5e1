import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { writeDurably } from '../data-dir.ts';

/** The name of an object. */
export type ObjectId = { readonly bucket: string; readonly key: string };

/** What is stored beside the bytes of an object. */
export type StoredObject = ObjectId & {
  readonly type: string;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601. */
  readonly modified: string;
};

/**
 * Objects of any size, each in a file of its own. A file is complete or absent, also after `kill -9`, and a new object
 * stays unannounced until its queue was notified.
 */
export type ObjectFiles = {
  readonly find: (id: ObjectId) => StoredObject | undefined;
  /** @param range of bytes, inclusive; absent: all */
  readonly read: (id: ObjectId, range?: { readonly start: number; readonly end: number }) => Readable;
  /** Stores what the stream delivers, in pieces. @throws Error if the sender breaks off; then nothing is stored */
  readonly store: (id: ObjectId, type: string, body: Readable) => Promise<StoredObject>;
  readonly remove: (id: ObjectId) => void;
  readonly unannounced: () => readonly StoredObject[];
  readonly markAnnounced: (id: ObjectId) => void;
};

const nameOf = ({ bucket, key }: ObjectId): string => createHash('sha256').update(`${bucket}\n${key}`).digest('hex');

/** Writes a stream into a file, waiting for the disk. @returns size and MD5 (S3's ETag) */
export async function writeStream(
  file: string,
  body: Readable,
): Promise<{ readonly size: number; readonly md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      hash.update(piece);
      size += piece.length;
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size, md5: hash.digest('hex') };
}

const readStored = (file: string): StoredObject => JSON.parse(readFileSync(file, 'utf8')) as StoredObject;

/**
 * The objects of which no queue was notified yet, in a folder of their own. A mark without its object is an unfinished
 * upload.
 */
function openMarks(folder: string, exists: (id: ObjectId) => boolean) {
  const fileOf = (id: ObjectId): string => join(folder, nameOf(id));
  return {
    mark: (stored: StoredObject): void => writeDurably(fileOf(stored), JSON.stringify(stored)),
    marked: (): readonly StoredObject[] =>
      readdirSync(folder)
        .filter((name) => !name.endsWith('.new'))
        .map((name) => readStored(join(folder, name)))
        .filter(exists),
    unmark: (id: ObjectId): void => rmSync(fileOf(id), { force: true }),
  };
}

/** Opens the objects of a folder. What an upload left unfinished is deleted. */
export function openObjectFiles(folder: string): ObjectFiles {
  const folderOf = (name: string): string => join(folder, name);
  rmSync(folderOf('drafts'), { recursive: true, force: true });
  for (const each of ['stored', 'drafts', 'unannounced']) mkdirSync(folderOf(each), { recursive: true, mode: 0o700 });
  const bytesOf = (id: ObjectId): string => join(folderOf('stored'), nameOf(id));
  const { mark, marked, unmark } = openMarks(folderOf('unannounced'), (id) => existsSync(bytesOf(id)));

  return {
    find: (id) => (existsSync(bytesOf(id)) ? readStored(`${bytesOf(id)}.json`) : undefined),
    read: (id, range) => createReadStream(bytesOf(id), range ?? {}),
    store: async (id, type, body) => {
      const draft = join(folderOf('drafts'), randomUUID());
      try {
        const { size, md5 } = await writeStream(draft, body);
        const stored = { ...id, type, size, etag: `"${md5}"`, modified: new Date().toISOString() };
        writeDurably(`${bytesOf(id)}.json`, JSON.stringify(stored));
        mark(stored);
        // The object exists from here on.
        renameSync(draft, bytesOf(id));
        return stored;
      } finally {
        rmSync(draft, { force: true });
      }
    },
    remove: (id) => {
      for (const file of [bytesOf(id), `${bytesOf(id)}.json`]) rmSync(file, { force: true });
    },
    unannounced: marked,
    markAnnounced: unmark,
  };
}

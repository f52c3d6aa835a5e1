import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { ObjectStorage } from '../schema/object-storage.ts';
import {
  manifestKeys,
  partKey,
  withPart,
  withReplacement,
  type ArchivePart,
  type ArchiveRange,
  type ArchiveState,
} from './archive.ts';
import { measureArchived, openArchived, writeArchived, type ArchiveObjects } from './archive-objects.ts';

/** Limits of a part. `bytes` are those of its lines, before they are compressed. */
const partLimits = { records: 100_000, bytes: 64_000_000 } as const;

/** Characters that are compressed at once. */
const batchSize = 16 * 1024;

/** Canonical JSON texts, one per record. */
export type Lines = Iterable<string> | AsyncIterable<string>;

/** A sealed archive never changes. */
export class ArchiveSealed extends Error {}

/** A stored part is missing, or its hash is not the one of its manifest. */
export class ArchiveDamaged extends Error {}

const lineSize = (line: string): number => Buffer.byteLength(line) + 1;

/** Records that are read one ahead, so that a part ends where the next record would exceed its limits. */
async function openLines(lines: Lines) {
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  let next = await iterator.next();
  return {
    isEmpty: (): boolean => next.done === true,
    /** The texts of a part, in batches. @param count is called with the number of records */
    async *part(count: (records: number) => void): AsyncGenerator<string> {
      let [batch, records, bytes] = ['', 0, 0];
      while (next.done !== true) {
        const size = lineSize(next.value);
        if (size > partLimits.bytes) throw new RangeError(`a record of ${size} bytes is larger than a part`);
        if (next.value.includes('\n')) throw new TypeError('a record must be one line');
        if (records === partLimits.records || bytes + size > partLimits.bytes) break;
        batch += `${next.value}\n`;
        records += 1;
        bytes += size;
        next = await iterator.next();
        if (batch.length < batchSize) continue;
        yield batch;
        batch = '';
      }
      if (batch !== '') yield batch;
      count(records);
    },
    /** Lets the source close its own sources. */
    end: async (): Promise<void> => void (await iterator.return?.()),
  };
}

/** The texts as one gzip file without name or time (RFC 1952), so that equal lines are equal bytes. */
async function* compressed(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(texts, { highWaterMark: 1 });
  const gzip = createGzip();
  source.on('error', (error) => gzip.destroy(error));
  yield* source.pipe(gzip) as AsyncIterable<Uint8Array>;
}

/** Writes one part. */
async function writePart(
  objects: ArchiveObjects,
  key: string,
  texts: (count: (records: number) => void) => AsyncIterable<string>,
  storage: ObjectStorage,
): Promise<ArchivePart> {
  let records = 0;
  const body = compressed(texts((count) => (records = count)));
  const { size, sha256 } = await writeArchived(objects, { key, type: 'application/gzip', storage }, body);
  return { key, bytes: size, records, sha256 };
}

/** How a part is written: its lock and storage class, and the range of the times of its records, once it is written. */
export type PartOptions = { readonly range: ArchiveRange | (() => ArchiveRange); readonly storage: ObjectStorage };

const filesOf = (files: boolean): Pick<ArchivePart, 'files'> => (files ? { files } : {});

/**
 * Writes records as the next part, or as several if they exceed `partLimits`: gzip JSON lines. The same lines may be
 * written again after a crash, with the state of before. Takes a few MiB of memory.
 * @throws ArchiveSealed if the archive has a manifest
 * @throws ArchiveConflict if another process writes the archive, too
 */
export async function putPart(
  objects: ArchiveObjects,
  state: ArchiveState,
  lines: Lines,
  { range, storage, files = false }: PartOptions & { readonly files?: boolean },
): Promise<ArchiveState> {
  await assertOpen(objects, state);
  const records = await openLines(lines);
  try {
    let after = state;
    while (!records.isEmpty()) {
      const part = await writePart(
        objects,
        partKey(after, after.parts.length),
        (count) => records.part(count),
        storage,
      );
      after = withPart(after, { ...part, ...filesOf(files) }, typeof range === 'function' ? range() : range);
    }
    return after;
  } finally {
    await records.end();
  }
}

/**
 * Writes a part in the place of one, in a revision (`beginRevision`). The part before stays until the revision is
 * sealed and its versions are removed.
 * @param lines at most as many as a part may have; none leaves an empty part
 */
export async function replacePart(
  objects: ArchiveObjects,
  state: ArchiveState,
  part: ArchivePart,
  { lines, storage }: { readonly lines: Lines; readonly storage: ObjectStorage },
): Promise<ArchiveState> {
  await assertOpen(objects, state);
  const number = state.parts.findIndex(({ key }) => key === part.key);
  if (state.revision === undefined || number === -1) throw new TypeError(`${part.key} is no part of this revision`);
  const records = await openLines(lines);
  try {
    const after = await writePart(objects, partKey(state, number), (count) => records.part(count), storage);
    if (!records.isEmpty()) throw new RangeError('a part must not grow beyond its limits');
    return withReplacement(state, part, { ...after, ...filesOf(part.files === true) });
  } finally {
    await records.end();
  }
}

async function assertOpen(objects: ArchiveObjects, state: ArchiveState): Promise<void> {
  const { manifest } = manifestKeys(state);
  const found = await measureArchived(objects, manifest);
  if (found !== undefined) throw new ArchiveSealed(`${state.archive_id} has a manifest`);
}

/** Reads a part back. @throws ArchiveDamaged if it is missing or changed */
export async function assertIntact(objects: Pick<ArchiveObjects, 'open'>, part: ArchivePart): Promise<void> {
  const found = await measureArchived(objects, part.key);
  if (found === undefined) throw new ArchiveDamaged(`${part.key} is missing`);
  if (found.sha256 !== part.sha256) throw new ArchiveDamaged(`${part.key} does not have the hash of its manifest`);
}

/**
 * The lines of a part. The whole part is read and its hash checked before the first line is returned, and then read
 * again: no caller acts on lines of a changed part.
 * @throws ArchiveDamaged if the part is missing or changed
 */
export async function* readPart(
  objects: Pick<ArchiveObjects, 'open'>,
  part: ArchivePart,
): AsyncGenerator<string, void, undefined> {
  await assertIntact(objects, part);
  yield* linesOf(objects, part.key);
}

/** The lines of a part, whose hash the caller has checked. */
export async function* linesOf(
  objects: Pick<ArchiveObjects, 'open'>,
  key: string,
): AsyncGenerator<string, void, undefined> {
  const found = await openArchived(objects, key);
  if (found === undefined) throw new ArchiveDamaged(`${key} is missing`);
  const source = Readable.from(found.body);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  yield* splitLines(source.pipe(gunzip));
}

/** Lines end with `\n` only: texts of JSON may have other line separators (U+2028), at which `node:readline` splits. */
async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of source) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

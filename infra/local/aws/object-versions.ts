import { randomUUID } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { writeDurably } from '../machine/data-dir.ts';
import { fileNameOf, writeStream, type ObjectId, type StoredObject } from './object-files.ts';

/** A lock of a version. */
export type VersionLock = { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; /** ISO 8601. */ readonly until: string };

/** What is stored beside the bytes of a version. */
export type StoredVersion = StoredObject & {
  /** Sorts by the time of its creation. */
  readonly version: string;
  readonly storageClass: string;
  readonly lock: VersionLock | null;
  /** Whether it says that the object was deleted; then it has no bytes. */
  readonly marker: boolean;
};

/** What a write says about its object. */
export type WrittenFacts = Pick<StoredVersion, 'type' | 'disposition' | 'storageClass' | 'lock'>;

/** A multipart upload. */
export type StoredUpload = ObjectId & WrittenFacts & { readonly upload: string };

/** The part of an upload: its bytes are in a file. */
export type UploadedPart = { readonly etag: string; readonly size: number; readonly file: string };

/**
 * Objects with versions: no write replaces bytes. A version is complete or absent, also after `kill -9`, as what is
 * stored beside its bytes is written last.
 */
export type ObjectVersions = {
  /** The versions of an object, the newest first. */
  readonly of: (id: ObjectId) => readonly StoredVersion[];
  /** All versions of a bucket, by key, the newest first. */
  readonly all: (bucket: string) => readonly StoredVersion[];
  /** @param range of bytes, inclusive; absent: all */
  readonly read: (stored: StoredVersion, range?: { readonly start: number; readonly end: number }) => Readable;
  /**
   * Stores what the stream delivers, in pieces.
   * @param mayStore asked when all bytes are there, right before the version exists
   * @returns undefined if it may not be stored @throws Error if the sender breaks off; then nothing is stored
   */
  readonly store: (
    id: ObjectId,
    facts: WrittenFacts & Partial<Pick<StoredVersion, 'modified'>>,
    body: Readable,
    mayStore?: () => boolean,
  ) => Promise<StoredVersion | undefined>;
  readonly mark: (id: ObjectId) => StoredVersion;
  readonly remove: (stored: StoredVersion) => void;
  readonly begin: (id: ObjectId, facts: WrittenFacts) => StoredUpload;
  readonly uploading: (id: ObjectId, upload: string) => StoredUpload | undefined;
  readonly putPart: (upload: StoredUpload, number: number, body: Readable) => Promise<UploadedPart>;
  readonly part: (upload: StoredUpload, number: number) => UploadedPart | undefined;
  readonly abandon: (upload: StoredUpload) => void;
};

const digits = (value: number): string => String(value).padStart(15, '0');
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Ids that sort by time, also of versions of one millisecond and of those before a restart. */
function versionIds(): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1_000);
    return `${String(last).padStart(17, '0')}-${randomUUID().slice(0, 8)}`;
  };
}

function openUploads(
  folder: string,
  writeBytes: (file: string, body: Readable) => Promise<{ readonly size: number; readonly md5: string }>,
): Pick<ObjectVersions, 'begin' | 'uploading' | 'putPart' | 'part' | 'abandon'> {
  const form = /^[0-9a-f-]{36}$/;
  const fileOf = ({ upload }: Pick<StoredUpload, 'upload'>, name: string): string => join(folder, upload, name);
  return {
    begin: (id, facts) => {
      const stored = { ...id, ...facts, upload: randomUUID() };
      mkdirSync(join(folder, stored.upload), { mode: 0o700 });
      writeDurably(fileOf(stored, 'upload.json'), JSON.stringify(stored));
      return stored;
    },
    uploading: ({ bucket, key }, upload) => {
      if (!form.test(upload) || !existsSync(fileOf({ upload }, 'upload.json'))) return undefined;
      const stored = readJson(fileOf({ upload }, 'upload.json')) as StoredUpload;
      return stored.bucket === bucket && stored.key === key ? stored : undefined;
    },
    putPart: async (stored, number, body) => {
      const file = fileOf(stored, `${digits(number)}-${randomUUID()}`);
      const { size, md5 } = await writeBytes(file, body);
      const part = { etag: `"${md5}"`, size, file };
      writeDurably(fileOf(stored, `${digits(number)}.json`), JSON.stringify(part));
      return part;
    },
    part: (stored, number) => {
      const file = fileOf(stored, `${digits(number)}.json`);
      return existsSync(file) ? (readJson(file) as UploadedPart) : undefined;
    },
    abandon: ({ upload }) => rmSync(join(folder, upload), { recursive: true, force: true }),
  };
}

/** Opens the versions of a folder. What a write left unfinished is deleted. */
export function openObjectVersions(folder: string): ObjectVersions {
  const folderOf = (name: string): string => join(folder, name);
  rmSync(folderOf('drafts'), { recursive: true, force: true });
  for (const each of ['versions', 'drafts', 'uploads']) mkdirSync(folderOf(each), { recursive: true, mode: 0o700 });
  const nextVersion = versionIds();
  const objectFolder = (id: ObjectId): string => join(folderOf('versions'), fileNameOf(id));
  const bytesOf = (stored: Pick<StoredVersion, 'bucket' | 'key' | 'version'>): string =>
    join(objectFolder(stored), stored.version);
  const versionsIn = (path: string): StoredVersion[] =>
    existsSync(path)
      ? readdirSync(path)
          .filter((name) => name.endsWith('.json'))
          .map((name) => readJson(join(path, name)) as StoredVersion)
          .sort((one, other) => (one.version < other.version ? 1 : -1))
      : [];
  const keep = (stored: StoredVersion): StoredVersion => {
    writeDurably(`${bytesOf(stored)}.json`, JSON.stringify(stored));
    return stored;
  };
  const prepare = (id: ObjectId) => {
    mkdirSync(objectFolder(id), { recursive: true, mode: 0o700 });
    return { ...id, version: nextVersion(), modified: new Date().toISOString() };
  };

  return {
    of: (id) => versionsIn(objectFolder(id)),
    all: (bucket) =>
      globSync('*', { cwd: folderOf('versions') })
        .flatMap((name) => versionsIn(join(folderOf('versions'), name)))
        .filter((stored) => stored.bucket === bucket)
        .sort((one, other) => Number(one.key > other.key) - Number(one.key < other.key)),
    read: (stored, range) => createReadStream(bytesOf(stored), range ?? {}),
    store: async (id, facts, body, mayStore = () => true) => {
      const draft = join(folderOf('drafts'), randomUUID());
      try {
        const { size, md5 } = await writeStream(draft, body);
        if (!mayStore()) return undefined;
        const stored = { ...prepare(id), ...facts, size, etag: `"${md5}"`, marker: false };
        renameSync(draft, bytesOf(stored));
        // The version exists from here on.
        return keep(stored);
      } finally {
        rmSync(draft, { force: true });
      }
    },
    mark: (id) =>
      keep({ ...prepare(id), type: '', storageClass: 'STANDARD', lock: null, size: 0, etag: '', marker: true }),
    remove: (stored) => {
      for (const file of [`${bytesOf(stored)}.json`, bytesOf(stored)]) rmSync(file, { force: true });
      if (globSync('*', { cwd: objectFolder(stored) }).length === 0)
        rmSync(objectFolder(stored), { recursive: true, force: true });
    },
    ...openUploads(folderOf('uploads'), async (file, body) => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      return writeStream(file, body);
    }),
  };
}

/** The bytes of parts, one after the other. */
export const joinParts = (parts: readonly UploadedPart[]): Readable =>
  Readable.from(
    (async function* () {
      for (const { file } of parts) yield* createReadStream(file);
    })(),
  );

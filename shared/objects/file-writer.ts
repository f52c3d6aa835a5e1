import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createSHA256 } from 'hash-wasm';
import type { Bucket } from '../contract/buckets.ts';
import type { GrowingFile } from '../schema/growing-file.ts';
import type { Objects } from './objects.ts';

const compress = promisify(gzip);

/** Bytes of a part, except the last. S3 requires at least 5 MiB. */
const partSize = 8 * 1024 * 1024;
/** Characters that are compressed at once. */
const memberSize = 1024 * 1024;

/** A file to write. */
export type WrittenFile<B extends Bucket> = {
  readonly bucket: B & Bucket;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly gzip: boolean;
};

/**
 * Writes a file over several turns of work. If a turn dies before its progress is saved, the next turn overwrites what
 * it wrote.
 */
export type FileWriter = {
  readonly write: (text: string) => Promise<void>;
  /** Uploads everything written so far. @param turn names the object for what is too short for a part */
  readonly pause: (turn: string) => Promise<GrowingFile>;
  /** Uploads the last part. The file exists once its upload is finished. */
  readonly close: () => Promise<{ readonly file: GrowingFile; readonly sha256: string }>;
};

/** The upload of a file: full parts are uploaded, the rest is in memory. Continues from `saved`. */
async function openParts<B extends Bucket>(
  objects: Objects<B>,
  { name, type, bucket, key }: WrittenFile<B>,
  saved: GrowingFile | null,
) {
  const location = { bucket, key };
  const upload = { ...location, upload: saved?.upload ?? (await objects.begin(location, { name, type })) };
  const tags = [...(saved?.tags ?? [])];
  let rest: Uint8Array[] =
    saved === null || saved.rest === null ? [] : [await objects.get({ ...location, key: saved.rest })];
  const restSize = (): number => rest.reduce((length, bytes) => length + bytes.length, 0);
  const putPart = async (): Promise<void> => {
    tags.push(await objects.part(upload, tags.length + 1, Buffer.concat(rest)));
    rest = [];
  };
  return {
    upload: upload.upload,
    tags,
    add: async (bytes: Uint8Array): Promise<void> => {
      rest.push(bytes);
      if (restSize() >= partSize) await putPart();
    },
    /** Stores the rest in an object of its own. @returns its key; null if there is no rest */
    saveRest: async (turn: string): Promise<string | null> => {
      if (restSize() === 0) return null;
      const restKey = `${key}-rest-${turn}`;
      await objects.put({ ...location, key: restKey }, Buffer.concat(rest));
      return restKey;
    },
    /** Uploads the rest as last part. A file has at least one part. */
    finish: async (): Promise<void> => {
      if (restSize() > 0 || tags.length === 0) await putPart();
    },
  };
}

/** The size and the SHA-256 of a file's bytes, continued from `saved`. */
async function openDigest(saved: GrowingFile | null) {
  const sha256 = await createSHA256();
  const hash = saved === null ? sha256.init() : sha256.load(Buffer.from(saved.hash, 'base64'));
  let size = saved?.size ?? 0;
  return {
    add: (bytes: Uint8Array): void => {
      hash.update(bytes);
      size += bytes.length;
    },
    isEmpty: (): boolean => size === 0,
    state: (): Pick<GrowingFile, 'size' | 'hash'> => ({ size, hash: Buffer.from(hash.save()).toString('base64') }),
    hex: (): string => hash.digest('hex'),
  };
}

/** Starts to write a file, or continues it. @param saved the progress of earlier turns */
export async function writeFile<B extends Bucket>(
  objects: Objects<B>,
  file: WrittenFile<B>,
  saved: GrowingFile | null,
): Promise<FileWriter> {
  const digest = await openDigest(saved);
  const parts = await openParts(objects, file, saved);
  let text = '';

  /** Adds the text. A gzip file has any number of members (RFC 1952 §2.2), so each turn may start a new one. */
  const flush = async (): Promise<void> => {
    const added = file.gzip ? await compress(text) : Buffer.from(text);
    text = '';
    digest.add(added);
    await parts.add(added);
  };
  const progress = (rest: string | null): GrowingFile => ({
    upload: parts.upload,
    tags: parts.tags,
    rest,
    ...digest.state(),
  });

  return {
    write: async (more) => {
      text += more;
      if (text.length >= memberSize) await flush();
    },
    pause: async (turn) => {
      if (text !== '') await flush();
      return progress(await parts.saveRest(turn));
    },
    close: async () => {
      if (text !== '' || (file.gzip && digest.isEmpty())) await flush();
      await parts.finish();
      return { file: progress(null), sha256: digest.hex() };
    },
  };
}

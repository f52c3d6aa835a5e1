import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createSHA256 } from 'hash-wasm';
import type { Bucket } from '../contract/buckets.ts';
import type { GrowingFile } from '../schema/growing-file.ts';
import type { Objects } from './objects.ts';

const compressed = promisify(gzip);

/** Bytes of a part but the last: S3 asks for 5 MiB at least. Characters that are compressed at once. */
const [partSize, memberSize] = [8 * 1024 * 1024, 1024 * 1024];

/** A file that is to be written. */
export type Written<B extends Bucket> = {
  readonly bucket: B & Bucket;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly gzip: boolean;
};

/**
 * Writes a file, or goes on with it. A turn that dies before what it wrote is kept leaves nothing but what the next one
 * writes over.
 */
export type FileWriter = {
  readonly write: (text: string) => Promise<void>;
  /** @param turn names what is too short for a part */
  readonly pause: (turn: string) => Promise<GrowingFile>;
  /** The whole is in parts; it is a file once the upload is finished. */
  readonly close: () => Promise<{ readonly file: GrowingFile; readonly sha256: string }>;
};

/** @param kept what was written before */
export async function writeFile<B extends Bucket>(
  objects: Objects<B>,
  { gzip: compresses, name, type, ...place }: Written<B>,
  kept: GrowingFile | null,
): Promise<FileWriter> {
  const sum = await createSHA256();
  if (kept === null) sum.init();
  else sum.load(Buffer.from(kept.hash, 'base64'));
  const upload = { ...place, upload: kept?.upload ?? (await objects.begin(place, { name, type })) };
  const tags = [...(kept?.tags ?? [])];
  let size = kept?.size ?? 0;
  let bytes: Uint8Array[] =
    kept === null || kept.rest === null ? [] : [await objects.get({ ...place, key: kept.rest })];
  let text = '';
  const waiting = (): number => bytes.reduce((length, each) => length + each.length, 0);

  const putPart = async (): Promise<void> => {
    tags.push(await objects.part(upload, tags.length + 1, Buffer.concat(bytes)));
    bytes = [];
  };
  /** RFC 1952, section 2.2: a file has any number of members, so that each turn can begin one. */
  const take = async (): Promise<void> => {
    const added = compresses ? await compressed(text) : Buffer.from(text);
    text = '';
    sum.update(added);
    size += added.length;
    bytes.push(added);
    if (waiting() >= partSize) await putPart();
  };
  const keep = (rest: string | null): GrowingFile => ({
    upload: upload.upload,
    tags,
    size,
    rest,
    hash: Buffer.from(sum.save()).toString('base64'),
  });

  return {
    write: async (more) => {
      text += more;
      if (text.length >= memberSize) await take();
    },
    pause: async (turn) => {
      if (text !== '') await take();
      if (waiting() === 0) return keep(null);
      const rest = `${place.key}-rest-${turn}`;
      await objects.put({ ...place, key: rest }, Buffer.concat(bytes));
      return keep(rest);
    },
    close: async () => {
      if (text !== '' || (compresses && size === 0)) await take();
      if (waiting() > 0 || tags.length === 0) await putPart();
      return { file: keep(null), sha256: sum.digest('hex') };
    },
  };
}

import { Readable } from 'node:stream';
import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  GetObjectCommand,
  type ListObjectsV2CommandOutput,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';

/** The files of archives: a folder, or a bucket. Keys are those of the manifests: `archive/org_1001/…`. */
export type Source = {
  /** The keys of all files, or of those below a folder (`archive/org_1001/sms/2026-11/arch_1/`). */
  readonly keys: (folder?: string) => AsyncIterable<string>;
  /** The bytes of a file; undefined if there is none. */
  readonly open: (key: string) => Promise<AsyncIterable<Uint8Array> | undefined>;
};

/** A file that is larger than a manifest or a signature can be. */
export class TooLarge extends Error {}

/** The whole of a small file; undefined if there is none. @throws TooLarge */
export async function readSmall(source: Source, key: string, limit = 16 * 1024 * 1024): Promise<Buffer | undefined> {
  const body = await source.open(key);
  if (body === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > limit) throw new TooLarge(`has more than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * The archives of a bucket, with the caller's AWS credentials.
 * @param prefix that of one organization, for example
 * @param endpoint address of another S3, as that of `npm start`
 */
export function bucketSource(Bucket: string, prefix: string, endpoint: string | undefined): Source {
  const client = new S3Client(endpoint === undefined ? {} : { endpoint, forcePathStyle: true });
  const pages = (Prefix: string): AsyncIterable<ListObjectsV2CommandOutput> =>
    paginateListObjectsV2({ client }, { Bucket, Prefix });
  return {
    async *keys(folder = prefix) {
      for await (const { Contents = [] } of pages(folder)) yield* Contents.flatMap(({ Key }) => Key ?? []);
    },
    open: async (Key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return Body instanceof Readable ? Body : undefined;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

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
  keys: (folder = 'archive/') => keysBelow(root, folder),
  open: async (key) => {
    const path = join(root, key);
    const found = await lstat(path).catch(() => undefined);
    return found?.isFile() === true ? createReadStream(path) : undefined;
  },
});

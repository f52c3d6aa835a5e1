import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** The name of an object. */
export type ObjectId = { readonly bucket: string; readonly key: string };

/** What is stored beside the bytes of an object. */
export type StoredObject = ObjectId & {
  readonly type: string;
  /** `Content-Disposition` of its downloads, if its upload named one. */
  readonly disposition?: string;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601. */
  readonly modified: string;
};

/** The name of the files of an object: keys have characters that names of files have not. */
export const fileNameOf = ({ bucket, key }: ObjectId): string =>
  createHash('sha256').update(`${bucket}\n${key}`).digest('hex');

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

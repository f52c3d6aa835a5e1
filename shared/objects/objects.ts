import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { bucketVariable, type Bucket } from '../contract/buckets.ts';

/** Where an object is, or is to be. */
type Place<B extends Bucket> = { readonly bucket: B & Bucket; readonly key: string };

/**
 * An object that is put in parts, from 1 on: each but the last of at least 5 MiB. A part that comes again takes the
 * place of the first.
 */
type Upload<B extends Bucket> = Place<B> & { readonly upload: string };

/** Objects of the buckets that a function's contract names. */
export type Objects<B extends Bucket = Bucket> = {
  /** @returns the upload's id */
  readonly begin: (place: Place<B>, of: { readonly type: string; readonly name: string }) => Promise<string>;
  /** @returns the part's tag */
  readonly part: (upload: Upload<B>, number: number, body: Uint8Array) => Promise<string>;
  /** Makes the object of the parts with these tags, in their order, unless that is done. */
  readonly finish: (upload: Upload<B>, tags: readonly string[]) => Promise<void>;
  /** Nothing is left of it. */
  readonly abandon: (upload: Upload<B>) => Promise<void>;
  readonly put: (place: Place<B>, body: Uint8Array) => Promise<void>;
  readonly get: (place: Place<B>) => Promise<Uint8Array>;
  readonly remove: (place: Place<B>) => Promise<void>;
};

/** An upload that is finished or abandoned is there no more. */
function unlessGone(error: unknown): void {
  if (!(error instanceof NoSuchUpload)) throw error;
}

/** S3, by the names that the function's environment gives. */
export function objectsFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client = new S3Client({ maxAttempts: 4 }),
): Objects {
  const at = ({ bucket, key }: Place<Bucket>) => ({ Bucket: environment[bucketVariable(bucket)], Key: key });
  const of = ({ upload, ...place }: Upload<Bucket>) => ({ ...at(place), UploadId: upload });
  return {
    begin: async (place, { type, name }) => {
      const { UploadId = '' } = await client.send(
        new CreateMultipartUploadCommand({
          ...at(place),
          ContentType: type,
          ContentDisposition: `attachment; filename="${name}"`,
        }),
      );
      return UploadId;
    },
    part: async (upload, PartNumber, Body) => {
      const { ETag = '' } = await client.send(new UploadPartCommand({ ...of(upload), PartNumber, Body }));
      return ETag;
    },
    finish: async (upload, tags) => {
      const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      await client
        .send(new CompleteMultipartUploadCommand({ ...of(upload), MultipartUpload: { Parts } }))
        .catch(unlessGone);
    },
    abandon: async (upload) => {
      await client.send(new AbortMultipartUploadCommand(of(upload))).catch(unlessGone);
    },
    put: async (place, Body) => {
      await client.send(new PutObjectCommand({ ...at(place), Body }));
    },
    get: async (place) => {
      const { Body } = await client.send(new GetObjectCommand(at(place)));
      if (Body === undefined) throw new Error(`the object ${place.key} has no content`);
      return Body.transformToByteArray();
    },
    remove: async (place) => {
      await client.send(new DeleteObjectCommand(at(place)));
    },
  };
}

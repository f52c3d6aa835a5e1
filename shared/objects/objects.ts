import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { bucketVariable, type Bucket } from '../contract/buckets.ts';
import { awsTimeouts } from '../runtime/aws-timeouts.ts';

/** The location of an object. */
type Place<B extends Bucket> = { readonly bucket: B & Bucket; readonly key: string };

/**
 * A multipart upload. Parts count from 1, and each but the last has at least 5 MiB. A repeated part replaces the first
 * one.
 */
type Upload<B extends Bucket> = Place<B> & { readonly upload: string };

/** An object whose bytes are read in pieces, once. A reader that stops early ends the transfer. */
export type OpenedObject = {
  readonly size: number;
  /** The content type of its upload. */
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
};

/** The objects of the buckets that a function's contract names. @template R those that it may read */
export type Objects<B extends Bucket = Bucket, R extends Bucket = B> = {
  /** Starts a multipart upload. @returns its id */
  readonly begin: (place: Place<B>, of: { readonly type: string; readonly name: string }) => Promise<string>;
  /** Uploads a part. @returns its tag */
  readonly part: (upload: Upload<B>, number: number, body: Uint8Array) => Promise<string>;
  /** Makes the object from the parts with these tags, in their order. May be repeated. */
  readonly finish: (upload: Upload<B>, tags: readonly string[]) => Promise<void>;
  /** Deletes the upload and its parts. May be repeated. */
  readonly abandon: (upload: Upload<B>) => Promise<void>;
  readonly put: (place: Place<B>, body: Uint8Array) => Promise<void>;
  readonly get: (place: Place<R>) => Promise<Uint8Array>;
  /** Opens an object that is too large for the memory of a function; undefined if there is none. */
  readonly open: (place: Place<R>) => Promise<OpenedObject | undefined>;
  readonly remove: (place: Place<B>) => Promise<void>;
};

type Client = Pick<S3Client, 'send'>;
type Locate = (place: Place<Bucket>) => { readonly Bucket: string | undefined; readonly Key: string };

/** A finished or abandoned upload no longer exists. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof NoSuchUpload)) throw error;
}

/** An object that does not exist. Roles that may not list a bucket get 403 (Amazon S3 API Reference, "GetObject"). */
const isMissing = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'AccessDenied');

async function openObject(
  client: Client,
  place: { readonly Bucket: string | undefined; readonly Key: string },
): Promise<OpenedObject | undefined> {
  try {
    const { Body, ContentLength: size = 0, ContentType: type = '' } = await client.send(new GetObjectCommand(place));
    return Body instanceof Readable ? { size, type, body: Body } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function multipart(client: Client, locate: Locate): Pick<Objects, 'begin' | 'part' | 'finish' | 'abandon'> {
  const uploadOf = ({ upload, ...place }: Upload<Bucket>) => ({ ...locate(place), UploadId: upload });
  return {
    begin: async (place, { type, name }) => {
      const { UploadId = '' } = await client.send(
        new CreateMultipartUploadCommand({
          ...locate(place),
          ContentType: type,
          ContentDisposition: `attachment; filename="${name}"`,
        }),
      );
      return UploadId;
    },
    part: async (upload, PartNumber, Body) => {
      const { ETag = '' } = await client.send(new UploadPartCommand({ ...uploadOf(upload), PartNumber, Body }));
      return ETag;
    },
    finish: async (upload, tags) => {
      const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      await client
        .send(new CompleteMultipartUploadCommand({ ...uploadOf(upload), MultipartUpload: { Parts } }))
        .catch(ignoreGone);
    },
    abandon: async (upload) => {
      await client.send(new AbortMultipartUploadCommand(uploadOf(upload))).catch(ignoreGone);
    },
  };
}

/** Objects in S3, in the buckets that the environment names. */
export function objectsFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client: Client = new S3Client({ maxAttempts: 4, requestHandler: awsTimeouts(20_000) }),
): Objects {
  const locate: Locate = ({ bucket, key }) => ({ Bucket: environment[bucketVariable(bucket)], Key: key });
  return {
    ...multipart(client, locate),
    put: async (place, Body) => {
      await client.send(new PutObjectCommand({ ...locate(place), Body }));
    },
    get: async (place) => {
      const { Body } = await client.send(new GetObjectCommand(locate(place)));
      if (Body === undefined) throw new Error(`the object ${place.key} has no content`);
      return Body.transformToByteArray();
    },
    open: (place) => openObject(client, locate(place)),
    remove: async (place) => {
      await client.send(new DeleteObjectCommand(locate(place)));
    },
  };
}

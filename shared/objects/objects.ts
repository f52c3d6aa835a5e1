import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { bucketVariable, type Bucket } from '../contract/buckets.ts';
import type { ObjectStorage } from '../schema/object-storage.ts';
import { awsTimeouts } from '../aws/timeouts.ts';

/** The location of an object. */
type ObjectLocation<B extends Bucket> = { readonly bucket: B & Bucket; readonly key: string };

/**
 * A multipart upload. Parts count from 1, and each but the last has at least 5 MiB. A repeated part replaces the first
 * one.
 */
type Upload<B extends Bucket> = ObjectLocation<B> & { readonly upload: string };

/** How an object is stored. Default: as the bucket is set up, over the object that has the key. */
type PutOptions = Partial<ObjectStorage> & {
  readonly type?: string;
  /** Whether an object that has the key stays instead. */
  readonly onlyNew?: boolean;
};

/** A version of an object in a bucket that has versions. The newest version of a key is the object. */
export type ObjectVersion = { readonly key: string; readonly version: string };

/** An object whose bytes are read in pieces, once. A reader that stops early ends the transfer. */
export type OpenedObject = {
  readonly size: number;
  /** The content type of its upload. */
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
};

/**
 * The objects of the buckets that a function's contract names.
 * @template R those that it may read
 * @template V those whose versions it may list and remove
 */
export type Objects<
  B extends Bucket = Bucket,
  R extends Bucket = B,
  V extends Bucket = Bucket extends B ? B : never,
> = {
  /** Starts a multipart upload. @returns its id */
  readonly begin: (
    location: ObjectLocation<B>,
    of: Partial<ObjectStorage> & { readonly type: string; readonly name: string },
  ) => Promise<string>;
  /** Uploads a part. @returns its tag */
  readonly part: (upload: Upload<B>, number: number, body: Uint8Array) => Promise<string>;
  /**
   * Makes the object from the parts with these tags, in their order. May be repeated.
   * @returns false if it must be new and is not; then the upload remains to be abandoned
   */
  readonly finish: (
    upload: Upload<B>,
    tags: readonly string[],
    how?: { readonly onlyNew?: boolean },
  ) => Promise<boolean>;
  /** Deletes the upload and its parts. May be repeated. */
  readonly abandon: (upload: Upload<B>) => Promise<void>;
  /** @returns false if it must be new and is not */
  readonly put: (location: ObjectLocation<B>, body: Uint8Array, how?: PutOptions) => Promise<boolean>;
  readonly get: (location: ObjectLocation<R>) => Promise<Uint8Array>;
  /** Opens an object that is too large for the memory of a function; undefined if there is none. */
  readonly open: (location: ObjectLocation<R>) => Promise<OpenedObject | undefined>;
  /**
   * Deletes an object. In a bucket with versions its bytes stay for as long as old versions do; those of archives are
   * removed by version.
   */
  readonly remove: (location: ObjectLocation<Exclude<B, 'archives'>>) => Promise<void>;
  /** Deletes an object with all its versions, for ever. Those that a lock protects stay. */
  readonly erase: (location: ObjectLocation<V>) => Promise<void>;
  /** The versions of all objects whose keys begin with `key`. */
  readonly versions: (location: ObjectLocation<V>) => AsyncIterable<ObjectVersion>;
  /** Removes one version for ever. @returns false if a lock forbids it */
  readonly removeVersion: (location: ObjectLocation<V> & ObjectVersion) => Promise<boolean>;
};

type Client = Pick<S3Client, 'send'>;
type Locate = (location: ObjectLocation<Bucket>) => { readonly Bucket: string | undefined; readonly Key: string };

/** A finished or abandoned upload no longer exists. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof NoSuchUpload)) throw error;
}

/** Amazon S3 User Guide, "Conditional writes": an object that is there is 412, one that is written right now 409. */
const conflicts = ['PreconditionFailed', 'ConditionalRequestConflict'];

/** Sends a write. @returns false if it must be new and is not */
async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && conflicts.includes(error.name)) return false;
    throw error;
  }
}

/** The parameters of a write that lock and place it. */
const storageOf = ({ lock, storageClass }: Partial<ObjectStorage>) => ({
  ...(storageClass === undefined ? {} : storageParameters[storageClass]),
  ...(lock === undefined || lock === null
    ? {}
    : {
        ObjectLockMode: lock.mode === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
        ObjectLockRetainUntilDate: new Date(lock.until),
      }),
});

/**
 * `DEEP_ARCHIVE` cannot be read back at once, so that such objects are written as `STANDARD`: a lifecycle rule of the
 * bucket moves what has this tag (infra/README.md, "Archives").
 */
const storageParameters = {
  STANDARD: {},
  STANDARD_IA: { StorageClass: 'STANDARD_IA' },
  GLACIER_IR: { StorageClass: 'GLACIER_IR' },
  DEEP_ARCHIVE: { Tagging: 'storage-class=DEEP_ARCHIVE' },
} as const;

const conditionOf = ({ onlyNew = false }: { readonly onlyNew?: boolean }) => (onlyNew ? { IfNoneMatch: '*' } : {});

/** An object that does not exist. Roles that may not list a bucket get 403 (Amazon S3 API Reference, "GetObject"). */
const isMissing = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'AccessDenied');

async function openObject(
  client: Client,
  location: { readonly Bucket: string | undefined; readonly Key: string },
): Promise<OpenedObject | undefined> {
  try {
    const { Body, ContentLength: size = 0, ContentType: type = '' } = await client.send(new GetObjectCommand(location));
    return Body instanceof Readable ? { size, type, body: Body } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function multipart(client: Client, locate: Locate): Pick<Objects, 'begin' | 'part' | 'finish' | 'abandon'> {
  const uploadOf = ({ upload, ...location }: Upload<Bucket>) => ({ ...locate(location), UploadId: upload });
  return {
    begin: async (location, { type, name, ...storage }) => {
      const { UploadId = '' } = await client.send(
        new CreateMultipartUploadCommand({
          ...locate(location),
          ...storageOf(storage),
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
    finish: async (upload, tags, how = {}) => {
      const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      const completion = { ...uploadOf(upload), ...conditionOf(how), MultipartUpload: { Parts } };
      return isWritten(client.send(new CompleteMultipartUploadCommand(completion)).catch(ignoreGone));
    },
    abandon: async (upload) => {
      await client.send(new AbortMultipartUploadCommand(uploadOf(upload))).catch(ignoreGone);
    },
  };
}

function versioned(client: Client, locate: Locate): Pick<Objects, 'versions' | 'removeVersion' | 'erase'> {
  const found: Pick<Objects, 'versions' | 'removeVersion'> = {
    async *versions(location) {
      const { Bucket, Key: Prefix } = locate(location);
      let next: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } | undefined =
        {};
      while (next !== undefined) {
        const found: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket, Prefix, ...next }),
        );
        for (const { Key = '', VersionId = '' } of [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])])
          yield { key: Key, version: VersionId };
        next =
          found.IsTruncated === true
            ? { KeyMarker: found.NextKeyMarker, VersionIdMarker: found.NextVersionIdMarker }
            : undefined;
      }
    },
    removeVersion: async ({ version, ...location }) => {
      try {
        await client.send(new DeleteObjectCommand({ ...locate(location), VersionId: version }));
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === 'AccessDenied') return false;
        throw error;
      }
    },
  };
  return {
    ...found,
    erase: async (location) => {
      for await (const version of found.versions(location))
        // Other keys may begin with this one.
        if (version.key === location.key) await found.removeVersion({ ...location, ...version });
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
    put: (location, Body, { type, ...how } = {}) =>
      isWritten(
        client.send(
          new PutObjectCommand({
            ...locate(location),
            ...storageOf(how),
            ...conditionOf(how),
            ...(type === undefined ? {} : { ContentType: type }),
            Body,
          }),
        ),
      ),
    get: async (location) => {
      const { Body } = await client.send(new GetObjectCommand(locate(location)));
      if (Body === undefined) throw new Error(`the object ${location.key} has no content`);
      return Body.transformToByteArray();
    },
    open: (location) => openObject(client, locate(location)),
    remove: async (location) => {
      await client.send(new DeleteObjectCommand(locate(location)));
    },
    ...versioned(client, locate),
  };
}

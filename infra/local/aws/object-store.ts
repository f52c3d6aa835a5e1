import { join } from 'node:path';
import type { AwsAnswer, AwsCall, AwsService } from './aws-call.ts';
import { openObjectFiles, type ObjectFiles, type ObjectId, type StoredObject } from './object-files.ts';
import { objectAnswer } from './object-answer.ts';
import { objectFailure } from './objects.ts';
import { objectOf } from './object-call.ts';
import { openVersionedBucket } from './versioned-bucket.ts';

/** Called for each new object, at least once. */
type Announce = (object: ObjectId & { readonly size?: number; readonly etag?: string }) => Promise<void>;

type StoreOptions = {
  /** Folder of the objects that clients upload. */
  readonly folder: string;
  /** Holds the objects that functions write. It holds each in memory while it is written or read. */
  readonly inner: AwsService;
  readonly announce: Announce;
  /** Names of the buckets with versions and Object Lock. */
  readonly versioned: ReadonlySet<string>;
};

const taken = objectFailure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

const unlockable = objectFailure(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');

/**
 * S3 whose uploads by link go to files as they arrive, so that a large one takes no memory. All new
 * objects are announced; those that were stored before a crash, now.
 */
export async function openObjectStore({ versioned, ...options }: StoreOptions): Promise<AwsService> {
  const plain = await openPlainBuckets(options);
  const locking = openVersionedBucket(join(options.folder, 'versioned'));
  return async (call) => {
    if (versioned.has(objectOf(call).bucket)) return locking(call);
    return 'x-amz-object-lock-mode' in call.headers ? unlockable : plain(call);
  };
}

async function openPlainBuckets({ folder, inner, announce }: Omit<StoreOptions, 'versioned'>): Promise<AwsService> {
  const files = openObjectFiles(folder);
  const tell = async (stored: StoredObject): Promise<void> => {
    await announce(stored);
    files.markAnnounced(stored);
  };
  for (const stored of files.unannounced()) await tell(stored);

  return async (call) => {
    const object = objectOf(call);
    if (call.upload !== undefined) {
      const answer = await upload(files, object, call);
      const stored = answer.status === 200 ? files.find(object) : undefined;
      if (stored !== undefined) await tell(stored);
      return answer;
    }
    const stored = files.find(object);
    if (stored !== undefined && (call.method === 'GET' || call.method === 'HEAD'))
      return objectAnswer(stored, call, (range) => files.read(stored, range));
    const answer = await inner(call);
    if (answer.status < 300) {
      if (call.method === 'DELETE' || isCreation(call)) files.remove(object);
      if (isCreation(call)) await announce(object);
    }
    return answer;
  };
}

/** Whether a call makes an object: in one part, or from the parts of an upload. */
const isCreation = ({ method, url }: AwsCall): boolean =>
  method === 'PUT' ? !url.includes('partNumber=') : method === 'POST' && url.includes('uploadId=');

async function upload(files: ObjectFiles, object: ObjectId, { headers, upload: body }: AwsCall): Promise<AwsAnswer> {
  if (body === undefined || (headers['if-none-match'] === '*' && files.find(object) !== undefined)) return taken;
  const { etag } = await files.store(object, headers['content-type'] ?? 'binary/octet-stream', body);
  return { status: 200, headers: { etag }, body: '' };
}

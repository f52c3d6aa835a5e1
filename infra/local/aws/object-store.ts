import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { AwsAnswer, AwsCall, AwsService } from './aws-call.ts';
import { openObjectFiles, type ObjectFiles, type ObjectId, type StoredObject } from './object-files.ts';
import { objectFailure, objectOf } from './objects.ts';

/** Called for each new object, at least once. */
type Announce = (object: ObjectId & { readonly size?: number; readonly etag?: string }) => Promise<void>;

type StoreOptions = {
  /** Folder of the objects that clients upload. */
  readonly folder: string;
  /** Holds the objects that functions write. It holds each in memory while it is written or read. */
  readonly inner: AwsService;
  readonly announce: Announce;
};

const taken = objectFailure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

/**
 * S3 whose uploads by link go to files as they arrive, so that a large one takes no memory. All new
 * objects are announced; those that were stored before a crash, now.
 */
export async function openObjectStore({ folder, inner, announce }: StoreOptions): Promise<AwsService> {
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
    if (stored !== undefined && (call.method === 'GET' || call.method === 'HEAD')) return read(files, stored, call);
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

/** A range of bytes; null if it cannot be satisfied; undefined if the whole object is wanted. */
function rangeOf({ range }: IncomingHttpHeaders, size: number) {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? null : { start, end };
}

/** Headers that a link replaces: Amazon S3 API Reference, "GetObject", "Overriding response header values". */
const replaceable = ['content-type', 'content-disposition', 'cache-control', 'content-encoding', 'content-language'];

function replacedHeaders(url: string): OutgoingHttpHeaders {
  const { searchParams } = new URL(url, 'http://s3');
  return Object.fromEntries(
    replaceable.flatMap((name) => {
      const value = searchParams.get(`response-${name}`);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function read(files: ObjectFiles, stored: StoredObject, { method, url, headers: asked }: AwsCall): AwsAnswer {
  const { type, size, etag, modified } = stored;
  const range = rangeOf(asked, size);
  if (range === null) return objectFailure(416, 'InvalidRange', 'The requested range is not satisfiable');
  const headers = {
    'content-type': type,
    etag,
    'last-modified': new Date(modified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    ...replacedHeaders(url),
  };
  const status = range === undefined ? 200 : 206;
  return { status, headers, body: '', stream: method === 'HEAD' ? Readable.from([]) : files.read(stored, range) };
}

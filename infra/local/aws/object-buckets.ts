import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { AwsAnswer, AwsCall, AwsService } from './aws-call.ts';
import { objectOf } from './object-call.ts';
import type { ObjectId, StoredObject } from './object-files.ts';
import { listObjects, listVersions } from './object-lists.ts';
import {
  joinParts,
  type ObjectVersions,
  type StoredUpload,
  type StoredVersion,
  type UploadedPart,
  type VersionLock,
  type WrittenFacts,
} from './object-versions.ts';
import { objectFailure, xml, xmlText } from './objects.ts';

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

/** The answer to a call that reads an object. */
function objectAnswer(
  stored: StoredObject,
  { method, url, headers: asked }: AwsCall,
  open: (range?: { readonly start: number; readonly end: number }) => Readable,
): AwsAnswer {
  const { type, size, etag, modified, disposition } = stored;
  const range = rangeOf(asked, size);
  if (range === null) return objectFailure(416, 'InvalidRange', 'The requested range is not satisfiable');
  const headers = {
    'content-type': type,
    etag,
    'last-modified': new Date(modified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    ...(disposition === undefined ? {} : { 'content-disposition': disposition }),
    ...replacedHeaders(url),
  };
  const status = range === undefined ? 200 : 206;
  return { status, headers, body: '', stream: method === 'HEAD' ? Readable.from([]) : open(range) };
}

/** How a bucket stores its objects. Without versions, a write replaces the object and a deletion removes it. */
export type BucketKind = { readonly versioned: boolean; /** Whether it has Object Lock. */ readonly locks: boolean };

/** What is done about new objects: one that is marked is announced after a crash, if it exists then. */
export type Announcements = {
  readonly mark: (id: ObjectId) => void;
  /** Announces an object, and removes its mark. */
  readonly announce: (stored: StoredVersion) => Promise<void>;
};

type OpenBucket = BucketKind & { readonly versions: ObjectVersions; readonly announcements: Announcements };

const failures = {
  taken: objectFailure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
  missing: objectFailure(404, 'NoSuchKey', 'The specified key does not exist.'),
  missingVersion: objectFailure(404, 'NoSuchVersion', 'The specified version does not exist.'),
  missingUpload: objectFailure(404, 'NoSuchUpload', 'The specified upload does not exist.'),
  locked: objectFailure(403, 'AccessDenied', 'Access Denied because object protected by object lock.'),
  invalidPart: objectFailure(400, 'InvalidPart', 'One or more of the specified parts could not be found.'),
  tooSmall: objectFailure(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size'),
  marker: objectFailure(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
  unlockable: objectFailure(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration'),
  missingBucket: objectFailure(404, 'NoSuchBucket', 'The specified bucket does not exist'),
  unknown: objectFailure(501, 'NotImplemented', 'The local cloud does not have this operation of S3.'),
} as const;

/** Bytes of a part that is not the last one. */
const leastPart = 5 * 1024 * 1024;

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/**
 * The lock that a write asks for; null for none. Amazon S3 API Reference, "PutObject": both headers or none, a time in
 * the future, and a checksum of the body.
 */
function lockOf(headers: IncomingHttpHeaders): VersionLock | AwsAnswer | null {
  const [mode, until] = ['mode', 'retain-until-date'].map((name) => headerOf(headers, `x-amz-object-lock-${name}`));
  if (mode === undefined && until === undefined) return null;
  if (mode === undefined || until === undefined)
    return invalid('x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied');
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') return invalid('Unknown wormMode directive.');
  if (!(Date.parse(until) > Date.now())) return invalid('The retain until date must be in the future!');
  return { mode, until: new Date(until).toISOString() };
}

const invalid = (message: string): AwsAnswer => objectFailure(400, 'InvalidArgument', message);

const isChecked = (headers: IncomingHttpHeaders): boolean =>
  Object.keys(headers).some((name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'));

const isAnswer = (of: WrittenFacts | AwsAnswer): of is AwsAnswer => 'status' in of;

function factsOf({ headers, method }: AwsCall, { locks }: OpenBucket): WrittenFacts | AwsAnswer {
  const lock = lockOf(headers);
  if (!locks && 'x-amz-object-lock-mode' in headers) return failures.unlockable;
  if (lock !== null && 'status' in lock) return lock;
  const hasBody = method === 'PUT' && !('x-amz-copy-source' in headers);
  if (lock !== null && hasBody && !isChecked(headers))
    return objectFailure(
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object',
    );
  const disposition = headerOf(headers, 'content-disposition');
  return {
    type: headers['content-type'] ?? 'binary/octet-stream',
    ...(disposition === undefined ? {} : { disposition }),
    storageClass: headerOf(headers, 'x-amz-storage-class') ?? 'STANDARD',
    lock,
  };
}

const bodyOf = ({ upload, body }: AwsCall): Readable => upload ?? Readable.from([body]);

/** The object of a key: its newest version, unless that says that it was deleted. */
function currentOf(versions: ObjectVersions, call: AwsCall): StoredVersion | undefined {
  const [newest] = versions.of(objectOf(call));
  return newest === undefined || newest.marker ? undefined : newest;
}

const mayStore = (versions: ObjectVersions, call: AwsCall): boolean =>
  call.headers['if-none-match'] !== '*' || currentOf(versions, call) === undefined;

/** Stores an object as the only one, or the newest, of its key. @returns undefined if it must be new and is not */
async function store(
  { versions, versioned, announcements }: OpenBucket,
  call: AwsCall,
  facts: WrittenFacts,
  body: Readable,
): Promise<StoredVersion | undefined> {
  const id = objectOf(call);
  const stored = await versions.store(id, facts, body, () => {
    // Another write may have been faster.
    if (!mayStore(versions, call)) return false;
    announcements.mark(id);
    return true;
  });
  if (stored === undefined) return undefined;
  const isReplaced = (each: StoredVersion): boolean => !versioned && each.version < stored.version;
  for (const each of versions.of(id).filter(isReplaced)) versions.remove(each);
  await announcements.announce(stored);
  return stored;
}

const versionHeader = ({ versioned }: OpenBucket, { version }: StoredVersion) =>
  versioned ? { 'x-amz-version-id': version } : {};

async function put(bucket: OpenBucket, call: AwsCall): Promise<AwsAnswer> {
  const facts = factsOf(call, bucket);
  if (isAnswer(facts)) return facts;
  if (!mayStore(bucket.versions, call)) return failures.taken;
  const stored = await store(bucket, call, facts, bodyOf(call));
  if (stored === undefined) return failures.taken;
  return { status: 200, headers: { etag: stored.etag, ...versionHeader(bucket, stored) }, body: '' };
}

/** The version that a copy is made of, in any bucket: `/<bucket>/<key>?versionId=<version>`. */
function sourceOf({ versions }: OpenBucket, source: string): StoredVersion | undefined {
  const { pathname, searchParams } = new URL(`/${source.replace(/^\//, '')}`, 'http://s3');
  const wanted = searchParams.get('versionId');
  const all = versions.of(objectOf({ url: pathname }));
  const stored = wanted === null ? all[0] : all.find(({ version }) => version === wanted);
  return stored?.marker === false ? stored : undefined;
}

/** Amazon S3 API Reference, "CopyObject": with the metadata of its source, and without its lock and storage class. */
async function copy(bucket: OpenBucket, call: AwsCall, source: string): Promise<AwsAnswer> {
  const from = sourceOf(bucket, source);
  if (from === undefined) return failures.missing;
  const wanted = factsOf(call, bucket);
  if (isAnswer(wanted)) return wanted;
  const { type, disposition } = from;
  const facts = { ...wanted, type, ...(disposition === undefined ? {} : { disposition }) };
  const stored = await store(bucket, call, facts, bucket.versions.read(from));
  if (stored === undefined) return failures.taken;
  const answer = xml(
    'CopyObjectResult',
    `<ETag>${xmlText(stored.etag)}</ETag><LastModified>${stored.modified}</LastModified>`,
  );
  return { ...answer, headers: { ...answer.headers, ...versionHeader(bucket, stored) } };
}

function read(bucket: OpenBucket, call: AwsCall, version: string | null): AwsAnswer {
  const { versions } = bucket;
  const stored =
    version === null ? currentOf(versions, call) : versions.of(objectOf(call)).find((each) => each.version === version);
  if (stored === undefined) return version === null ? failures.missing : failures.missingVersion;
  if (stored.marker) return failures.marker;
  const answer = objectAnswer(stored, call, (range) => versions.read(stored, range));
  const lock =
    stored.lock === null
      ? {}
      : {
          'x-amz-object-lock-mode': stored.lock.mode,
          'x-amz-object-lock-retain-until-date': stored.lock.until,
        };
  const kept = stored.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': stored.storageClass };
  return { ...answer, headers: { ...answer.headers, ...versionHeader(bucket, stored), ...lock, ...kept } };
}

/** Whether a lock still protects a version. IAM has decided before that the caller may bypass `GOVERNANCE`. */
function isLocked({ lock }: StoredVersion, { headers }: AwsCall): boolean {
  if (lock === null || Date.parse(lock.until) <= Date.now()) return false;
  return lock.mode === 'COMPLIANCE' || headers['x-amz-bypass-governance-retention'] !== 'true';
}

/** Amazon S3 API Reference, "DeleteObject". */
function remove({ versions, versioned }: OpenBucket, call: AwsCall, version: string | null): AwsAnswer {
  if (!versioned) {
    for (const each of versions.of(objectOf(call))) versions.remove(each);
    return { status: 204, headers: {}, body: '' };
  }
  if (version === null) {
    const marker = versions.mark(objectOf(call));
    return { status: 204, headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.version }, body: '' };
  }
  const stored = versions.of(objectOf(call)).find((each) => each.version === version);
  if (stored !== undefined && isLocked(stored, call)) return failures.locked;
  if (stored !== undefined) versions.remove(stored);
  return { status: 204, headers: { 'x-amz-version-id': version }, body: '' };
}

function begin(of: OpenBucket, call: AwsCall): AwsAnswer {
  const facts = factsOf(call, of);
  if (isAnswer(facts)) return facts;
  const { bucket, key, upload } = of.versions.begin(objectOf(call), facts);
  return xml(
    'InitiateMultipartUploadResult',
    `<Bucket>${bucket}</Bucket><Key>${xmlText(key)}</Key><UploadId>${upload}</UploadId>`,
  );
}

/** The parts that a completion names, in its order; an answer if one is missing or too small. */
function partsOf(versions: ObjectVersions, upload: StoredUpload, { body }: AwsCall): UploadedPart[] | AwsAnswer {
  const named = [...body.toString().matchAll(/<Part>([^]*?)<\/Part>/g)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>([^<]*)</.exec(part)?.[1] ?? '').replaceAll(/&quot;|"/g, ''),
  }));
  const parts = named.map(({ number, etag }) => {
    const part = versions.part(upload, number);
    return part?.etag === `"${etag}"` ? part : undefined;
  });
  const found = parts.filter((part) => part !== undefined);
  if (found.length === 0 || found.length < parts.length) return failures.invalidPart;
  return found.slice(0, -1).some(({ size }) => size < leastPart) ? failures.tooSmall : found;
}

async function complete(of: OpenBucket, upload: StoredUpload, call: AwsCall): Promise<AwsAnswer> {
  const { versions } = of;
  const parts = partsOf(versions, upload, call);
  if (!Array.isArray(parts)) return parts;
  const { bucket, key, upload: _id, ...facts } = upload;
  const stored = mayStore(versions, call) ? await store(of, call, facts, joinParts(parts)) : undefined;
  if (stored === undefined) return failures.taken;
  versions.abandon(upload);
  const answer = xml(
    'CompleteMultipartUploadResult',
    `<Bucket>${bucket}</Bucket><Key>${xmlText(key)}</Key><ETag>${xmlText(stored.etag)}</ETag>`,
  );
  return { ...answer, headers: { ...answer.headers, ...versionHeader(of, stored) } };
}

async function uploadCall(bucket: OpenBucket, call: AwsCall, query: URLSearchParams): Promise<AwsAnswer> {
  const { versions } = bucket;
  const upload = versions.uploading(objectOf(call), query.get('uploadId') ?? '');
  if (upload === undefined) return failures.missingUpload;
  switch (call.method) {
    case 'PUT': {
      const { etag } = await versions.putPart(upload, Number(query.get('partNumber')), bodyOf(call));
      return { status: 200, headers: { etag }, body: '' };
    }
    case 'POST':
      return complete(bucket, upload, call);
    case 'DELETE':
      versions.abandon(upload);
      return { status: 204, headers: {}, body: '' };
    default:
      return failures.unknown;
  }
}

const listCall = (of: OpenBucket, { method }: AwsCall, bucket: string, query: URLSearchParams): AwsAnswer =>
  method === 'GET'
    ? (query.has('versions') ? listVersions : listObjects)(of.versions.all(bucket), bucket, query)
    : failures.unknown;

/**
 * S3 over stored versions: what functions, links and the tools of `bin` use of it (Amazon S3 User Guide, "Using
 * versioning in S3 buckets" and "How Object Lock works").
 */
export function serveBuckets(
  kinds: ReadonlyMap<string, BucketKind>,
  versions: ObjectVersions,
  announcements: Announcements,
): AwsService {
  return async (call) => {
    const { searchParams: query } = new URL(call.url, 'http://s3');
    const { bucket: name, key } = objectOf(call);
    const kind = kinds.get(name);
    if (kind === undefined) return failures.missingBucket;
    const bucket = { ...kind, versions, announcements };
    if (key === '') return listCall(bucket, call, name, query);
    if (query.has('uploadId')) return uploadCall(bucket, call, query);
    if (query.has('uploads')) return begin(bucket, call);
    switch (call.method) {
      case 'PUT': {
        const source = headerOf(call.headers, 'x-amz-copy-source');
        return source === undefined ? put(bucket, call) : copy(bucket, call, source);
      }
      case 'GET':
      case 'HEAD':
        return read(bucket, call, query.get('versionId'));
      case 'DELETE':
        return remove(bucket, call, query.get('versionId'));
      default:
        return failures.unknown;
    }
  };
}

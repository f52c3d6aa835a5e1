import type { IncomingHttpHeaders } from 'node:http';

/** A call of the S3 API. */
type ObjectCall = { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders };

/** IAM actions by HTTP method; the parts of an upload need the same action as objects. */
const actions: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  PUT: 'PutObject',
  POST: 'PutObject',
  DELETE: 'DeleteObject',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export function objectAction({ method, url }: Pick<ObjectCall, 'method' | 'url'>): string {
  const { searchParams: query, pathname } = new URL(url, 'http://s3');
  if (method === 'GET' && /^\/[^/]*\/?$/.test(pathname))
    return query.has('versions') ? 'ListBucketVersions' : 'ListBucket';
  if (method === 'DELETE' && query.has('uploadId')) return 'AbortMultipartUpload';
  const isOfVersion = query.has('versionId') && (method === 'GET' || method === 'HEAD' || method === 'DELETE');
  return `${actions[method] ?? method}${isOfVersion ? 'Version' : ''}`;
}

/** Headers of a call that need an action of their own besides. */
const headerActions: Readonly<Record<string, string>> = {
  'x-amz-object-lock-mode': 'PutObjectRetention',
  'x-amz-tagging': 'PutObjectTagging',
  'x-amz-bypass-governance-retention': 'BypassGovernanceRetention',
  'x-amz-copy-source': 'GetObject',
};

/** All IAM actions of a call. */
export const objectActions = (call: ObjectCall): readonly string[] => [
  objectAction(call),
  ...Object.entries(headerActions).flatMap(([header, action]) => (header in call.headers ? [action] : [])),
];

/**
 * What conditions about new objects ask of a call. Requests that begin an upload, and those of its parts, make no
 * object (Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets").
 */
export function creationContext({ method, url, headers }: ObjectCall) {
  const { searchParams: query } = new URL(url, 'http://s3');
  const makes = method === 'POST' ? query.has('uploadId') : method === 'PUT' && !query.has('partNumber');
  const condition = headers['if-none-match'];
  return {
    's3:ObjectCreationOperation': [String(makes)],
    ...(condition === undefined ? {} : { 's3:if-none-match': [condition] }),
  };
}

/** The mode of the lock that a call asks for. */
export function lockContext({ headers }: Pick<ObjectCall, 'headers'>) {
  const mode = headers['x-amz-object-lock-mode'];
  return typeof mode === 'string' ? { 's3:object-lock-mode': [mode] } : {};
}

/** The object of a call: `/<bucket>/<key>`. */
export function objectOf({ url }: Pick<ObjectCall, 'url'>): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = /^([^/]*)\/?([^]*)$/.exec(new URL(url, 'http://s3').pathname.slice(1)) ?? [];
  return { bucket, key: decodeURIComponent(key) };
}

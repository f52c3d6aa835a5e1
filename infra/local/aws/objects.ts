import { presign } from '#objects/presign.ts';
import type { AwsAnswer, AwsCall } from './aws-call.ts';
import type { Credentials } from './aws-endpoint.ts';
import { pseudoParameters } from '../templates/resource.ts';

/** IAM actions by HTTP method; the parts of an upload need the same action as objects. */
const actions: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  PUT: 'PutObject',
  POST: 'PutObject',
  DELETE: 'DeleteObject',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export function objectAction({ method, url }: Pick<AwsCall, 'method' | 'url'>): string {
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
};

/** All IAM actions of a call. */
export const objectActions = (call: Pick<AwsCall, 'method' | 'url' | 'headers'>): readonly string[] => [
  objectAction(call),
  ...Object.entries(headerActions).flatMap(([header, action]) => (header in call.headers ? [action] : [])),
];

/** The object of a call: `/<bucket>/<key>`. */
export function objectOf({ url }: Pick<AwsCall, 'url'>): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = /^([^/]*)\/?([^]*)$/.exec(new URL(url, 'http://s3').pathname.slice(1)) ?? [];
  return { bucket, key: decodeURIComponent(key) };
}

/** A text in an element of XML. */
export const xmlText = (text: string): string => text.replaceAll(/[&<>"]/g, (each) => `&#${each.codePointAt(0)};`);

/** An answer in the form of S3. */
export const xml = (name: string, content: string): AwsAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body:
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`,
});

/** An error in the form of S3. */
export const objectFailure = (status: number, code: string, message: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

export const signatureMismatch = objectFailure(
  403,
  'SignatureDoesNotMatch',
  'The request signature we calculated does not match the signature you provided.',
);

/** S3's answer to a link that has expired or differs from what was signed; null if the link is valid. */
export async function linkRejection(
  { method, url, headers }: AwsCall,
  credentials: Credentials,
): Promise<AwsAnswer | null> {
  const asked = new URL(url, `http://${headers.host}`);
  const {
    'X-Amz-Signature': signature,
    'X-Amz-Date': date = '',
    'X-Amz-Expires': expires,
    'X-Amz-SignedHeaders': names = '',
  } = Object.fromEntries(asked.searchParams);
  if (signature === undefined) return signatureMismatch;
  for (const name of ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'])
    asked.searchParams.delete(`X-Amz-${name}`);
  const [at, seconds] = [
    new Date(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')),
    Number(expires),
  ];
  if (!(at.getTime() + seconds * 1_000 > Date.now())) return objectFailure(403, 'AccessDenied', 'Request has expired');
  const signed = Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])]));
  const own = await presign(
    { method, url: asked, headers: signed },
    { credentials, region: pseudoParameters['AWS::Region'], at, seconds },
  );
  return own.searchParams.get('X-Amz-Signature') === signature ? null : signatureMismatch;
}

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { AwsCall, Credentials } from './aws-call.ts';

type Signature = {
  /** `<day>/<region>/<service>/aws4_request` */
  readonly scope: string;
  readonly names: readonly string[];
  readonly value: string;
};

const headerForm =
  /^AWS4-HMAC-SHA256 Credential=[^/,\s]+\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * Verifies the signature in the header of a call: key ids alone are no secret, as links name them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureVerifier({ secretAccessKey }: Credentials): (call: AwsCall) => boolean {
  let last: { readonly scope: string; readonly key: Buffer } = { scope: '', key: Buffer.alloc(0) };
  const keyOf = (scope: string): Buffer => {
    // A client changes it once a day.
    if (last.scope !== scope) last = { scope, key: signingKey(secretAccessKey, scope) };
    return last.key;
  };
  return (call) => {
    const signature = signatureOf(call);
    const body = signature && bodyHashOf(call);
    if (!signature || !body) return false;
    const text = [
      'AWS4-HMAC-SHA256',
      String(call.headers['x-amz-date']),
      signature.scope,
      hash('sha256', canonicalRequest(call, signature.names, body)),
    ].join('\n');
    return timingSafeEqual(hmac(keyOf(signature.scope), text), Buffer.from(signature.value, 'hex'));
  };
}

const signingKey = (secret: string, scope: string): Buffer =>
  scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function signatureOf({ headers, service }: AwsCall): Signature | null {
  const [, scope = '', names = '', value] = headerForm.exec(headers.authorization ?? '') ?? [];
  const date = String(headers['x-amz-date']);
  const isOwn = scope.startsWith(`${date.slice(0, 8)}/`) && scope.endsWith(`/${service}/aws4_request`);
  return value === undefined || !isOwn ? null : { scope, names: names.split(';'), value };
}

/** Null if the header names another body than was received. Uploads to S3 are not hashed by all clients. */
function bodyHashOf({ headers, service, body }: AwsCall): string | null {
  const named = headers['x-amz-content-sha256'];
  if (service === 's3' && typeof named === 'string' && !/^[0-9a-f]{64}$/.test(named)) return named;
  const actual = hash('sha256', body);
  return named === undefined || named === actual ? actual : null;
}

function canonicalRequest({ method, url, headers, service }: AwsCall, names: readonly string[], body: string): string {
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ {2,}/g, ' ')}`);
  return [method, ...canonicalPath(url, service === 's3'), ...lines, '', names.join(';'), body].join('\n');
}

/** S3 signs paths as they are sent; the other services sign them encoded once more. */
function canonicalPath(url: string, isEncoded: boolean): readonly [path: string, query: string] {
  if (url === '/') return ['/', ''];
  const { pathname, searchParams } = new URL(url, 'http://aws');
  const query = [...searchParams].map((pair) => pair.map(encoded).join('=')).toSorted();
  return [isEncoded ? pathname : pathname.split('/').map(encoded).join('/'), query.join('&')];
}

/** RFC 3986 §2.3: everything but unreserved characters is encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

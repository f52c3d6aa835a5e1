import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../aws/sha256.ts';

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

/** The S3 request that a link makes. Its headers are signed. */
export type LinkedRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How a link is signed. */
export type Signing = {
  readonly credentials: Credentials;
  readonly region: string;
  readonly at: Date;
  /** Validity of the link. */
  readonly seconds: number;
};

/** Unsigned, because the body is unknown when a link is made. */
const bodyHash = 'x-amz-content-sha256';

/**
 * Makes a presigned link: any holder may make its request until it expires.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function presign(
  { method, url, headers = {} }: LinkedRequest,
  { credentials, region, at, seconds }: Signing,
): Promise<URL> {
  // S3 signs paths as they are sent, without encoding them again.
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host, [bodyHash]: 'UNSIGNED-PAYLOAD' },
  };
  const { query = {} } = await signer.presign(request, {
    signingDate: at,
    expiresIn: seconds,
    unhoistableHeaders: new Set([bodyHash]),
    unsignableHeaders: new Set([bodyHash]),
  });
  const link = new URL(url);
  link.search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return link;
}

import { fromEnv } from '@aws-sdk/credential-provider-env';
import { type Bucket, bucketVariable } from '../contract/buckets.ts';
import { second } from '../schema/time.ts';
import { type LinkedRequest, presign } from './presign.ts';

/** A link that reads an object without a credential until `expires_at` (ISO 8601). */
type Link = { readonly url: string; readonly expires_at: string };

/** A link that uploads an object, once. The upload must have these headers: they are signed. */
export type UploadLink = Link & { readonly method: 'PUT'; readonly headers: Readonly<Record<string, string>> };

/** An object in a bucket of `B`. */
type Linked<B extends Bucket> = { readonly bucket: B & Bucket; readonly key: string };

export type Links<B extends Bucket = Bucket, U extends Bucket = Bucket> = {
  readonly to: (object: Linked<B>, now: Date) => Promise<Link>;
  /** As `to`; a browser saves the object under the name instead of opening it. */
  readonly downloadOf: (object: Linked<B> & { readonly name: string }, now: Date) => Promise<Link>;
  /**
   * A link by which a client uploads exactly `size` bytes of a content type. It creates the object and replaces none,
   * so that no one changes what has been checked.
   */
  readonly uploadTo: (
    object: Linked<U> & { readonly type: string; readonly size: number },
    now: Date,
  ) => Promise<UploadLink>;
};

/**
 * Seconds. A link ends earlier if the credentials that signed it end earlier (Amazon S3 User Guide, "Download and
 * upload objects with presigned URLs").
 */
const linkTtl = 900;

/**
 * The object's URL at the regional endpoint, or at `AWS_ENDPOINT_URL` (AWS SDKs and Tools Reference Guide), whose links
 * may be served at another address.
 */
function addressOf(
  bucket: string,
  key: string,
  { AWS_ENDPOINT_URL: own, LINK_ENDPOINT_URL: endpoint = own, AWS_REGION: region }: NodeJS.ProcessEnv,
): URL {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return new URL(
    endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com/${path}` : `${endpoint}/${bucket}/${path}`,
  );
}

/** What all links to objects of a bucket begin with, such as `https://files.s3.eu-central-1.amazonaws.com/`. */
export const linkPrefix = (bucket: Bucket, environment: NodeJS.ProcessEnv): string =>
  addressOf(environment[bucketVariable(bucket)] ?? '', '', environment).href;

/** Links to the buckets in the environment, signed with the function's role. */
export function linksFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Links {
  const credentialsOf = fromEnv();
  const urlOf = ({ bucket, key }: Linked<Bucket>): URL =>
    addressOf(environment[bucketVariable(bucket)] ?? '', key, environment);
  const sign = async (request: LinkedRequest, now: Date): Promise<Link> => {
    const link = await presign(request, {
      credentials: await credentialsOf(),
      region: environment['AWS_REGION'] ?? '',
      at: now,
      seconds: linkTtl,
    });
    return {
      url: link.href,
      expires_at: new Date((Math.floor(now.getTime() / second) + linkTtl) * second).toISOString(),
    };
  };
  return {
    to: (object, now) => sign({ method: 'GET', url: urlOf(object) }, now),
    downloadOf: (object, now) => {
      const url = urlOf(object);
      url.searchParams.set('response-content-disposition', attachment(object.name));
      return sign({ method: 'GET', url }, now);
    },
    uploadTo: async ({ type, size, ...object }, now) => {
      // Amazon S3 User Guide, "Conditional writes": a second upload is answered with 412.
      const headers = { 'Content-Type': type, 'Content-Length': String(size), 'If-None-Match': '*' };
      return { method: 'PUT', ...(await sign({ method: 'PUT', url: urlOf(object), headers }, now)), headers };
    },
  };
}

/** Characters of a quoted file name that need no care (RFC 6266 §4.3, Appendix D). */
const unsafe = /[^\x20-\x7e]|["\\%;/]/gu;

/** RFC 8187 §3.2.1: what `encodeURIComponent` leaves and an extended value may not contain. */
const extended = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);

/** `Content-Disposition` of a download (RFC 6266): the name in ASCII, and as it is for clients that know RFC 8187. */
export const attachment = (name: string): string =>
  `attachment; filename="${name.replaceAll(unsafe, '_')}"; filename*=UTF-8''${extended(name)}`;

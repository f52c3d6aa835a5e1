import { fromEnv } from '@aws-sdk/credential-provider-env';
import { bucketVariable, type Bucket } from '../contract/buckets.ts';
import { presign } from './presign.ts';

/** By a link whoever holds it reads an object, until it is over; `expires_at`: ISO 8601. */
type Link = { readonly url: string; readonly expires_at: string };

export type Links<B extends Bucket = Bucket> = {
  readonly to: (object: { readonly bucket: B & Bucket; readonly key: string }, now: Date) => Promise<Link>;
};

/**
 * Seconds. Temporary credentials that end sooner end their links (Amazon S3 User Guide, "Download and upload objects
 * with presigned URLs").
 */
const linkLife = 900;

/**
 * The regional endpoint, or the one that clients of AWS are told (AWS SDKs and Tools Reference Guide, "Service-specific
 * endpoints").
 */
function addressOf(
  bucket: string,
  key: string,
  { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }: NodeJS.ProcessEnv,
): URL {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return new URL(
    endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com/${path}` : `${endpoint}/${bucket}/${path}`,
  );
}

/** Links to the buckets that the function's environment names, as its role. */
export function linksFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Links {
  const credentialsOf = fromEnv();
  return {
    to: async ({ bucket, key }, now) => {
      const url = addressOf(environment[bucketVariable(bucket)] ?? '', key, environment);
      const link = await presign(
        { method: 'GET', url },
        { credentials: await credentialsOf(), region: environment['AWS_REGION'] ?? '', at: now, seconds: linkLife },
      );
      return {
        url: link.href,
        expires_at: new Date(Math.floor(now.getTime() / 1_000) * 1_000 + linkLife * 1_000).toISOString(),
      };
    },
  };
}

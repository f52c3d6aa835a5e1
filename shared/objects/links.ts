import { fromEnv } from '@aws-sdk/credential-provider-env';
import { bucketVariable, type Bucket } from '../contract/buckets.ts';
import { second } from '../schema/time.ts';
import { presign } from './presign.ts';

/** A link that reads an object without a credential until `expires_at` (ISO 8601). */
type Link = { readonly url: string; readonly expires_at: string };

export type Links<B extends Bucket = Bucket> = {
  readonly to: (object: { readonly bucket: B & Bucket; readonly key: string }, now: Date) => Promise<Link>;
};

/**
 * Seconds. A link ends earlier if the credentials that signed it end earlier (Amazon S3 User Guide, "Download and
 * upload objects with presigned URLs").
 */
const linkTtl = 900;

/** The object's URL at the regional endpoint, or at `AWS_ENDPOINT_URL` (AWS SDKs and Tools Reference Guide). */
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

/** Links to the buckets in the environment, signed with the function's role. */
export function linksFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Links {
  const credentialsOf = fromEnv();
  return {
    to: async ({ bucket, key }, now) => {
      const url = addressOf(environment[bucketVariable(bucket)] ?? '', key, environment);
      const link = await presign(
        { method: 'GET', url },
        { credentials: await credentialsOf(), region: environment['AWS_REGION'] ?? '', at: now, seconds: linkTtl },
      );
      return {
        url: link.href,
        expires_at: new Date((Math.floor(now.getTime() / second) + linkTtl) * second).toISOString(),
      };
    },
  };
}

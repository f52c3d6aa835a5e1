/** The S3 buckets of the platform: for what is too large for the table or is downloaded by a link. */
export const buckets = ['exports'] as const;

export type Bucket = (typeof buckets)[number];

/** The environment variable with the name of a bucket. */
export const bucketVariable = (bucket: Bucket): string => `BUCKET_${bucket.toUpperCase().replaceAll('-', '_')}`;

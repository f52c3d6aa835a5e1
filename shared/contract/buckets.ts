/** The buckets of the platform: what is too large for the table, or is fetched by a link. */
export const buckets = ['exports'] as const;

export type Bucket = (typeof buckets)[number];

/** Name of the environment variable that holds a bucket's name. */
export const bucketVariable = (bucket: Bucket): string => `BUCKET_${bucket.toUpperCase().replaceAll('-', '_')}`;

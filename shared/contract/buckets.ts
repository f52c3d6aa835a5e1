/**
 * The S3 buckets of the platform: for what is too large for the table or is downloaded by a link. `files` and
 * `voicemail` are uploaded to by clients. `email` has the content of e-mails until they are sent. `archives` has
 * Object Lock (shared/archive/README.md). `speech` has texts that were said, for a month.
 */
export const buckets = ['archives', 'email', 'exports', 'files', 'speech', 'voicemail'] as const;

/**
 * The buckets whose objects have versions: what is deleted there can be had again for a while, as rows of the table
 * can. Objects of the others are made again, or live for days only.
 */
export const versionedBuckets: readonly Bucket[] = ['archives', 'files', 'voicemail'];

export type Bucket = (typeof buckets)[number];

/** The environment variable with the name of a bucket. */
export const bucketVariable = (bucket: Bucket): string => `BUCKET_${bucket.toUpperCase().replaceAll('-', '_')}`;

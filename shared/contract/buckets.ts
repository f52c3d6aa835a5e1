/**
 * The S3 buckets of the platform: for what is too large for the table or is downloaded by a link. `files` and
 * `voicemail` are uploaded to by clients. `email` has the content of e-mails until they are sent. `archives` has
 * versions and Object Lock (shared/archive/README.md). `speech` has texts that were said, for a month.
 */
export const buckets = ['archives', 'email', 'exports', 'files', 'speech', 'voicemail'] as const;

export type Bucket = (typeof buckets)[number];

/** The environment variable with the name of a bucket. */
export const bucketVariable = (bucket: Bucket): string => `BUCKET_${bucket.toUpperCase().replaceAll('-', '_')}`;

import * as z from 'zod';

/**
 * The messages of S3 about new objects in a bucket, for a consumer that declares `uploads`. They come at least once, in
 * any order.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
const ObjectsCreated = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal('aws:s3').describe('The service'),
        s3: z
          .object({
            bucket: z.object({ name: z.string().describe('Name of the bucket') }).optional(),
            object: z.object({ key: z.string().min(1).describe('Key of the object, encoded as in a form') }),
          })
          .describe('The object'),
      }),
    )
    .min(1)
    .describe('The new objects'),
});

/** S3 sends it once, when the notification is set up. */
const TestEvent = z.object({
  Service: z.literal('Amazon S3').describe('The service'),
  Event: z.literal('s3:TestEvent').describe('The event'),
});

export const BucketNotification = z.union([ObjectsCreated, TestEvent]);
export type BucketNotification = z.output<typeof BucketNotification>;

/** The keys of the objects that a notification names. */
export const createdKeys = (notification: BucketNotification): readonly string[] =>
  'Records' in notification
    ? notification.Records.map(({ s3 }) => decodeURIComponent(s3.object.key.replaceAll('+', ' ')))
    : [];

/** The name of the bucket of a body, if it is a notification of one. */
export function notifyingBucket(content: unknown): string | undefined {
  const { data } = ObjectsCreated.safeParse(content);
  return data?.Records[0]?.s3.bucket?.name;
}

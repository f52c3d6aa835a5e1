import type { StoreClient } from './aws-call.ts';
import type { ObjectId } from './object-files.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

type Configuration = { readonly QueueConfigurations?: readonly { readonly Event: string; readonly Queue: string }[] };

/** The queue that a bucket's template notifies, by bucket. @throws LocalCloudError for another form */
function notifiedQueues(resources: readonly CloudResource[]): ReadonlyMap<string, string> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::S3::Bucket')
      .flatMap(({ name, logicalId, properties }): [string, string][] => {
        const configuration = properties['NotificationConfiguration'] as Configuration | undefined;
        if (configuration === undefined) return [];
        const { QueueConfigurations: [queue, ...more] = [], ...others } = configuration;
        if (queue?.Event !== 's3:ObjectCreated:*' || more.length > 0 || Object.keys(others).length > 0)
          throw new LocalCloudError(`${logicalId} has notifications of a form that the local cloud does not know.`);
        return [[name, queue.Queue.split(':').at(-1) ?? '']];
      }),
  );
}

/** Keys are encoded as in a form. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

let sequence = 0;

/**
 * Notifies the queue of a bucket of a new object, if the template names one.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function objectNotifications(resources: readonly CloudResource[], client: StoreClient) {
  const queues = notifiedQueues(resources);
  return async (object: ObjectId & { readonly size?: number; readonly etag?: string }): Promise<void> => {
    const { bucket, key, size, etag } = object;
    const queue = queues.get(bucket);
    if (queue === undefined) return;
    const record = {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: pseudoParameters['AWS::Region'],
      eventTime: new Date().toISOString(),
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
        object: {
          key: encoded(key),
          size,
          eTag: etag?.replaceAll('"', ''),
          sequencer: `${Date.now().toString(16)}${(sequence += 1).toString(16).padStart(4, '0')}`,
        },
      },
    };
    await client('AmazonSQS.SendMessage', { QueueUrl: queue, MessageBody: JSON.stringify({ Records: [record] }) });
  };
}

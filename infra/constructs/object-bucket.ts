import { aws_iam as iam, aws_s3 as s3, Duration, Stack, Token, Validations, type RemovalPolicy } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { versionedBuckets, type Bucket } from '#contract/buckets.ts';
import { smsSearchFolder } from '#schema/object-key.ts';
import { bucketName, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { publicUrlIn } from './public-url.ts';

/** Time after which objects expire: of a bucket, or of a folder of it. S3 takes the earlier one. */
type Expiration = { readonly prefix?: string; readonly expiration: Duration };

/**
 * The objects of a bucket that expire: first all of it, then folders. The other buckets have objects that records name.
 */
const expirations: Readonly<Partial<Record<Bucket, readonly Expiration[]>>> = {
  // Longer than an e-mail is tried, so that only what is left over expires.
  email: [{ expiration: Duration.days(7) }],
  // A text is said again when it is needed after that.
  speech: [{ expiration: Duration.days(30) }],
  exports: [{ expiration: Duration.days(7) }, { prefix: `${smsSearchFolder}/`, expiration: Duration.days(1) }],
};

/** Classes that an archive is moved to after it was read back (infra/README.md, "Archives"). */
const movedClasses = { DEEP_ARCHIVE: s3.StorageClass.DEEP_ARCHIVE } as const;

/**
 * Days for which a version that was replaced or deleted is stored: what the table had at any second to which it can be
 * restored (point-in-time recovery) names objects that are there.
 */
export const versionDays = 35;

/** A bucket with versions: no write replaces one, and a deletion hides them until they expire. */
const versionedBucket = (rule: s3.LifecycleRule, days = versionDays) => ({
  versioned: true,
  lifecycleRules: [
    { ...rule, noncurrentVersionExpiration: Duration.days(days) },
    // S3 permits neither with the other (Amazon S3 User Guide, "Lifecycle configuration elements").
    { expiredObjectDeleteMarker: true },
  ],
});

/**
 * The bucket of the archives: a locked version cannot be removed before its lock ends. What a repeated turn or a
 * revision superseded is removed 30 days after, or at the end of its lock.
 */
const lockedBucket = (rule: s3.LifecycleRule): Partial<s3.BucketProps> => ({
  ...versionedBucket(rule),
  objectLockEnabled: true,
  lifecycleRules: [
    ...versionedBucket(rule, 30).lifecycleRules,
    ...Object.entries(movedClasses).map(([name, storageClass]) => ({
      tagFilters: { 'storage-class': name },
      transitions: [{ storageClass, transitionAfter: Duration.days(1) }],
    })),
  ],
});

/** Buckets that browsers upload to and download from, by links. */
const browsed: readonly Bucket[] = ['files', 'voicemail'];

type BucketProps = {
  readonly settings: Settings;
  readonly names: Names;
  readonly removalPolicy: RemovalPolicy;
  /** The queue that is notified of new objects. */
  readonly notified: Queue | undefined;
};

/** The URL that AWS generates is known when the stack is created, and has no path. */
const originOf = (url: string): string => (Token.isUnresolved(url) ? url : new URL(url).origin);

/** Pages of the configured origins, and the console, may use the links. */
const corsOf = (name: Bucket, { corsOrigins }: Settings, publicUrl: string): s3.CorsRule[] =>
  browsed.includes(name)
    ? [
        {
          allowedMethods: [s3.HttpMethods.GET, s3.HttpMethods.PUT],
          allowedOrigins: [...new Set([publicUrl, ...corsOrigins])],
          // The headers that an upload's link names.
          allowedHeaders: ['content-type', 'content-length', 'if-none-match'],
        },
      ]
    : [];

/** A private bucket whose objects are read and written by functions and by the links that they sign. */
export function addBucket(scope: Construct, name: Bucket, props: BucketProps): void {
  const { settings, names, removalPolicy, notified } = props;
  const cors = corsOf(name, settings, originOf(publicUrlIn(scope, settings, names)));
  const [whole = {}, ...folders] = expirations[name] ?? [];
  const physicalName = bucketName(Stack.of(scope), names.bucket(name));
  const rule = { ...whole, abortIncompleteMultipartUploadAfter: Duration.days(1) };
  const { bucketSuffix: suffix } = settings;
  // Another name is another resource, beside the one before, of which CloudFormation lets go.
  const id = suffix === undefined || !versionedBuckets.includes(name) ? `${name}-bucket` : `${name}-bucket-${suffix}`;
  const bucket = new s3.Bucket(scope, id, {
    bucketName: physicalName,
    encryption: s3.BucketEncryption.KMS_MANAGED,
    // S3 asks KMS once in a while instead of for each object.
    bucketKeyEnabled: true,
    enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [rule, ...folders],
    ...(versionedBuckets.includes(name) ? versionedBucket(rule) : {}),
    ...(name === 'archives' ? lockedBucket(rule) : {}),
    ...(cors.length === 0 ? {} : { cors }),
    removalPolicy,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      name === 'exports'
        ? 'The event log records every export; files expire after days, and their links after minutes'
        : 'The event log records every change; links expire after minutes',
  });
  if (name === 'archives' && settings.ephemeral) denyCompliance(bucket);
  if (notified !== undefined) notify(bucket, physicalName, notified);
}

/** A bucket with a lock in compliance mode cannot be deleted before the lock ends, and that of such a stage must be. */
function denyCompliance(bucket: s3.Bucket): void {
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:PutObject', 's3:PutObjectRetention'],
      resources: [bucket.arnForObjects('*')],
      conditions: { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } },
    }),
  );
}

/**
 * Notifies a queue of new objects. The library's own notifications are set up by a custom resource, which
 * CloudFormation does not need: it creates the bucket after the queue's policy, which S3 checks.
 */
function notify(bucket: s3.Bucket, name: string, queue: Queue): void {
  const stack = Stack.of(bucket);
  const source = stack.formatArn({ service: 's3', region: '', account: '', resource: name });
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // Not the bucket's attribute: it would need the policy, which the bucket needs.
      conditions: {
        ArnEquals: { 'aws:SourceArn': source },
        StringEquals: { 'aws:SourceAccount': stack.account },
      },
    }),
  );
  const declared = bucket.node.defaultChild;
  if (!(declared instanceof s3.CfnBucket)) throw new TypeError('A bucket must declare itself');
  declared.notificationConfiguration = {
    queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: queue.queueArn }],
  };
  const policy = queue.node.tryFindChild('Policy');
  if (policy !== undefined) bucket.node.addDependency(policy);
}

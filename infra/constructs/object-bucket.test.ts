import type { Bucket } from '#contract/buckets.ts';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { namesFor } from '../names.ts';
import { settingsFrom } from '../settings.ts';
import { addBucket, versionDays } from './object-bucket.ts';

function templateOf(context: Readonly<Record<string, string>>, name: Bucket = 'archives'): Template {
  // The built-in validation takes two seconds for warnings.
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false, context });
  const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
  addBucket(stack, name, {
    settings: settingsFrom(app.node),
    names: namesFor('test'),
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    notified: undefined,
  });
  return Template.fromStack(stack);
}

test('the bucket of the archives has versions and Object Lock, and moves what has the tag of a class', () => {
  templateOf({}).hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockEnabled: true,
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: {
      Rules: Match.arrayWith([
        Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
        Match.objectLike({
          TagFilters: [{ Key: 'storage-class', Value: 'DEEP_ARCHIVE' }],
          Transitions: [{ StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 1 }],
        }),
      ]),
    },
  });
});

test('what is deleted stays as long as the table can be restored, and what only says so goes with it', () => {
  const Rules = [
    Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: versionDays } }),
    Match.objectLike({ ExpiredObjectDeleteMarker: true }),
  ];
  templateOf({}, 'voicemail').hasResourceProperties('AWS::S3::Bucket', {
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: { Rules },
  });
  templateOf({}, 'email').hasResourceProperties('AWS::S3::Bucket', { VersioningConfiguration: Match.absent() });
});

test.each([
  ['false', 0],
  ['true', 1],
])('a stage that is deleted with its data (%s) denies locks that no one could remove', (ephemeral, denials) => {
  const policies = templateOf({ ephemeral }).findResources('AWS::S3::BucketPolicy', {
    Properties: {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: ['s3:PutObject', 's3:PutObjectRetention'],
            Condition: { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } },
          }),
        ]),
      },
    },
  });
  expect(Object.keys(policies)).toHaveLength(denials);
});

test('S3 asks KMS by a key of the bucket, not for each object', () => {
  templateOf({}).hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
      ],
    },
  });
});

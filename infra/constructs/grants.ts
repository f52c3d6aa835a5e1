import { aws_iam as iam, type Stack } from 'aws-cdk-lib';
import type { Bucket } from '#contract/buckets.ts';
import type { Effect } from '#contract/effects.ts';
import type { Entity, Index } from '#contract/entities.ts';
import type { Queue } from '#contract/queues.ts';
import { configurationSetOf, trackings } from '#mail/tracking.ts';
import { identityTag } from '#schema/domain.ts';
import {
  bucketName,
  configurationSetArn,
  functionArn,
  identityArn,
  queueArn,
  secretArn,
  tableArn,
  type Names,
} from '../names.ts';

/**
 * The policy of a function, derived from its effects: each action on each resource that an effect needs, and only
 * partitions of the named entities in the table.
 */
export function grantsFor(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  return [
    ...tableGrants(stack, names, effects),
    ...queueGrants(stack, names, effects),
    ...objectGrants(stack, names, effects),
    ...secretGrants(stack, names, effects),
    ...identityGrants(stack, effects),
    ...invokeGrants(stack, names, effects),
  ];
}

const readActions = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'];
const writeActions = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];

const sorted = <T extends string>(of: Iterable<T>): T[] => [...new Set(of)].sort();

function tableGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const table = tableArn(stack, names);
  const written = sorted(
    effects.flatMap((effect): Entity[] =>
      effect.kind === 'writes' ? [effect.entity] : effect.kind === 'records' ? ['event'] : [],
    ),
  );
  const removed = sorted(effects.flatMap((effect) => (effect.kind === 'removes' ? [effect.entity] : [])));
  const read = sorted(
    effects.flatMap((effect) => (effect.kind === 'reads' ? [effect.entity] : [])).concat(written, removed),
  );
  const indexed = (index: Index): Entity[] =>
    sorted(
      effects.flatMap((effect): Entity[] => (effect.kind === 'reads' && effect.index === index ? [effect.entity] : [])),
    );
  const statements = [
    { actions: readActions, resource: table, entities: read },
    { actions: writeActions, resource: table, entities: written },
    { actions: ['dynamodb:DeleteItem'], resource: table, entities: removed },
    { actions: ['dynamodb:Query'], resource: `${table}/index/GSI1`, entities: indexed('GSI1') },
    { actions: ['dynamodb:Query'], resource: `${table}/index/GSI2`, entities: indexed('GSI2') },
  ];
  return statements
    .filter(({ entities }) => entities.length > 0)
    .map(
      ({ actions, resource, entities }) =>
        new iam.PolicyStatement({
          actions,
          resources: [resource],
          conditions: {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': entities.map((entity) => `${entity}#*`) },
            // ForAllValues is true when the key is absent, as it is for Scan (IAM User Guide, "Multivalued context
            // keys").
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
        }),
    );
}

function queueGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const queuesOf = (kind: 'sends' | 'measures'): Queue[] =>
    sorted(effects.flatMap((effect) => (effect.kind === kind ? [effect.queue] : [])));
  const statements = [
    { actions: ['sqs:SendMessage'], queues: queuesOf('sends') },
    { actions: ['sqs:GetQueueAttributes'], queues: queuesOf('measures') },
  ];
  return statements
    .filter(({ queues }) => queues.length > 0)
    .map(
      ({ actions, queues }) =>
        new iam.PolicyStatement({ actions, resources: queues.map((queue) => queueArn(stack, names.queue(queue))) }),
    );
}

/** A link has the permissions of the role that signed it. */
const objectActions = {
  links: ['s3:GetObject'],
  uploads: ['s3:PutObject'],
  reads: ['s3:GetObject'],
  adds: ['s3:AbortMultipartUpload'],
  keeps: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
  // A write that locks or tags needs more than the write (Service Authorization Reference, "Amazon S3"). No effect
  // grants `s3:BypassGovernanceRetention`.
  locks: ['s3:GetObject', 's3:PutObject', 's3:PutObjectRetention', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
  expires: ['s3:DeleteObjectVersion'],
} as const;

/** Keys begin with the organization (shared/schema/object-key.ts). */
export const objectPatternOf = ({ folder }: Pick<ObjectEffect, 'folder'>): string =>
  folder === undefined ? '*' : `org_*/${folder}/*`;

/**
 * An object is put only if its key has none: the request that makes it must say so. Requests that begin an upload, and
 * those of its parts, make none (Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets").
 */
const newObjects = [{ Null: { 's3:if-none-match': 'false' } }, { Bool: { 's3:ObjectCreationOperation': 'false' } }];

export type ObjectEffect = Extract<Effect, { readonly kind: 'objects' }>;

function objectGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const named = effects.filter((effect) => effect.kind === 'objects');
  const arnOf = (bucket: Bucket): string =>
    stack.formatArn({ service: 's3', region: '', account: '', resource: bucketName(stack, names.bucket(bucket)) });
  const accesses = ['links', 'uploads', 'reads', 'adds', 'keeps', 'locks', 'expires'] as const;
  const resourcesOf = (wanted: ObjectEffect['access']): string[] =>
    sorted(
      named.filter(({ access }) => access === wanted).map((each) => `${arnOf(each.bucket)}/${objectPatternOf(each)}`),
    );
  return [
    ...accesses.flatMap((access) =>
      resourcesOf(access).flatMap((resource) => [
        new iam.PolicyStatement({ actions: [...objectActions[access]], resources: [resource] }),
        ...(access === 'adds' ? newObjects : []).map(
          (conditions) => new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [resource], conditions }),
        ),
      ]),
    ),
    // Listing is an action on the bucket.
    ...sorted(named.filter(({ access }) => access === 'expires').map(({ bucket }) => bucket)).map(
      (bucket) => new iam.PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [arnOf(bucket)] }),
    ),
  ];
}

/**
 * Raw messages need another action than the operation's name (SES Developer Guide, "Identity and access management").
 * Domains of organizations come and go, so that the address of their e-mails has no condition.
 */
export function mailGrants(
  stack: Stack,
  names: Names,
  effects: readonly Effect[],
  platform: string,
): iam.PolicyStatement[] {
  const senders = new Set(effects.flatMap((effect) => (effect.kind === 'mails' ? [effect.sender] : [])));
  if (senders.size === 0) return [];
  return [
    new iam.PolicyStatement({
      actions: ['ses:SendEmail', 'ses:SendRawEmail'],
      resources: [
        identityArn(stack),
        ...trackings.map((each) => configurationSetArn(stack, configurationSetOf(names.configurationSets, each))),
      ],
      ...(senders.has('domain') ? {} : { conditions: { StringEquals: { 'ses:FromAddress': platform } } }),
    }),
  ];
}

/**
 * Any sender of the account: organizations send from their own numbers and sender ids (Service Authorization Reference,
 * "AWS End User Messaging SMS and Voice V2").
 */
const textArns = (stack: Stack): string[] =>
  ['phone-number', 'sender-id'].map((resource) =>
    stack.formatArn({ service: 'sms-voice', resource, resourceName: '*' }),
  );

/** Phone numbers have no ARN: what is no topic is one (Amazon SNS Developer Guide, "Using identity-based policies"). */
const phoneNumbers = (stack: Stack) => ({
  actions: ['sns:Publish'],
  notResources: [`arn:${stack.partition}:sns:*:*:*`],
});

/** What sending SMS by a provider needs. */
export function textGrants(
  stack: Stack,
  effects: readonly Effect[],
  provider: 'off' | 'eum' | 'sns',
): iam.PolicyStatement[] {
  if (!effects.some(({ kind }) => kind === 'texts')) return [];
  const granted =
    provider === 'sns' ? phoneNumbers(stack) : { actions: ['sms-voice:SendTextMessage'], resources: textArns(stack) };
  return [new iam.PolicyStatement(granted)];
}

/** Saying a text has no resource (Service Authorization Reference, "Amazon Polly"). */
export const speechGrants = (effects: readonly Effect[], provider: 'polly' | 'none'): iam.PolicyStatement[] =>
  provider === 'polly' && effects.some(({ kind }) => kind === 'speaks')
    ? [new iam.PolicyStatement({ actions: ['polly:SynthesizeSpeech'], resources: ['*'] })]
    : [];

/**
 * Domains of organizations have names that only they know, so the resource is any identity. Only those with the tag of
 * the platform can be deleted (Service Authorization Reference, "Amazon Simple Email Service v2").
 */
const identityGrants = (stack: Stack, effects: readonly Effect[]): iam.PolicyStatement[] =>
  effects.some(({ kind }) => kind === 'identities')
    ? [
        new iam.PolicyStatement({
          actions: [
            'ses:CreateEmailIdentity',
            'ses:GetEmailIdentity',
            // Identities are made with a tag.
            'ses:TagResource',
          ],
          resources: [identityArn(stack)],
        }),
        new iam.PolicyStatement({
          actions: ['ses:DeleteEmailIdentity'],
          resources: [identityArn(stack)],
          conditions: { Null: { [`aws:ResourceTag/${identityTag}`]: 'false' } },
        }),
      ]
    : [];

function invokeGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const invoked = sorted(effects.flatMap((effect) => (effect.kind === 'invokes' ? [effect.function] : [])));
  return invoked.map(
    (name) =>
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [functionArn(stack, names.function(name))],
      }),
  );
}

function secretGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const named = effects.flatMap((effect) => (effect.kind === 'secret' ? [effect] : []));
  return sorted(named.map(({ secret }) => secret)).map(
    (secret) =>
      new iam.PolicyStatement({
        actions: [
          'secretsmanager:GetSecretValue',
          ...(named.some((each) => each.secret === secret && each.access === 'rotates')
            ? ['secretsmanager:PutSecretValue']
            : []),
        ],
        resources: [secretArn(stack, names.secret(secret))],
      }),
  );
}

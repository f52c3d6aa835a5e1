import { aws_iam as iam, type Stack } from 'aws-cdk-lib';
import type { Bucket } from '../../shared/contract/buckets.ts';
import type { Effect } from '../../shared/contract/effects.ts';
import type { Entity, Index } from '../../shared/contract/entities.ts';
import type { Queue } from '../../shared/contract/queues.ts';
import { bucketName, identityArn, queueArn, secretArn, tableArn, type Names } from '../names.ts';

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
  const read = sorted(
    effects.flatMap((effect): Entity[] => (effect.kind === 'reads' ? [effect.entity] : [])).concat(written),
  );
  const indexed = (index: Index): Entity[] =>
    sorted(
      effects.flatMap((effect): Entity[] => (effect.kind === 'reads' && effect.index === index ? [effect.entity] : [])),
    );
  const statements = [
    { actions: readActions, resource: table, entities: read },
    { actions: writeActions, resource: table, entities: written },
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
  keeps: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
} as const;

function objectGrants(stack: Stack, names: Names, effects: readonly Effect[]): iam.PolicyStatement[] {
  const bucketsOf = (wanted: keyof typeof objectActions): Bucket[] =>
    sorted(effects.flatMap((effect) => (effect.kind === 'objects' && effect.access === wanted ? [effect.bucket] : [])));
  const arnOf = (bucket: Bucket): string =>
    stack.formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: bucketName(stack, names.bucket(bucket)),
      resourceName: '*',
    });
  return (['links', 'keeps'] as const).flatMap((access) =>
    bucketsOf(access).map(
      (bucket) => new iam.PolicyStatement({ actions: [...objectActions[access]], resources: [arnOf(bucket)] }),
    ),
  );
}

/**
 * Raw messages need another action than the operation's name (SES Developer Guide, "Identity and access management").
 */
export const mailGrants = (stack: Stack, effects: readonly Effect[], sender: string): iam.PolicyStatement[] =>
  effects.some(({ kind }) => kind === 'mails')
    ? [
        new iam.PolicyStatement({
          actions: ['ses:SendEmail', 'ses:SendRawEmail'],
          resources: [identityArn(stack)],
          conditions: { StringEquals: { 'ses:FromAddress': sender } },
        }),
      ]
    : [];

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

import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { versionedBuckets, type Bucket } from '#contract/buckets.ts';
import type { SecretName } from '#contract/effects.ts';
import type { Queue } from '#contract/queues.ts';

/**
 * Physical names, fixed per stage. Stacks refer to each other by them, as exports would lock what they export
 * (infra/README.md, "Decisions").
 */
export type Names = {
  readonly table: string;
  readonly function: (contract: string) => string;
  /** Log groups of a function, and of the API's requests. */
  readonly logs: (contract: string) => string;
  readonly accessLog: string;
  readonly queue: (queue: Queue) => string;
  readonly deadLetters: (queue: Queue) => string;
  /** Without the suffix of account and region. */
  readonly bucket: (bucket: Bucket) => string;
  readonly secret: (secret: SecretName) => string;
  /** What the names of SES's configuration sets begin with. */
  readonly configurationSets: string;
  /** A topic of SNS. */
  readonly topic: (name: string) => string;
  /** A parameter of Systems Manager, through which one stack passes a value to another. */
  readonly parameter: (name: string) => string;
};

/** The names of restored data, where they are not those of the stage (infra/RUNBOOK.md, "Restore"). */
export type RestoredNames = {
  readonly tableName?: string | undefined;
  /** What the names of the buckets with versions end with. */
  readonly bucketSuffix?: string | undefined;
};

export const namesFor = (stage: string, { tableName, bucketSuffix }: RestoredNames = {}): Names => {
  const name = (part: string): string => `trunkline-${stage}-${part}`;
  return {
    table: tableName ?? name('table'),
    function: name,
    logs: (contract) => `/aws/lambda/${name(contract)}`,
    accessLog: `/aws/apigateway/${name('api')}`,
    queue: name,
    deadLetters: (queue) => name(`${queue}-dlq`),
    bucket: (bucket) =>
      name(bucketSuffix !== undefined && versionedBuckets.includes(bucket) ? `${bucket}-${bucketSuffix}` : bucket),
    configurationSets: name('email'),
    topic: name,
    secret: (secret) => `trunkline/${stage}/${secret}`,
    parameter: (parameter) => `/trunkline/${stage}/${parameter}`,
  };
};

/** Name of a stack of a stage. */
export const stackName = (stage: string, part: string): string => `Trunkline-${stage}-${part}`;

/** The alias through which a function with provisioned concurrency is called. */
export const liveAlias = 'live';

export const tableArn = (stack: Stack, names: Names): string =>
  stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: names.table });
export const queueArn = (stack: Stack, name: string): string => stack.formatArn({ service: 'sqs', resource: name });
export const queueUrl = (stack: Stack, name: string): string =>
  `https://sqs.${stack.region}.${stack.urlSuffix}/${stack.account}/${name}`;
/** Bucket names are unique over all accounts and have at most 63 characters. */
export const bucketName = (stack: Stack, name: string): string => `${name}-${stack.account}-${stack.region}`;
export const functionArn = (stack: Stack, name: string): string =>
  stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
/** Any identity of SES: the sender's address, its domain or a parent domain. */
export const identityArn = (stack: Stack): string =>
  stack.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' });
/** A configuration set of SES. */
export const configurationSetArn = (stack: Stack, name: string): string =>
  stack.formatArn({ service: 'ses', resource: 'configuration-set', resourceName: name });
/** Secrets Manager appends six characters of its own. */
export const secretArn = (stack: Stack, name: string): string =>
  Arn.format(
    {
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${name}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    stack,
  );

import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import type { Bucket } from '../shared/contract/buckets.ts';
import type { SecretName } from '../shared/contract/effects.ts';
import type { Queue } from '../shared/contract/queues.ts';

/**
 * Physical names, fixed per stage: stacks refer to each other by them, since exports between stacks
 * lock what they export (architecture.md, "CDK").
 */
export type Names = {
  readonly table: string;
  readonly function: (contract: string) => string;
  /** Log groups: of a function, and of the API's requests. */
  readonly logs: (contract: string) => string;
  readonly accessLog: string;
  readonly queue: (queue: Queue) => string;
  readonly deadLetters: (queue: Queue) => string;
  /** Without what tells it from those of other accounts and regions. */
  readonly bucket: (bucket: Bucket) => string;
  readonly secret: (secret: SecretName) => string;
  /** Of Systems Manager: what one stack tells another. */
  readonly parameter: (name: string) => string;
};

export const namesFor = (stage: string): Names => {
  const name = (part: string): string => `trunkline-${stage}-${part}`;
  return {
    table: name('table'),
    function: name,
    logs: (contract) => `/aws/lambda/${name(contract)}`,
    accessLog: `/aws/apigateway/${name('api')}`,
    queue: name,
    deadLetters: (queue) => name(`${queue}-dlq`),
    bucket: name,
    secret: (secret) => `trunkline/${stage}/${secret}`,
    parameter: (parameter) => `/trunkline/${stage}/${parameter}`,
  };
};

/** The alias behind which a provisioned function is called. */
export const liveAlias = 'live';

export const tableArn = (stack: Stack, names: Names): string =>
  stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: names.table });
export const queueArn = (stack: Stack, name: string): string => stack.formatArn({ service: 'sqs', resource: name });
export const queueUrl = (stack: Stack, name: string): string =>
  `https://sqs.${stack.region}.${stack.urlSuffix}/${stack.account}/${name}`;
/** Buckets of all accounts share their names, of at most 63 characters. */
export const bucketName = (stack: Stack, name: string): string => `${name}-${stack.account}-${stack.region}`;
export const functionArn = (stack: Stack, name: string): string =>
  stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
/** Of SES: the identity may be the sender's address, its domain or one above. */
export const identityArn = (stack: Stack): string =>
  stack.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' });
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

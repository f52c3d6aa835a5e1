import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '#aws/sha256.ts';
import type { Credentials } from './aws-call.ts';
import { startAwsEndpoint, type AwsEndpoint, type AwsEndpointOptions } from './aws-endpoint.ts';
import {
  createTable,
  describe,
  isTable,
  startTableStore,
  type TableStore,
  type TableStoreOptions,
} from './dynamodb.ts';
import type { CloudResource } from '../templates/resource.ts';

/**
 * Templates of a small platform for tests of the stores: one table, two queues, a topic, secrets, two functions.
 */

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

export const tableArn = arn('dynamodb', 'table/toy-table');
export const queueArn = arn('sqs', 'toy-orders');
export const deadQueueArn = arn('sqs', 'toy-orders-dead');
export const topicArn = arn('sns', 'toy-news');
export const filesArn = 'arn:aws:s3:::toy-files';
export const secretArn = arn('secretsmanager', 'secret:toy-keys-local0');

const resource = (
  type: string,
  name: string,
  resourceArn: string,
  properties: Record<string, unknown>,
): CloudResource => ({
  stack: 'Toy',
  logicalId: name.replaceAll('-', ''),
  type,
  name,
  arn: resourceArn,
  properties,
});

/** A statement of a queue's policy: a service sends on behalf of a topic or a bucket. */
const letSend = (Service: string, source: string) => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: 'sqs:SendMessage',
  Resource: queueArn,
  Condition: { ArnEquals: { 'aws:SourceArn': source } },
});

const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });

export const table = resource('AWS::DynamoDB::Table', 'toy-table', tableArn, {
  TableName: 'toy-table',
  AttributeDefinitions: ['PK', 'SK', 'GSI1PK', 'GSI1SK'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [key('PK', 'HASH'), key('SK', 'RANGE')],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'GSI1',
      KeySchema: [key('GSI1PK', 'HASH'), key('GSI1SK', 'RANGE')],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
});

/** A function that consumes the table's stream; tests add it to the resources when they need it. */
export const streamMapping = resource(
  'AWS::Lambda::EventSourceMapping',
  'toy-feed',
  arn('lambda', 'event-source-mapping:toy-feed'),
  {
    EventSourceArn: `${tableArn}/stream/2026-01-01T00:00:00.000`,
  },
);

export const resources: readonly CloudResource[] = [
  table,
  resource('AWS::SQS::Queue', 'toy-orders-dead', deadQueueArn, {
    QueueName: 'toy-orders-dead',
    MessageRetentionPeriod: 1209600,
  }),
  resource('AWS::SQS::Queue', 'toy-orders', queueArn, {
    QueueName: 'toy-orders',
    VisibilityTimeout: 30,
    ReceiveMessageWaitTimeSeconds: 1,
    RedrivePolicy: { deadLetterTargetArn: deadQueueArn, maxReceiveCount: 2 },
  }),
  resource('AWS::S3::Bucket', 'toy-files', filesArn, { BucketName: 'toy-files' }),
  resource('AWS::SNS::Topic', 'toy-news', topicArn, { TopicName: 'toy-news' }),
  resource('AWS::SNS::Subscription', 'toy-news-orders', `${topicArn}:1`, {
    TopicArn: topicArn,
    Protocol: 'sqs',
    Endpoint: queueArn,
    RawMessageDelivery: true,
  }),
  resource('AWS::SQS::QueuePolicy', 'toy-orders-policy', 'toy-orders-policy', {
    Queues: ['https://sqs.us-east-1.amazonaws.com/000000000000/toy-orders'],
    PolicyDocument: { Statement: [letSend('sns.amazonaws.com', topicArn), letSend('s3.amazonaws.com', filesArn)] },
  }),
  resource('AWS::SecretsManager::Secret', 'toy-keys', secretArn, {
    Name: 'toy-keys',
    GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true },
  }),
  resource('AWS::SecretsManager::Secret', 'toy-admin', arn('secretsmanager', 'secret:toy-admin-local0'), {
    Name: 'toy-admin',
    GenerateSecretString: {
      SecretStringTemplate: '{"username":"admin"}',
      GenerateStringKey: 'password',
      PasswordLength: 24,
      ExcludePunctuation: true,
    },
  }),
  resource('AWS::Lambda::Function', 'toy-trunks', arn('lambda', 'function:toy-trunks'), {}),
  resource('AWS::Lambda::Function', 'toy-idle', arn('lambda', 'function:toy-idle'), {}),
];

const onEntities = (actions: readonly string[], target: string, ...entities: string[]) => ({
  Effect: 'Allow',
  Action: actions.map((action) => `dynamodb:${action}`),
  Resource: target,
  Condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': entities.map((entity) => `${entity}#*`) },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
});

/**
 * `toy-trunks` writes trunks and guards, reads sessions, lists trunks by index, sends orders, publishes news, sends
 * e-mail from one address, writes files but deletes none, and reads its keys.
 */
const policies: Readonly<Record<string, readonly unknown[]>> = {
  'toy-trunks': [
    onEntities(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem'], tableArn, 'trunk', 'guard'),
    onEntities(['GetItem', 'ConditionCheckItem'], tableArn, 'session'),
    onEntities(['Query'], `${tableArn}/index/GSI1`, 'trunk-name'),
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn },
    { Effect: 'Allow', Action: 'sns:Publish', Resource: topicArn },
    {
      Effect: 'Allow',
      Action: ['ses:SendEmail', 'ses:SendRawEmail'],
      Resource: arn('ses', 'identity/*'),
      Condition: { StringEquals: { 'ses:FromAddress': 'no-reply@toys.example' } },
    },
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn('lambda', 'function:toy-idle') },
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::toy-files/*' },
    {
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      Resource: `${secretArn.slice(0, -6)}??????`,
    },
  ],
};

export const optionsFor = (dataDir: string, more: Partial<AwsEndpointOptions> = {}): AwsEndpointOptions => ({
  resources,
  policiesOf: (name) => policies[name] ?? [],
  dataDir,
  invoke: () => Promise.reject(new Error('this endpoint has no functions')),
  announce: () => {},
  ...more,
});

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'trunkline-endpoint-'));

let sharedStore: Promise<TableStore> | undefined;

/**
 * Creates tables in the store that the test files of a worker share, with a file as that of `npm start`; it ends with
 * the worker. `stop` deletes the tables.
 *
 * @throws Error if there is one of the same name: its test has not stopped
 */
export async function sharedTables({ resources: all }: Pick<TableStoreOptions, 'resources'>): Promise<TableStore> {
  sharedStore ??= startTableStore({ resources: [], dataDir: temporaryFolder(), announce: () => {} });
  const store = await sharedStore;
  const tables = all.filter(isTable);
  for (const each of tables) {
    if ((await describe(store.client, each.name)) !== null) throw new Error(`Another endpoint has ${each.name}.`);
    await createTable(store.client, each);
  }
  const stop = async () => {
    for (const { name } of tables) await store.client('DynamoDB_20120810.DeleteTable', { TableName: name });
  };
  return { ...store, stop };
}

/** Starts an endpoint with tables in the store of the worker, for a test that stops it. */
export const startOnSharedStore = (options: AwsEndpointOptions = optionsFor(temporaryFolder())): Promise<AwsEndpoint> =>
  startAwsEndpoint(options, sharedTables);

/** Clients as functions make them, but without retries. */
export function clientsFor(endpoint: AwsEndpoint, credentials: Credentials) {
  const config = { endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  return {
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    secrets: new SecretsManagerClient(config),
    ses: new SESv2Client(config),
  };
}

/** What is sent instead of what was signed. */
export type Changes = { readonly body?: string; readonly headers?: Record<string, string> };

/** Signs a call of the operator with the body `{}` as AWS's clients do, and sends it. */
export async function signedCall(
  { url, operator: credentials }: AwsEndpoint,
  service: string,
  headers: Record<string, string>,
  { body = '{}', headers: changed = {} }: Changes = {},
): Promise<Response> {
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 });
  const { hostname, host } = new URL(url);
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    path: '/',
    headers: { ...headers, host },
    body: '{}',
  });
  return fetch(url, { method: 'POST', headers: { ...signed.headers, ...changed }, body });
}

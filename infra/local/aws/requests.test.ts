import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsCall } from './aws-call.ts';
import { deadQueueArn, queueArn, resources, secretArn, tableArn } from './endpoint-fixture.ts';
import { requestsOf, resourceNames } from './requests.ts';

const names = resourceNames(resources);
const TableName = 'toy-table';

const services: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  secretsmanager: 'secretsmanager',
};
const asked = (target: string, parameters: Record<string, unknown>) =>
  requestsOf(
    new AwsCall(
      {
        'x-amz-target': target,
        authorization: `Credential=key/20260101/us-east-1/${services[target.split('.')[0] ?? '']}/`,
      },
      Buffer.from(JSON.stringify(parameters)),
    ),
    names,
  );
const dynamo = (operation: string, parameters: Record<string, unknown>) =>
  asked(`DynamoDB_20120810.${operation}`, parameters);
const item = (partition: string) => ({ PK: { S: partition }, SK: { S: 's' }, GSI1PK: { S: 'other' } });
const on = (action: string, ...leadingKeys: string[]) => ({
  action: `dynamodb:${action}`,
  resource: tableArn,
  context: { 'dynamodb:LeadingKeys': leadingKeys },
});

describe('DynamoDB', () => {
  test('a single operation is judged by its item', () => {
    for (const operation of ['GetItem', 'UpdateItem', 'DeleteItem']) {
      expect(dynamo(operation, { TableName, Key: item('trunk#1') })).toEqual([on(operation, 'trunk#1')]);
    }
    expect(dynamo('PutItem', { TableName, Item: item('trunk#1') })).toEqual([on('PutItem', 'trunk#1')]);
    expect(dynamo('PutItem', { TableName: tableArn, Item: item('trunk#1') })).toEqual([on('PutItem', 'trunk#1')]);
  });

  const verbs = {
    Put: 'PutItem',
    Update: 'UpdateItem',
    Delete: 'DeleteItem',
    ConditionCheck: 'ConditionCheckItem',
  } as const;
  const write = fc.tuple(fc.constantFrom(...(Object.keys(verbs) as (keyof typeof verbs)[])), fc.string());

  test('a transaction is judged item by item, in its order, each as the single operation', () => {
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 20 }), (writes) => {
        const TransactItems = writes.map(([verb, partition]) => ({
          [verb]: { TableName, [verb === 'Put' ? 'Item' : 'Key']: item(partition) },
        }));
        expect(dynamo('TransactWriteItems', { TransactItems })).toEqual(
          writes.map(([verb, partition]) => on(verbs[verb], partition)),
        );
      }),
    );
  });

  test('a transactional read is judged as GetItem', () => {
    expect(
      dynamo('TransactGetItems', {
        TransactItems: [{ Get: { TableName, Key: item('a#1') } }, { Get: { TableName, Key: item('b#1') } }],
      }),
    ).toEqual([on('GetItem', 'a#1'), on('GetItem', 'b#1')]);
  });

  test('a batch is judged once by all its keys', () => {
    expect(dynamo('BatchGetItem', { RequestItems: { [TableName]: { Keys: [item('a#1'), item('b#1')] } } })).toEqual([
      on('BatchGetItem', 'a#1', 'b#1'),
    ]);
    expect(
      dynamo('BatchWriteItem', {
        RequestItems: { [TableName]: [{ PutRequest: { Item: item('a#1') } }, { DeleteRequest: { Key: item('b#1') } }] },
      }),
    ).toEqual([on('BatchWriteItem', 'a#1', 'b#1')]);
  });

  test.for([
    ['PK = :p', {}],
    ['#p=:p AND begins_with(SK, :s)', { '#p': 'PK' }],
    ['(SK = :s) and (#p = :p)', { '#p': 'PK' }],
  ] as const)('a query is judged by the partition key in %j', ([KeyConditionExpression, ExpressionAttributeNames]) => {
    const query = {
      TableName,
      KeyConditionExpression,
      ExpressionAttributeNames,
      ExpressionAttributeValues: { ':p': { S: 'trunk#1' }, ':s': { S: 'x' } },
    };
    expect(dynamo('Query', query)).toEqual([on('Query', 'trunk#1')]);
  });

  test('a query of an index is judged by the index and its own partition key', () => {
    const query = {
      TableName,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p AND PK = :x',
      ExpressionAttributeValues: { ':p': { S: 'name#1' }, ':x': { S: 'trunk#1' } },
    };
    expect(dynamo('Query', query)).toEqual([{ ...on('Query', 'name#1'), resource: `${tableArn}/index/GSI1` }]);
  });

  test('a scan names no keys', () => {
    expect(dynamo('Scan', { TableName })).toEqual([{ action: 'dynamodb:Scan', resource: tableArn }]);
    expect(dynamo('Scan', { TableName, IndexName: 'GSI1' })).toEqual([
      { action: 'dynamodb:Scan', resource: `${tableArn}/index/GSI1` },
    ]);
  });

  test('a call without a key has an empty one, and an empty transaction is not allowed', () => {
    expect(dynamo('GetItem', { TableName })).toEqual([on('GetItem', '')]);
    expect(dynamo('TransactWriteItems', { TransactItems: [] })).toHaveLength(1);
  });
});

describe('other services', () => {
  test('a queue is identified by the last part of its URL, for any host', () => {
    for (const QueueUrl of [
      'https://sqs.us-east-1.amazonaws.com/000000000000/toy-orders',
      'http://127.0.0.1:1/000000000000/toy-orders',
      'toy-orders',
    ]) {
      expect(asked('AmazonSQS.SendMessage', { QueueUrl })).toEqual([{ action: 'sqs:SendMessage', resource: queueArn }]);
    }
    expect(asked('AmazonSQS.GetQueueUrl', { QueueName: 'toy-orders-dead' })).toEqual([
      { action: 'sqs:GetQueueUrl', resource: deadQueueArn },
    ]);
  });

  test('a batch to a queue is judged as the single operation', () => {
    expect(asked('AmazonSQS.SendMessageBatch', { QueueUrl: 'toy-orders' })).toEqual([
      { action: 'sqs:SendMessage', resource: queueArn },
    ]);
  });

  test('a secret is judged by its ARN, also if it is given by name', () => {
    for (const SecretId of ['toy-keys', secretArn]) {
      expect(asked('secretsmanager.GetSecretValue', { SecretId })).toEqual([
        { action: 'secretsmanager:GetSecretValue', resource: secretArn },
      ]);
    }
  });
});

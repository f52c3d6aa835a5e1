import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presign } from '#objects/presign.ts';
import { Freezer } from './freezer.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { clientsFor, startOnSharedStore } from './endpoint-fixture.ts';

let endpoint: AwsEndpoint;

beforeAll(async () => {
  endpoint = await startOnSharedStore();
});
afterAll(() => endpoint.close());

const keyOf = (id: string) => ({ PK: { S: `trunk#1#${id}` }, SK: { S: 'trunk' } });
const has = async (id: string): Promise<boolean> => {
  const { dynamodb } = clientsFor(endpoint, endpoint.operator);
  return (await dynamodb.send(new GetItemCommand({ TableName: 'toy-table', Key: keyOf(id) }))).Item !== undefined;
};

test('a call of a frozen environment has no effect until its next event, and then its own answer', async () => {
  const freezer = new Freezer();
  const { dynamodb } = clientsFor(endpoint, endpoint.environmentCredentials('toy-trunks', freezer));
  freezer.freeze();
  const late = dynamodb.send(new PutItemCommand({ TableName: 'toy-table', Item: keyOf('late') }));
  // Other environments of the function go on: by their answers, the call of the frozen one has arrived.
  const other = clientsFor(endpoint, endpoint.environmentCredentials('toy-trunks', new Freezer()));
  for (const id of ['one', 'two', 'three']) {
    await other.dynamodb.send(new PutItemCommand({ TableName: 'toy-table', Item: keyOf(id) }));
  }
  expect([await has('three'), await has('late')]).toEqual([true, false]);
  freezer.thaw();
  await late;
  expect(await has('late')).toBe(true);
});

test('a link that a function has signed works while its environment is frozen', async () => {
  const freezer = new Freezer();
  const credentials = endpoint.environmentCredentials('toy-trunks', freezer);
  const { s3 } = clientsFor(endpoint, credentials);
  await s3.send(new PutObjectCommand({ Bucket: 'toy-files', Key: 'a.txt', Body: 'content' }));
  freezer.freeze();
  const link = await presign(
    { method: 'GET', url: new URL(`${endpoint.url}/toy-files/a.txt`) },
    { credentials, region: 'us-east-1', at: new Date(), seconds: 900 },
  );
  expect(await (await fetch(link)).text()).toBe('content');
});

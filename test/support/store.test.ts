import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import {
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { eventually } from './eventually.ts';
import { startStore } from './store.fixture.ts';

const put = ({ client, tableName: TableName }: Store, key: string) =>
  client.send(new PutItemCommand({ TableName, Item: { PK: { S: key }, SK: { S: 'row' } } }));

const keysIn = async ({ client, tableName: TableName }: Store): Promise<unknown> => {
  const { Items } = await client.send(new ScanCommand({ TableName }));
  return Items?.map(({ PK }) => PK?.S);
};

test('two tables of a process share its store, and none has rows of the other', async () => {
  const [one, other] = await Promise.all([startStore(), startStore()]);
  onTestFinished(async () => void (await Promise.all([one.stop(), other.stop()])));
  await Promise.all([put(one.store, 'one'), put(other.store, 'other')]);
  expect(one.url).toBe(other.url);
  expect(await Promise.all([keysIn(one.store), keysIn(other.store)])).toEqual([['one'], ['other']]);
});

test('a stopped table is deleted, and the others stay', async () => {
  const [one, other] = await Promise.all([startStore(), startStore()]);
  onTestFinished(() => other.stop());
  await put(other.store, 'other');
  await one.stop();
  const describe = new DescribeTableCommand({ TableName: one.store.tableName });
  await expect(other.store.client.send(describe)).rejects.toThrow('not found');
  expect(await keysIn(other.store)).toEqual(['other']);
});

test('more calls at once than connections are all answered, also by large answers', async () => {
  const { store, stop } = await startStore();
  onTestFinished(stop);
  const Item = { PK: { S: 'big' }, SK: { S: 'row' }, text: { S: 'ü'.repeat(150_000) } };
  await store.client.send(new PutItemCommand({ TableName: store.tableName, Item }));
  const get = new GetItemCommand({ TableName: store.tableName, Key: { PK: Item.PK, SK: Item.SK } });
  const answers = await Promise.all(Array.from({ length: 120 }, () => store.client.send(get)));
  expect(answers.filter((answer) => answer.Item?.['text']?.S === Item.text.S)).toHaveLength(120);
});

test('a rejection by the store has the class and the reasons of the SDK', async () => {
  const { store, stop } = await startStore();
  onTestFinished(stop);
  await put(store, 'one');
  const Put = {
    TableName: store.tableName,
    Item: { PK: { S: 'one' }, SK: { S: 'row' } },
    ConditionExpression: 'attribute_not_exists(PK)',
  };
  const error: unknown = await store.client
    .send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }))
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransactionCanceledException);
  expect(error).toMatchObject({
    CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    $metadata: { httpStatusCode: 400, attempts: 1 },
  });
});

test('calls after idle connections were closed are answered', async () => {
  const { store, stop } = await startStore();
  onTestFinished(stop);
  await put(store, 'one');
  (store.client as DynamoDBClient).destroy();
  expect(await keysIn(store)).toEqual(['one']);
});

test('unit tests have the definition of the table from their set-up, and need no CDK', () => {
  expect(JSON.parse(process.env['TEST_TABLE'] ?? 'null')).toMatchObject({ type: 'AWS::DynamoDB::Table' });
});

test('the store ends with its process, also if that is killed', async () => {
  const program = `
    import { startStore } from './test/support/store.fixture.ts';
    const { url } = await startStore();
    process.stdout.write(url);
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(URL.canParse(url)).toBe(true);
  await eventually(() => expect(fetch(url)).rejects.toThrow('fetch failed'));
});

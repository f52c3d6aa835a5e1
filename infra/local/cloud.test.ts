// Own cloud: tests what starts one, and how a start fails.
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { synthesizeSmallApp } from './cloud.fixture.ts';
import type { SmallApp } from './cloud.fixture.ts';
import { startCloud } from './cloud.ts';
import type { Cloud } from './cloud.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-'));
const dataDir = join(folder, 'data');
let app: SmallApp;
let cloud: Cloud;

const start = () =>
  startCloud({
    assembly: async () => app.assembly,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    sipPort: 0,
    environment: {},
    announce: () => undefined,
  });

beforeAll(async () => {
  app = synthesizeSmallApp(folder);
  cloud = await start();
});

afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

/** The records that a function has written so far, one per event: whole lines, as it may be writing now. */
const recorded = (functionName: string): unknown[] =>
  existsSync(app.recordOf(functionName))
    ? readFileSync(app.recordOf(functionName), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line))
    : [];

const eventually = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 50 });

function clients() {
  const local = cloud.outputs['Local'];
  const settings = {
    endpoint: local?.['AwsEndpointUrl'] ?? '',
    region: local?.['Region'] ?? '',
    credentials: { accessKeyId: local?.['AccessKeyId'] ?? '', secretAccessKey: local?.['SecretAccessKey'] ?? '' },
  };
  return { queues: new SQSClient(settings), tables: new DynamoDBClient(settings) };
}

const send = (...bodies: string[]) =>
  clients().queues.send(
    new SendMessageBatchCommand({
      QueueUrl: cloud.outputs['Data']?.['JobsQueueUrl'],
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );

const put = (key: string) =>
  clients().tables.send(new PutItemCommand({ TableName: 'things', Item: { PK: { S: key } } }));

test('a request is routed to the function behind the alias', async () => {
  const answer = await (await fetch(`${cloud.url}/v1/hello/Ann`)).json();
  expect(answer).toEqual({
    name: 'Ann',
    url: cloud.url,
    queue: 'https://sqs.us-east-1.amazonaws.com/000000000000/jobs',
  });
});

test('outputs.json has the addresses of this machine', () => {
  const written: unknown = JSON.parse(readFileSync(join(dataDir, 'outputs.json'), 'utf8'));
  expect(written).toEqual(cloud.outputs);
  expect(cloud.outputs['Api']).toEqual({ ApiUrl: cloud.url });
  expect(cloud.outputs['Data']?.['JobsQueueUrl']).toBe(
    `${cloud.outputs['Local']?.['AwsEndpointUrl']}/000000000000/jobs`,
  );
});

test('messages form a batch; settled ones are deleted, the others come again and become dead letters', async () => {
  const { queues } = clients();
  const QueueUrl = cloud.outputs['Data']?.['JobsQueueUrl'];
  const DeadUrl = cloud.outputs['Data']?.['DeadQueueUrl'];
  await send('one', 'poison', 'two');
  await eventually(
    async () =>
      (await queues.send(new ReceiveMessageCommand({ QueueUrl: DeadUrl, WaitTimeSeconds: 1 }))).Messages?.[0]?.Body ===
      'poison',
  );
  const batches = recorded('consume') as string[][];
  expect([...(batches[0] ?? [])].sort()).toEqual(['one', 'poison', 'two']);
  expect(batches.slice(1)).toEqual([['poison']]);
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect([Attributes?.['ApproximateNumberOfMessages'], Attributes?.['ApproximateNumberOfMessagesNotVisible']]).toEqual([
    '0',
    '0',
  ]);
});

test('the stream feeds the records that pass the filter, in order; a failing batch is retried', async () => {
  await put('thing#1');
  await put('event#1');
  await put('event#fails twice');
  await put('event#2');
  const fed = () => (recorded('feed') as string[][]).flat();
  await eventually(() => fed().includes('event#2') && fed().filter((key) => key === 'event#fails twice').length === 3);
  expect([...new Set(fed())]).toEqual(['event#1', 'event#fails twice', 'event#2']);
});

test('after a restart the stream continues after the checkpoint', async () => {
  await cloud.close();
  const before = (recorded('feed') as string[][]).length;
  cloud = await start();
  await put('event#3');
  await eventually(() => (recorded('feed') as string[][]).length > before);
  expect(recorded('feed').slice(before)).toEqual([['event#3']]);
});

test('a second start with the same data directory is rejected in one sentence', async () => {
  await expect(start()).rejects.toThrow(`Another npm start is using the data directory ${dataDir}`);
  expect((await fetch(`${cloud.url}/hello/still`)).status).toBe(200);
});

test('a port in use is reported before anything is started', async () => {
  const port = Number(new URL(cloud.url).port);
  const rest = { host: '127.0.0.1', sipPort: 0, environment: {}, announce: () => undefined };
  const options = { ...rest, dataDir: join(folder, 'other'), port };
  await expect(
    startCloud({ ...options, assembly: () => Promise.reject(new Error('asked too early')) }),
  ).rejects.toThrow(`Port ${port} is in use`);
});

test('a data directory that cannot be written is reported in one sentence', async () => {
  writeFileSync(join(folder, 'file'), '');
  const options = {
    assembly: async () => app.assembly,
    host: '127.0.0.1',
    port: 0,
    sipPort: 0,
    environment: {},
    announce: () => undefined,
  };
  await expect(startCloud({ ...options, dataDir: join(folder, 'file/below') })).rejects.toThrow(/cannot be written/);
});

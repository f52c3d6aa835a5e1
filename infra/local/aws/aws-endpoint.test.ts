import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListEmailIdentitiesCommand, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { answering } from '#contract/resource.ts';
import { scryptPasswords } from '#credentials/password-hash.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import type { AwsEndpoint, CountedCalls } from './aws-endpoint.ts';
import {
  clientsFor,
  optionsFor,
  resources,
  sharedTables,
  signedCall,
  startOnSharedStore,
  streamMapping,
  table,
  temporaryFolder,
  topicArn,
  type Changes,
} from './endpoint-fixture.ts';

const TableName = 'toy-table';
const dataDir = temporaryFolder();
const announced: string[] = [];
let endpoint: AwsEndpoint;
let trunks: ReturnType<typeof clientsFor>;
let idle: ReturnType<typeof clientsFor>;
let operator: ReturnType<typeof clientsFor>;

beforeAll(async () => {
  endpoint = await startOnSharedStore(
    optionsFor(dataDir, {
      announce: (line) => announced.push(line),
      invoke: async (name, event) => ({ payload: JSON.stringify([name, event]), failed: false }),
    }),
  );
  trunks = clientsFor(endpoint, endpoint.credentialsFor('toy-trunks'));
  idle = clientsFor(endpoint, endpoint.credentialsFor('toy-idle'));
  operator = clientsFor(endpoint, endpoint.operator);
});

afterAll(async () => {
  await endpoint.close();
  rmSync(dataDir, { recursive: true });
});

type Forgery = { readonly headers?: Record<string, string>; readonly query?: string };

const key = (partition: string, sort = 's') => ({ PK: { S: partition }, SK: { S: sort } });
const put = (partition: string, more: object = {}) =>
  new PutItemCommand({ TableName, Item: { ...key(partition), ...more } });
const get = (partition: string) => new GetItemCommand({ TableName, Key: key(partition), ConsistentRead: true });

describe('grants', () => {
  test('a function reads and writes the entities that its role names', async () => {
    await trunks.dynamodb.send(put('trunk#1', { name: { S: 'carrier' } }));
    const { Item } = await trunks.dynamodb.send(get('trunk#1'));
    expect(Item).toEqual({ ...key('trunk#1'), name: { S: 'carrier' } });
  });

  test("another entity is denied in DynamoDB's form, with caller and action", async () => {
    await expect(trunks.dynamodb.send(put('eventlog#1'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
      message: expect.stringMatching(
        new RegExp(
          '^User: arn:aws:sts::000000000000:assumed-role/toy-trunks/.* is not authorized to perform: ' +
            'dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/toy-table',
        ),
      ),
    });
    await expect(operator.dynamodb.send(get('eventlog#1'))).resolves.not.toHaveProperty('Item');
  });

  test('a function invokes those that its role names, and gets their answer', async () => {
    const asked = answering('emergency-warnings', {
      ...{ area: 'dialplan', question: z.object({ n: z.int() }), answer: z.array(z.string()), effects: [], timeout: 1 },
    });
    const askAs = (name: string) => {
      const { accessKeyId, secretAccessKey } = endpoint.credentialsFor(name);
      vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId).stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
      onTestFinished(() => void vi.unstubAllEnvs());
      return invokeFromEnvironment({
        ...{ AWS_ENDPOINT_URL: endpoint.url, AWS_REGION: 'us-east-1', FUNCTION_EMERGENCY_WARNINGS: 'toy-idle' },
      })(asked, { n: 1 });
    };
    await expect(askAs('toy-trunks')).resolves.toEqual(['toy-idle', '{"n":1}']);
    await expect(askAs('toy-idle')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction') },
    });
  });

  test('a grant holds for its own function only', async () => {
    await expect(idle.dynamodb.send(get('trunk#1'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('Scan and PartiQL are denied', async () => {
    await expect(trunks.dynamodb.send(new ScanCommand({ TableName }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(
      trunks.dynamodb.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "toy-table"' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('an unknown access key is rejected', async () => {
    const stranger = clientsFor(endpoint, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' });
    await expect(stranger.dynamodb.send(get('trunk#1'))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  test('a transaction is judged item by item: one denied item denies all', async () => {
    const Put = (partition: string): TransactWriteItem => ({ Put: { TableName, Item: key(partition) } });
    const check: TransactWriteItem = {
      ConditionCheck: { TableName, Key: key('session#1'), ConditionExpression: 'attribute_not_exists(PK)' },
    };
    await trunks.dynamodb.send(
      new TransactWriteItemsCommand({ TransactItems: [Put('trunk#2'), Put('guard#2'), check] }),
    );
    const rejected = new TransactWriteItemsCommand({ TransactItems: [Put('trunk#3'), Put('session#3')] });
    await expect(trunks.dynamodb.send(rejected)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('session#3'),
    });
    await expect(operator.dynamodb.send(get('trunk#3'))).resolves.not.toHaveProperty('Item');
  });

  test("an index needs a grant of its own, judged by the index's partition key", async () => {
    await operator.dynamodb.send(put('trunk#4', { GSI1PK: { S: 'trunk-name#acme' }, GSI1SK: { S: 'a' } }));
    const query = (IndexName: string | undefined, partition: string) =>
      trunks.dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName,
          KeyConditionExpression: '#key = :value',
          ExpressionAttributeNames: { '#key': IndexName === undefined ? 'PK' : 'GSI1PK' },
          ExpressionAttributeValues: { ':value': { S: partition } },
        }),
      );
    expect((await query('GSI1', 'trunk-name#acme')).Items).toHaveLength(1);
    await expect(query('GSI1', 'trunk#4')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(query(undefined, 'trunk-name#acme')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test("a policy of an unknown form stops the start with its function's name", async () => {
    const start = startOnSharedStore(optionsFor(dataDir, { policiesOf: () => [{ Effect: 'Maybe' }] }));
    await expect(start).rejects.toThrow('The policy of toy-trunks has Effect "Maybe"');
  });

  test('an unknown service is named', async () => {
    const signed = await signedCall(endpoint, 'kms', { 'x-amz-target': 'TrentService.Decrypt' });
    expect(await signed.text()).toContain('TrentService.Decrypt');
  });
});

test('the endpoint says how often each function has called what', async () => {
  const counts = async () =>
    ((await (await fetch(`${endpoint.url}/_local/calls`)).json()) as CountedCalls)['toy-trunks']?.[
      'dynamodb.GetItem'
    ] ?? 0;
  const before = await counts();
  await trunks.dynamodb.send(get('trunk#1001'));
  expect((await counts()) - before).toBe(1);
});

/** An endpoint beside the one of all tests, whose table has the same name. */
const startWithoutTable = (folder: string) =>
  startOnSharedStore(optionsFor(folder, { resources: resources.filter((each) => each !== table) }));

test('the address stays across restarts', async () => {
  const folder = temporaryFolder();
  const first = await startWithoutTable(folder);
  await first.close();
  const second = await startWithoutTable(folder);
  expect(second.queueUrl('toy-orders')).toBe(first.queueUrl('toy-orders'));
  await second.close();
  const other = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
  await once(other, 'listening');
  const third = await startWithoutTable(folder);
  expect(third.url).not.toBe(first.url);
  await third.close();
  other.close();
  rmSync(folder, { recursive: true });
});

test('of its servers only the endpoint has a port, and that is on loopback', async () => {
  const folder = temporaryFolder();
  const opened = new Set<Server>();
  const onListen = (message: unknown) => void opened.add((message as { readonly server: Server }).server);
  subscribe('tracing:net.server.listen:asyncStart', onListen);
  const started = await startWithoutTable(folder);
  unsubscribe('tracing:net.server.listen:asyncStart', onListen);
  const addresses = [...opened].filter(({ listening }) => listening).map((server) => server.address());
  const port = Number(new URL(started.url).port);
  expect(addresses).toEqual([{ address: '127.0.0.1', family: 'IPv4', port }]);
  await started.close();
  rmSync(folder, { recursive: true });
});

describe('signatures', () => {
  const listTables = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };

  test('a call that names a key and is not signed with its secret is rejected', async () => {
    const { accessKeyId } = endpoint.operator;
    const forged = { accessKeyId, secretAccessKey: 'guessed' };
    const { dynamodb, sqs, s3 } = clientsFor(endpoint, forged);
    await expect(dynamodb.send(get('trunk#1'))).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    const QueueUrl = endpoint.queueUrl('toy-orders');
    await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    await expect(s3.send(new GetObjectCommand({ Bucket: 'toy-files', Key: 'a' }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  test.each([
    ['no signature', { headers: {} }, 400],
    ['a key in the query of a call that is no link', { query: 'dynamodb' }, 400],
    ['a link without its signature', { query: 's3' }, 403],
  ])('a call with %s is rejected', async (_case, { headers = listTables, query }: Forgery, status) => {
    const { url, operator: credentials } = endpoint;
    const credential = `${credentials.accessKeyId}/20260101/us-east-1/${query}/aws4_request`;
    const link = query === undefined ? '' : `/?X-Amz-Credential=${encodeURIComponent(credential)}`;
    const answer = await fetch(`${url}${link}`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(status);
  });

  test('a call is signed with its body and its day', async () => {
    const ask = (changes: Changes) => signedCall(endpoint, 'dynamodb', listTables, changes);
    expect((await ask({})).status).toBe(200);
    expect((await ask({ body: '{"Limit":1}' })).status).toBe(400);
    expect((await ask({ headers: { 'x-amz-date': '20200101T000000Z' } })).status).toBe(400);
  });
});

describe('queues', () => {
  /** The address on AWS, as functions have it; the endpoint uses its last part. */
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/toy-orders';
  const asFunction = () =>
    new SQSClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: endpoint.credentialsFor('toy-trunks'),
      useQueueUrlAsEndpoint: false,
    });
  const receive = (queue: string, WaitTimeSeconds = 0) =>
    operator.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: endpoint.queueUrl(queue),
        VisibilityTimeout: 0,
        WaitTimeSeconds,
        MessageSystemAttributeNames: ['All'],
      }),
    );

  test('queues have the attributes of their templates', async () => {
    const { Attributes } = await operator.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: endpoint.queueUrl('toy-orders'), AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      VisibilityTimeout: '30',
      ReceiveMessageWaitTimeSeconds: '1',
      RedrivePolicy: expect.stringContaining('"maxReceiveCount":2'),
    });
  });

  test('a function sends to granted queues, alone or in batches, and may not receive', async () => {
    const sqs = asFunction();
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'batched' }] }));
    const { Messages: [message] = [] } = await receive('toy-orders');
    expect(message?.Body).toBe('batched');
    await operator.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('a message that was received too often moves to the dead-letter queue with its body unchanged', async () => {
    await operator.sqs.send(
      new SendMessageCommand({ QueueUrl: endpoint.queueUrl('toy-orders'), MessageBody: ' {unparsable é ' }),
    );
    expect((await receive('toy-orders')).Messages).toHaveLength(1);
    expect((await receive('toy-orders')).Messages).toHaveLength(1);
    expect((await receive('toy-orders')).Messages).toBeUndefined();
    expect((await receive('toy-orders-dead')).Messages?.map(({ Body }) => Body)).toEqual([' {unparsable é ']);
  });

  test('a message that is made visible again is delivered at once', async () => {
    const queue = { QueueUrl: endpoint.queueUrl('toy-orders') };
    await operator.sqs.send(new SendMessageCommand({ ...queue, MessageBody: 'given back' }));
    const { Messages: [first] = [] } = await operator.sqs.send(new ReceiveMessageCommand(queue));
    await operator.sqs.send(
      new ChangeMessageVisibilityCommand({ ...queue, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const { Messages: [second] = [] } = await operator.sqs.send(new ReceiveMessageCommand(queue));
    await operator.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        ...queue,
        Entries: [{ Id: '1', ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 }],
      }),
    );
    const { Messages: [third] = [] } = await operator.sqs.send(new ReceiveMessageCommand(queue));
    expect(third).toBeUndefined();
    await expect.poll(async () => (await receive('toy-orders-dead')).Messages?.[0]?.Body).toBe('given back');
    expect(second?.MessageId).toBe(first?.MessageId);
  });

  test('a waiting receiver gets a message as soon as it is sent', async () => {
    const waiting = receive('toy-orders', 20);
    const began = performance.now();
    await asFunction().send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));
    expect((await waiting).Messages).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

describe('topics', () => {
  test('a message to a granted topic arrives in the subscribed queues', async () => {
    await trunks.sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'news' }));
    const queue = { QueueUrl: endpoint.queueUrl('toy-orders') };
    await expect
      .poll(async () => (await operator.sqs.send(new ReceiveMessageCommand(queue))).Messages?.map(({ Body }) => Body))
      .toContain('news');
    await expect(idle.sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'news' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

describe('the stream', () => {
  const expiredAlready = { expires_at: { N: '1000' } };

  test('records come in order after a checkpoint, and those before it are trimmed except for the newest', async () => {
    expect(await endpoint.stream.checkpoint('feed')).toBeNull();
    const before = (await endpoint.stream.read(null, 1000)).at(-1)?.dynamodb?.SequenceNumber ?? null;
    for (let index = 0; index < 20; index += 1) await operator.dynamodb.send(put(`streamed#${index}`));
    const records = await endpoint.stream.read(before, 15);
    expect(records.map(({ dynamodb }) => dynamodb?.Keys?.['PK']?.S)).toEqual(
      Array.from({ length: 15 }, (_, index) => `streamed#${index}`),
    );
    expect(records[0]).toMatchObject({ eventName: 'INSERT', eventSource: 'aws:dynamodb', awsRegion: 'us-east-1' });
    const rest = await endpoint.stream.read(records.at(-1)?.dynamodb?.SequenceNumber ?? null, 1000);
    expect(rest).toHaveLength(5);

    const last = rest.at(-1)?.dynamodb?.SequenceNumber ?? '';
    await endpoint.stream.advance('feed', last);
    expect(await endpoint.stream.checkpoint('feed')).toBe(last);
    const { file } = await sharedTables({ resources: [] });
    const database = new DatabaseSync(file ?? '', { readOnly: true });
    const count = database.prepare('SELECT count(*) AS kept FROM _stream_records WHERE table_name = ?');
    await expect.poll(() => count.get(TableName)?.['kept']).toBe(1);
    database.close();
    await operator.dynamodb.send(put('streamed#after', expiredAlready));
    await expect.poll(async () => (await operator.dynamodb.send(get('streamed#after'))).Item).toBeUndefined();
    // The round that removed the item has kept the unread records.
    expect((await endpoint.stream.read(last, 10)).map(({ eventName }) => eventName)).toEqual(['INSERT', 'REMOVE']);
  });

  test('nothing is trimmed before every consumer of the templates has a checkpoint', async () => {
    const folder = temporaryFolder();
    const other = { ...table, name: 'toy-fed' };
    const fed = await startOnSharedStore(optionsFor(folder, { resources: [other, streamMapping] }));
    const { dynamodb } = clientsFor(fed, fed.operator);
    const Item = key('lease#old');
    await dynamodb.send(new PutItemCommand({ TableName: other.name, Item: key('trunk#1') }));
    await dynamodb.send(new PutItemCommand({ TableName: other.name, Item: { ...Item, ...expiredAlready } }));
    await expect
      .poll(async () => (await dynamodb.send(new GetItemCommand({ TableName: other.name, Key: Item }))).Item)
      .toBeUndefined();
    const records = await fed.stream.read(await fed.stream.checkpoint('feed'), 10);
    await fed.close();
    rmSync(folder, { recursive: true });
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'INSERT', 'REMOVE']);
  });

  test('only expired items are removed', async () => {
    const now = Math.floor(Date.now() / 1000);
    await operator.dynamodb.send(put('lease#new', { expires_at: { N: String(now + 1000) } }));
    await operator.dynamodb.send(put('lease#old', expiredAlready));
    await expect.poll(async () => (await operator.dynamodb.send(get('lease#old'))).Item).toBeUndefined();
    expect((await operator.dynamodb.send(get('lease#new'))).Item).toBeDefined();
  });
});

describe('secrets', () => {
  const token = (name: string) => name.padEnd(32, '-');
  const write = (name: string, SecretString: string) =>
    trunks.secrets.send(
      new PutSecretValueCommand({ SecretId: 'toy-keys', ClientRequestToken: token(name), SecretString }),
    );
  const read = async (more: object = {}) =>
    (await trunks.secrets.send(new GetSecretValueCommand({ SecretId: 'toy-keys', ...more }))).SecretString;

  test('a generated secret has the length and the characters of its template', async () => {
    expect(await read()).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test('the generated password of a person is announced once, and stored as a hash', async () => {
    const { SecretString } = await operator.secrets.send(new GetSecretValueCommand({ SecretId: 'toy-admin' }));
    const { username, password_hash: hash } = JSON.parse(SecretString ?? '') as Record<string, string>;
    expect([username, announced]).toEqual(['admin', [expect.stringMatching(/^Password of admin, shown this once: /)]]);
    const password = announced[0]?.split(': ')[1] ?? '';
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain(password);
    expect(await scryptPasswords().verify({}, password, hash)).toBe(true);
  });

  test('of two values with one token the first stays, and repeating it is no error', async () => {
    await write('v2', 'mine');
    await expect(write('v2', 'mine')).resolves.toMatchObject({ VersionId: token('v2') });
    await expect(write('v2', 'yours')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect(await read()).toBe('mine');
  });

  test('a new value becomes current and the old one previous', async () => {
    await write('v3', 'older');
    await write('v4', 'newer');
    expect(await read()).toBe('newer');
    expect(await read({ VersionStage: 'AWSPREVIOUS' })).toBe('older');
    expect(await read({ VersionId: token('v2') })).toBe('mine');
  });

  test('a secret without a grant is denied, and a missing one is not found', async () => {
    await expect(trunks.secrets.send(new GetSecretValueCommand({ SecretId: 'toy-admin' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(operator.secrets.send(new GetSecretValueCommand({ SecretId: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('only the owner can read the file', () => {
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
  });
});

describe('e-mail', () => {
  const outbox = join(dataDir, 'outbox', 'email');
  const raw = (
    from: string,
    tags: Record<string, string> = {},
    Data = Buffer.from('Subject: \xff\r\n\r\n', 'latin1'),
  ) =>
    new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: ['ann@example.com'] },
      Content: { Raw: { Data } },
      EmailTags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
    });

  test('is stored in the outbox unchanged, under its tag', async () => {
    const { MessageId } = await trunks.ses.send(raw('no-reply@toys.example', { email_id: 'eml_1' }));
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(readFileSync(join(outbox, 'eml_1.eml'), 'latin1')).toBe('Subject: \xff\r\n\r\n');
    const { MessageId: other } = await trunks.ses.send(raw('no-reply@toys.example'));
    expect(readdirSync(outbox).toSorted()).toEqual([`${String(other)}.eml`, 'eml_1.eml'].toSorted());
  });

  test('is denied from another address, and to a function that may not send', async () => {
    await expect(trunks.ses.send(raw('boss@toys.example'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        'ses:SendRawEmail on resource: arn:aws:ses:us-east-1:000000000000:identity/boss@toys.example',
      ),
    });
    await expect(idle.ses.send(raw('no-reply@toys.example'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('stays in the outbox folder under any tag, and must be raw', async () => {
    await expect(trunks.ses.send(raw('no-reply@toys.example', { email_id: '../../secrets' }))).rejects.toMatchObject({
      name: 'BadRequestException',
    });
    const simple = {
      FromEmailAddress: 'no-reply@toys.example',
      Content: { Simple: { Subject: { Data: 'S' }, Body: { Text: { Data: 'T' } } } },
    };
    await expect(trunks.ses.send(new SendEmailCommand(simple))).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(operator.ses.send(new ListEmailIdentitiesCommand({}))).rejects.toThrow();
  });
});

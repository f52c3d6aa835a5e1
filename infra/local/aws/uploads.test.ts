import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presign } from '#objects/presign.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import {
  clientsFor,
  optionsFor,
  queueArn,
  resources,
  startOnSharedStore,
  temporaryFolder,
} from './endpoint-fixture.ts';

const notified = resources.map((resource) =>
  resource.name === 'toy-files'
    ? {
        ...resource,
        properties: {
          ...resource.properties,
          NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: queueArn }] },
        },
      }
    : resource,
);

const dataDir = temporaryFolder();
let endpoint: AwsEndpoint;
let operator: ReturnType<typeof clientsFor>;

const start = async () => {
  endpoint = await startOnSharedStore(optionsFor(dataDir, { resources: notified }));
  operator = clientsFor(endpoint, endpoint.operator);
};

beforeAll(start);

afterAll(async () => {
  await endpoint.close();
  rmSync(dataDir, { recursive: true });
});

const body = 'RIFF....WAVE';
const headers = { 'Content-Type': 'audio/wav', 'Content-Length': String(body.length), 'If-None-Match': '*' };

const linkTo = (
  method: string,
  key: string,
  more: { role?: string; at?: Date; query?: Record<string, string> } = {},
) => {
  const { role = 'toy-trunks', at = new Date(), query = {} } = more;
  const url = new URL(`${endpoint.linkUrl ?? endpoint.url}/toy-files/${key}?${new URLSearchParams(query).toString()}`);
  return presign(
    { method, url, ...(method === 'PUT' ? { headers } : {}) },
    { credentials: endpoint.credentialsFor(role), region: 'us-east-1', at, seconds: 900 },
  );
};

/** Uploads in pieces; `changed` replaces what was signed. */
async function put(link: URL, content = body, changed: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(link, { method: 'PUT', body: content, headers: { ...headers, ...changed } });
  const text = await answer.text();
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? text}`.trim();
}

/** The keys of the next message of the queue. */
async function announced(): Promise<readonly string[]> {
  const QueueUrl = endpoint.queueUrl('toy-orders');
  const { Messages: [message] = [] } = await operator.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 1 }),
  );
  if (message === undefined) return [];
  await operator.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  const { Records } = JSON.parse(message.Body ?? '') as { Records: { s3: { object: { key: string } } }[] };
  return Records.map(({ s3 }) => s3.object.key);
}

const read = async (Key: string) =>
  (await operator.s3.send(new GetObjectCommand({ Bucket: 'toy-files', Key }))).Body?.transformToString();

test('a link uploads once, and the queue of the bucket is notified', async () => {
  const link = await linkTo('PUT', 'org_1001/files/a%20b/1');
  expect(await put(link)).toBe('200');
  expect(await read('org_1001/files/a b/1')).toBe(body);
  expect(await announced()).toEqual(['org_1001/files/a+b/1']);
  expect(await put(link, 'RIFF....AVI ')).toBe('412 PreconditionFailed');
  expect(await read('org_1001/files/a b/1')).toBe(body);
  expect(await announced()).toEqual([]);
});

test.each([
  ['another type', body, { 'Content-Type': 'text/html' }, '403 SignatureDoesNotMatch'],
  ['another length', `${body}!`, { 'Content-Length': String(body.length + 1) }, '403 SignatureDoesNotMatch'],
  ['no condition', body, { 'If-None-Match': 'x' }, '403 SignatureDoesNotMatch'],
])('an upload with %s than was signed is rejected, and stores nothing', async (_case, content, changed, rejection) => {
  expect(await put(await linkTo('PUT', 'signed'), content, changed)).toBe(rejection);
  await expect(read('signed')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('an upload by an expired link, or by a role that may not write, is rejected', async () => {
  expect(await put(await linkTo('PUT', 'late', { at: new Date(Date.now() - 901_000) }))).toBe('403 AccessDenied');
  expect(await put(await linkTo('PUT', 'late', { role: 'toy-idle' }))).toBe('403 AccessDenied');
});

test.each(['GET', 'HEAD', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
  '%s by an upload link is answered at once, though the body that it announces does not come',
  async (method) => {
    const link = await linkTo('PUT', 'other-method');
    const asked = httpRequest(link, { method, headers, agent: false });
    asked.flushHeaders();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([403, 'application/xml']);
    asked.destroy();
    await expect(read('other-method')).rejects.toMatchObject({ name: 'NoSuchKey' });
  },
);

test.each(['?', '/', '//', '/%zz', '/toy-files', '/toy-files/%zz', '/toy-files/../toy-orders'])(
  'a link with the path %s is answered with an error of the caller',
  async (path) => {
    const { search } = await linkTo('GET', 'any');
    const { hostname, port } = new URL(endpoint.url);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const asked = httpRequest({ hostname, port, path: `${path}${search}`, method, agent: false }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      expect([400, 403]).toContain(answer.statusCode);
    }
  },
);

test('an upload that breaks off stores nothing, and can be repeated', async () => {
  const link = await linkTo('PUT', 'broken');
  await new Promise<void>((resolve) => {
    const sending = httpRequest(link, { method: 'PUT', headers });
    sending.on('error', () => resolve());
    sending.write(body.slice(0, 4), () => sending.destroy());
    sending.on('close', () => resolve());
  });
  await expect(read('broken')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await put(link)).toBe('200');
  expect(await announced()).toEqual(['broken']);
});

test('a download has the headers that its link names, and a range of the bytes', async () => {
  await put(await linkTo('PUT', 'whole'));
  await announced();
  const query = { 'response-content-disposition': 'attachment; filename="a.wav"' };
  const link = await linkTo('GET', 'whole', { query });
  const whole = await fetch(link);
  expect([whole.headers.get('content-disposition'), whole.headers.get('content-type'), await whole.text()]).toEqual([
    'attachment; filename="a.wav"',
    'audio/wav',
    body,
  ]);
  const part = await fetch(link, { headers: { range: 'bytes=4-7' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 4-7/12', '....']);
  expect((await fetch(link, { headers: { range: 'bytes=12-' } })).status).toBe(416);
  const renamed = new URL(link);
  renamed.searchParams.set('response-content-disposition', 'inline');
  expect((await fetch(renamed)).status).toBe(403);
});

test('objects that functions write are announced, too, and replace uploads', async () => {
  await put(await linkTo('PUT', 'shared'));
  await announced();
  await operator.s3.send(new PutObjectCommand({ Bucket: 'toy-files', Key: 'shared', Body: 'ours' }));
  expect([await read('shared'), await announced()]).toEqual(['ours', ['shared']]);
  await operator.s3.send(new DeleteObjectCommand({ Bucket: 'toy-files', Key: 'shared' }));
  await expect(read('shared')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('uploads outlive a restart, which announces those that are unannounced', async () => {
  await put(await linkTo('PUT', 'kept'));
  await announced();
  await endpoint.close();
  const stored = { bucket: 'toy-files', key: 'kept', type: 'audio/wav', size: body.length, etag: '""', modified: '' };
  const folder = join(dataDir, 'objects', 'unannounced');
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update('toy-files\nkept').digest('hex');
  writeFileSync(join(folder, name), JSON.stringify(stored));
  // An upload that did not end before the crash.
  writeFileSync(join(folder, 'f00'), JSON.stringify({ ...stored, key: 'lost' }));
  await start();
  expect([await read('kept'), await announced(), await announced()]).toEqual([body, ['kept'], []]);
});

test('at another address, links to objects are served, and nothing else of the endpoint', async () => {
  await endpoint.close();
  const host = '127.0.0.2';
  endpoint = await startOnSharedStore(
    optionsFor(dataDir, { resources: notified, addresses: { listen: host, public: host, own: host } }),
  );
  operator = clientsFor(endpoint, endpoint.operator);
  expect(new URL(endpoint.linkUrl ?? '').hostname).toBe(host);
  expect(await put(await linkTo('PUT', 'far'))).toBe('200');
  expect(await (await fetch(await linkTo('GET', 'far'))).text()).toBe(body);
  expect((await fetch(await linkTo('DELETE', 'far'))).status).toBe(403);
  const outside = clientsFor({ ...endpoint, url: endpoint.linkUrl ?? '' }, endpoint.operator);
  const ofObject = { Bucket: 'toy-files', Key: 'far' };
  await expect(outside.s3.send(new GetObjectCommand(ofObject))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(
    outside.sqs.send(new ReceiveMessageCommand({ QueueUrl: endpoint.queueUrl('toy-orders') })),
  ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  const unsigned = new URL(await linkTo('GET', 'far'));
  unsigned.searchParams.set('X-Amz-Signature', 'f'.repeat(64));
  expect((await fetch(unsigned)).status).toBe(403);
  const ofQueues = (await linkTo('GET', 'far')).href.replaceAll('%2Fs3%2F', '%2Fsqs%2F');
  expect((await fetch(ofQueues)).status).toBe(403);
});

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presign } from '#objects/presign.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { clientsFor, startOnSharedStore } from './endpoint-fixture.ts';

let endpoint: AwsEndpoint;
let trunks: ReturnType<typeof clientsFor>;
let idle: ReturnType<typeof clientsFor>;
let operator: ReturnType<typeof clientsFor>;

beforeAll(async () => {
  endpoint = await startOnSharedStore();
  trunks = clientsFor(endpoint, endpoint.credentialsFor('toy-trunks'));
  idle = clientsFor(endpoint, endpoint.credentialsFor('toy-idle'));
  operator = clientsFor(endpoint, endpoint.operator);
});
afterAll(() => endpoint.close());

const file = { Bucket: 'toy-files', Key: 'org_1001/a file +1.csv' };
const url = () => new URL(`${endpoint.url}/toy-files/org_1001/a%20file%20%2B1.csv`);
const linkOf = (name: string, at = new Date()) =>
  presign(
    { method: 'GET', url: url() },
    { credentials: endpoint.credentialsFor(name), region: 'us-east-1', at, seconds: 900 },
  );
const answerOf = async (link: URL, more: RequestInit = {}) => {
  const answer = await fetch(link, more);
  const text = await answer.text();
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? text}`;
};

test('objects are written in one part or several by roles that may, and by no others', async () => {
  await trunks.s3.send(new PutObjectCommand({ ...file, Body: 'one' }));
  expect(await (await trunks.s3.send(new GetObjectCommand(file))).Body?.transformToString()).toBe('one');
  const { UploadId } = await trunks.s3.send(new CreateMultipartUploadCommand({ ...file, ContentType: 'text/csv' }));
  const bodies = ['x'.repeat(5 * 1024 * 1024), 'end'];
  const Parts = await Promise.all(
    bodies.map(async (Body, at) => {
      const { ETag } = await trunks.s3.send(new UploadPartCommand({ ...file, UploadId, PartNumber: at + 1, Body }));
      return { ETag, PartNumber: at + 1 };
    }),
  );
  await trunks.s3.send(new CompleteMultipartUploadCommand({ ...file, UploadId, MultipartUpload: { Parts } }));
  expect(await (await trunks.s3.send(new GetObjectCommand(file))).Body?.transformToString()).toBe(bodies.join(''));
  await expect(trunks.s3.send(new DeleteObjectCommand(file))).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
    message: expect.stringContaining('s3:DeleteObject on resource: arn:aws:s3:::toy-files/org_1001/a file +1.csv'),
  });
  await expect(trunks.s3.send(new ListObjectsV2Command({ Bucket: 'toy-files' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(idle.s3.send(new PutObjectCommand({ ...file, Body: 'two' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

test('a link fetches an object until it expires, and only as it was signed', async () => {
  await operator.s3.send(new PutObjectCommand({ ...file, Body: 'one', ContentDisposition: 'attachment' }));
  const link = await linkOf('toy-trunks');
  expect(await answerOf(link)).toBe('200 one');
  expect((await fetch(link)).headers.get('content-disposition')).toBe('attachment');
  expect(await answerOf(await linkOf('toy-trunks', new Date(Date.now() - 901_000)))).toBe('403 AccessDenied');
  const longer = new URL(link);
  longer.searchParams.set('X-Amz-Expires', '90000');
  expect(await answerOf(longer)).toBe('403 SignatureDoesNotMatch');
  expect(await answerOf(new URL(`${endpoint.url}/toy-files/other${link.search}`))).toBe('403 SignatureDoesNotMatch');
  expect(await answerOf(link, { method: 'PUT', body: 'mine' })).toBe('403 SignatureDoesNotMatch');
  expect(await answerOf(await linkOf('toy-idle'))).toBe('403 AccessDenied');
  expect(await answerOf(url())).toMatch(/^400/);
});

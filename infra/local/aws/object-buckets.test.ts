import { rmSync } from 'node:fs';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type ObjectLockMode,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { eventually } from '#test/support/eventually.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { clientsFor, optionsFor, resources, startOnSharedStore, temporaryFolder } from './endpoint-fixture.ts';
import type { CloudResource } from '../templates/resource.ts';

const dataDir = temporaryFolder();
const lockedBucket: CloudResource = {
  stack: 'Toy',
  logicalId: 'toylocked',
  type: 'AWS::S3::Bucket',
  name: 'toy-locked',
  arn: 'arn:aws:s3:::toy-locked',
  properties: { BucketName: 'toy-locked', ObjectLockEnabled: true },
};
const onObjects = (...actions: string[]) => ({
  Effect: 'Allow',
  Action: actions.map((action) => `s3:${action}`),
  Resource: 'arn:aws:s3:::toy-locked/*',
});
const onBucket = { Effect: 'Allow', Action: 's3:ListBucketVersions', Resource: 'arn:aws:s3:::toy-locked' };
/** `toy-trunks` has what effects grant; `toy-idle` writes without locks, and may bypass some. */
const policies: Readonly<Record<string, readonly unknown[]>> = {
  'toy-trunks': [
    onObjects('GetObject', 'PutObject', 'PutObjectRetention', 'PutObjectTagging', 'AbortMultipartUpload'),
    onObjects('DeleteObjectVersion'),
    onBucket,
  ],
  'toy-idle': [onObjects('PutObject', 'DeleteObject', 'DeleteObjectVersion', 'BypassGovernanceRetention')],
};
const start = () =>
  startOnSharedStore(
    optionsFor(dataDir, { resources: [...resources, lockedBucket], policiesOf: (name) => policies[name] ?? [] }),
  );

let endpoint: AwsEndpoint;
beforeAll(async () => {
  endpoint = await start();
});
afterAll(async () => {
  await endpoint.close();
  rmSync(dataDir, { recursive: true });
});

const clientOf = (name: string) => clientsFor(endpoint, endpoint.credentialsFor(name)).s3;
const operator = () => clientsFor(endpoint, endpoint.operator).s3;
const archiver = () => clientOf('toy-trunks');
const objectNamed = (Key: string) => ({ Bucket: 'toy-locked', Key });
const lock = (mode: ObjectLockMode, until = Date.now() + 3_600_000) => ({
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: new Date(until),
});
const textOf = async (input: {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string | undefined;
}) => (await operator().send(new GetObjectCommand(input))).Body?.transformToString();
const putText = (Key: string, Body: string, more = {}) =>
  archiver().send(new PutObjectCommand({ ...objectNamed(Key), Body, ...more }));
const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

test('a write makes a new version, and the one before stays', async () => {
  const { VersionId: first = '' } = await putText('two', 'first');
  const { VersionId: second } = await putText('two', 'second');
  expect([await textOf(objectNamed('two')), await textOf({ ...objectNamed('two'), VersionId: first })]).toEqual([
    'second',
    'first',
  ]);
  expect(first).not.toBe(second);
});

test('deleting an object hides it and removes nothing', async () => {
  const { VersionId = '' } = await putText('hidden', 'text', lock('COMPLIANCE'));
  const { DeleteMarker } = await operator().send(new DeleteObjectCommand(objectNamed('hidden')));
  expect(DeleteMarker).toBe(true);
  await expect(textOf(objectNamed('hidden'))).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await textOf({ ...objectNamed('hidden'), VersionId })).toBe('text');
  await expect(archiver().send(new DeleteObjectCommand(objectNamed('hidden')))).rejects.toMatchObject(denied);
});

test('no one removes a version in compliance mode before its lock ends', async () => {
  const { VersionId } = await putText('compliance', 'text', lock('COMPLIANCE'));
  for (const client of [archiver(), operator(), clientOf('toy-idle')])
    for (const bypass of [{}, { BypassGovernanceRetention: true }])
      await expect(
        client.send(new DeleteObjectCommand({ ...objectNamed('compliance'), VersionId, ...bypass })),
      ).rejects.toMatchObject(denied);
  expect(await textOf(objectNamed('compliance'))).toBe('text');
});

test('a version in governance mode is removed only by a role that may bypass it, and asks for it', async () => {
  const { VersionId } = await putText('governance', 'text', lock('GOVERNANCE'));
  const removing = { ...objectNamed('governance'), VersionId };
  const bypassing = { ...removing, BypassGovernanceRetention: true };
  await expect(archiver().send(new DeleteObjectCommand(bypassing))).rejects.toMatchObject(denied);
  await expect(operator().send(new DeleteObjectCommand(removing))).rejects.toMatchObject(denied);
  await clientOf('toy-idle').send(new DeleteObjectCommand(bypassing));
  await expect(textOf(objectNamed('governance'))).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('a version whose lock has ended is removed', async () => {
  const { VersionId } = await putText('ended', 'text', lock('COMPLIANCE', Date.now() + 700));
  await expect(archiver().send(new DeleteObjectCommand({ ...objectNamed('ended'), VersionId }))).rejects.toMatchObject(
    denied,
  );
  await eventually(() => archiver().send(new DeleteObjectCommand({ ...objectNamed('ended'), VersionId })), 10_000);
});

test('a lock needs its own permission, both of its headers, and a time in the future', async () => {
  const idle = clientOf('toy-idle');
  await idle.send(new PutObjectCommand({ ...objectNamed('idle'), Body: 'text' }));
  await expect(
    idle.send(new PutObjectCommand({ ...objectNamed('idle'), Body: 'text', ...lock('GOVERNANCE') })),
  ).rejects.toMatchObject(denied);
  await expect(putText('past', 'text', lock('GOVERNANCE', Date.now() - 1_000))).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
  await expect(putText('half', 'text', { ObjectLockMode: 'GOVERNANCE' })).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
  await expect(
    operator().send(new PutObjectCommand({ Bucket: 'toy-files', Key: 'x', Body: 'text', ...lock('GOVERNANCE') })),
  ).rejects.toMatchObject({ name: 'InvalidRequest' });
});

test('an object that must be new replaces none, also if it was uploaded in parts', async () => {
  await putText('new', 'first', { IfNoneMatch: '*' });
  await expect(putText('new', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const objects = objectsFromEnvironment({ BUCKET_ARCHIVES: 'toy-locked' }, archiver());
  const location = { bucket: 'archives', key: 'new' } as const;
  const storage = { lock: null, storageClass: 'GLACIER_IR' } as const;
  const upload = {
    ...location,
    upload: await objects.begin(location, { type: 'text/plain', name: 'new', ...storage }),
  };
  const tags = [await objects.part(upload, 1, Buffer.from('parts'))];
  expect(await objects.finish(upload, tags, { onlyNew: true })).toBe(false);
  expect(await objects.put(location, Buffer.from('put'), { onlyNew: true })).toBe(false);
  expect(await textOf(objectNamed('new'))).toBe('first');
  expect(await objects.finish(upload, tags)).toBe(true);
  expect(await textOf(objectNamed('new'))).toBe('parts');
  expect((await operator().send(new HeadObjectCommand(objectNamed('new')))).StorageClass).toBe('GLACIER_IR');
});

test('an upload in parts has its lock, and needs all its parts', async () => {
  const of = objectNamed('parts');
  const { UploadId } = await archiver().send(new CreateMultipartUploadCommand({ ...of, ...lock('GOVERNANCE') }));
  const bodies = ['x'.repeat(5 * 1024 * 1024), 'end'];
  const Parts = await Promise.all(
    bodies.map(async (Body, at) => {
      const { ETag } = await archiver().send(new UploadPartCommand({ ...of, UploadId, PartNumber: at + 1, Body }));
      return { ETag, PartNumber: at + 1 };
    }),
  );
  const complete = (parts: typeof Parts) =>
    archiver().send(new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts: parts } }));
  await expect(complete([...Parts, { ETag: '"none"', PartNumber: 3 }])).rejects.toMatchObject({ name: 'InvalidPart' });
  const { VersionId } = await complete(Parts);
  expect(await textOf(of)).toBe(bodies.join(''));
  await expect(archiver().send(new DeleteObjectCommand({ ...of, VersionId }))).rejects.toMatchObject(denied);
});

test('versions are listed in pages and removed one by one, but for the locked', async () => {
  for (const text of ['one', 'two', 'three']) await putText('listed/a', text);
  await putText('listed/b', 'locked', lock('GOVERNANCE'));
  await putText('other', 'text');
  const first = await archiver().send(
    new ListObjectVersionsCommand({ Bucket: 'toy-locked', Prefix: 'listed/', MaxKeys: 2 }),
  );
  const rest = await archiver().send(
    new ListObjectVersionsCommand({
      Bucket: 'toy-locked',
      Prefix: 'listed/',
      KeyMarker: first.NextKeyMarker,
      VersionIdMarker: first.NextVersionIdMarker,
    }),
  );
  expect([first, rest].map(({ Versions = [] }) => Versions.map(({ Key, IsLatest }) => `${Key} ${IsLatest}`))).toEqual([
    ['listed/a true', 'listed/a false'],
    ['listed/a false', 'listed/b true'],
  ]);
  const objects = objectsFromEnvironment({ BUCKET_ARCHIVES: 'toy-locked' }, archiver());
  const removed: string[] = [];
  for await (const { key, version } of objects.versions({ bucket: 'archives', key: 'listed/' }))
    removed.push(`${key} ${await objects.removeVersion({ bucket: 'archives', key, version })}`);
  expect(removed.sort()).toEqual(['listed/a true', 'listed/a true', 'listed/a true', 'listed/b false']);
  const { Contents = [] } = await operator().send(
    new ListObjectsV2Command({ Bucket: 'toy-locked', Prefix: 'listed/' }),
  );
  expect(Contents.map(({ Key }) => Key)).toEqual(['listed/b']);
  await expect(
    clientOf('toy-idle').send(new ListObjectVersionsCommand({ Bucket: 'toy-locked' })),
  ).rejects.toMatchObject(denied);
});

test('without versions, a write replaces the object and a deletion removes it', async () => {
  const plain = (Key: string) => ({ Bucket: 'toy-files', Key });
  for (const Body of ['first', 'second']) await operator().send(new PutObjectCommand({ ...plain('plain'), Body }));
  const listed = async () => {
    const { Versions = [], DeleteMarkers = [] } = await operator().send(
      new ListObjectVersionsCommand({ Bucket: 'toy-files', Prefix: 'plain' }),
    );
    return [Versions.length, DeleteMarkers.length];
  };
  expect([await textOf(plain('plain')), await listed()]).toEqual(['second', [1, 0]]);
  await operator().send(new DeleteObjectCommand(plain('plain')));
  expect(await listed()).toEqual([0, 0]);
  const missing = { Bucket: 'toy-none', Key: 'x' };
  await expect(textOf(missing)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('an object that is erased has no version left, and others whose keys begin alike stay', async () => {
  const objects = objectsFromEnvironment({ BUCKET_ARCHIVES: 'toy-locked' }, archiver());
  for (const key of ['erased/1', 'erased/1', 'erased/10']) await putText(key, 'text');
  await operator().send(new DeleteObjectCommand(objectNamed('erased/1')));
  await objects.erase({ bucket: 'archives', key: 'erased/1' });
  const { Versions = [], DeleteMarkers = [] } = await operator().send(
    new ListObjectVersionsCommand({ Bucket: 'toy-locked', Prefix: 'erased/' }),
  );
  expect([...Versions, ...DeleteMarkers].map(({ Key }) => Key)).toEqual(['erased/10']);
});

test('versions and locks outlast a restart', async () => {
  const { VersionId } = await putText('durable', 'first', lock('COMPLIANCE'));
  await putText('durable', 'second');
  await endpoint.close();
  endpoint = await start();
  expect([await textOf(objectNamed('durable')), await textOf({ ...objectNamed('durable'), VersionId })]).toEqual([
    'second',
    'first',
  ]);
  await expect(
    operator().send(new DeleteObjectCommand({ ...objectNamed('durable'), VersionId })),
  ).rejects.toMatchObject(denied);
  const { VersionId: third = '' } = await putText('durable', 'third');
  expect(await textOf(objectNamed('durable'))).toBe('third');
  expect(third > (VersionId ?? '')).toBe(true);
});

test('a copy of a version has its bytes and its type, and the lock and the class that it is given', async () => {
  const { VersionId: first = '' } = await putText('source/ä', 'first', { ContentType: 'text/plain' });
  await putText('source/ä', 'second');
  const CopySource = `toy-locked/source/${encodeURIComponent('ä')}?versionId=${first}`;
  const copy = (Key: string, more = {}) =>
    operator().send(new CopyObjectCommand({ ...objectNamed(Key), CopySource, ...more }));
  const { CopyObjectResult } = await copy('copy', { ...lock('GOVERNANCE'), StorageClass: 'STANDARD_IA' });
  expect(await textOf(objectNamed('copy'))).toBe('first');
  const head = await operator().send(new HeadObjectCommand(objectNamed('copy')));
  expect(head).toMatchObject({
    ContentType: 'text/plain',
    StorageClass: 'STANDARD_IA',
    ObjectLockMode: 'GOVERNANCE',
    ETag: CopyObjectResult?.ETag,
  });
  await expect(copy('copy', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await operator().send(new DeleteObjectCommand(objectNamed('source/ä')));
  const ofMarker = { ...objectNamed('none'), CopySource: CopySource.replace(/[?].*/, '') };
  await expect(operator().send(new CopyObjectCommand(ofMarker))).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('markers say when an object was deleted', async () => {
  const began = Date.now();
  await putText('deleted', 'text');
  await operator().send(new DeleteObjectCommand(objectNamed('deleted')));
  const listed = await operator().send(new ListObjectVersionsCommand({ Bucket: 'toy-locked', Prefix: 'deleted' }));
  expect(listed.DeleteMarkers?.[0]?.LastModified?.getTime()).toBeGreaterThanOrEqual(began - 1);
});

test('a bucket that no template names any more goes on', async () => {
  await putText('stays', 'text');
  await endpoint.close();
  endpoint = await startOnSharedStore(optionsFor(dataDir, { resources, policiesOf: (name) => policies[name] ?? [] }));
  expect(await textOf(objectNamed('stays'))).toBe('text');
  const { Versions } = await operator().send(new ListObjectVersionsCommand({ Bucket: 'toy-locked', Prefix: 'stays' }));
  expect(Versions).toHaveLength(1);
});

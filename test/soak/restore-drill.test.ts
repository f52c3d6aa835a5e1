import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  ScanCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import { localAssembly, synthesizeLocal } from '#bin/start/assembly.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { namesFor } from '#infra/names.ts';
import { versionedBuckets, type Bucket } from '#contract/buckets.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { fileObject, fileRow } from '#dynamodb/rows/file.ts';
import { create } from '#dynamodb/write.ts';
import { newRecordingFile, recordingOf } from '#schema/file.ts';
import { eventually } from '../support/eventually.ts';
import { startCloudHere, type CloudHere } from '../system/operations/cloud-here.fixture.ts';
import { outputsFileIn } from '../system/cloud.ts';
import { requestUpload, send, settled, sha256, wav } from '../system/file-uploads.fixture.ts';
import { objectClient, storeOf } from '../system/people.ts';
import { taskCloudIn, tasksOf, type TaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones } from '../system/softphones.fixture.ts';
import { outcome, texts, type Body } from '../system/tenant.fixture.ts';
import { mailboxesOf } from '../system/voicemail.fixture.ts';

/**
 * The table and the objects of a point in time take the place of those of a stage, as infra/RUNBOOK.md says
 * ("Restore"). What AWS restores, the table, is here an export of that time.
 */

const suffix = '2';
const restored = { tableName: 'trunkline-local-table-2', bucketSuffix: suffix };
const folder = mkdtempSync(join(tmpdir(), 'trunkline-drill-'));
const dataDir = join(folder, 'data');
const open = new AsyncDisposableStack();
open.defer(() => rmSync(folder, { recursive: true }));
afterAll(() => open.disposeAsync());

const bucketOf = (bucket: Bucket, names = namesFor('local')): string =>
  `${names.bucket(bucket)}-000000000000-us-east-1`;

/** Both starts are the same stage, whose sessions go on. */
const start = (assembly: string): Promise<CloudHere> =>
  startCloudHere({ dataDir, assembly, environment: { PUBLIC_URL: 'http://restored.example' } });

type Item = Record<string, AttributeValue>;

/** All items of a table, by their keys. */
async function itemsOf({ client }: Pick<Store, 'client'>, TableName: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const keyOf = ({ PK, SK }: Item): string => `${PK?.S} ${SK?.S}`;

/** A table with the keys and indexes of another one, and with these items. */
async function restoreTable({ client, tableName: from }: Store, to: string, items: readonly Item[]): Promise<void> {
  const { Table: { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes = [] } = {} } = await client.send(
    new DescribeTableCommand({ TableName: from }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: to,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions,
      KeySchema,
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((index) => ({
        IndexName: index.IndexName,
        KeySchema: index.KeySchema,
        Projection: index.Projection,
      })),
    }),
  );
  for (let at = 0; at < items.length; at += 25) {
    const page = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [to]: page } }));
  }
}

/** What the first table and its buckets have. */
async function contentBefore({ cloud: { outputs } }: CloudHere) {
  const store = storeOf(outputs);
  const versions = versionedBuckets.map(async (bucket) => {
    const { Versions = [], DeleteMarkers = [] } = await objectClient(outputs).send(
      new ListObjectVersionsCommand({ Bucket: bucketOf(bucket) }),
    );
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`);
  });
  return { items: await itemsOf(store, store.tableName), versions: await Promise.all(versions) };
}

/** Deletes every object, as a mistake would. */
async function deleteObjects({ cloud: { outputs } }: CloudHere): Promise<void> {
  const objects = objectClient(outputs);
  for (const bucket of ['files', 'voicemail'] as const) {
    const Bucket = bucketOf(bucket);
    const { Contents = [] } = await objects.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.length).toBeGreaterThan(0);
    for (const { Key } of Contents) await objects.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}

const call = 'call_01HZY3V8Q4N5T6W7X8Y9Z0A1B2';

/** The recording of a call, as a relay stores it. */
async function record({ cloud }: CloudHere, { tenant, operator }: TaskCloud, bytes: Buffer): Promise<string> {
  const { organization } = tenant;
  const file = newRecordingFile(call, { users: [], parties: ['+14155550100'], direction: 'inbound' }, new Date());
  await commit(storeOf(cloud.outputs), organization, [create(fileRow, file)]);
  const { key: Key } = fileObject(organization, file.id, 1);
  await objectClient(cloud.outputs).send(
    new PutObjectCommand({ Bucket: bucketOf('files'), Key, Body: bytes, ContentType: 'audio/wav' }),
  );
  expect((await settled(cloud, tenant.token, file.id)).state).toBe('ready');
  expect(operator).not.toBe('');
  return recordingOf(call);
}

test('the data of a time is whole under other names, and nothing is written to the data before', async () => {
  const first = await start(await localAssembly());
  await using stopping = new AsyncDisposableStack();
  stopping.defer(() => first.cloud.stop());
  const of = await taskCloudIn(first.cloud);
  const { ask, token } = of.tenant;
  const has = async (path: string): Promise<Body> => {
    const answer = await ask('GET', path);
    expect(`${path} ${outcome(answer)}`).toBe(`${path} 200`);
    return (answer.body as { data: Body }).data;
  };

  const trunk = {
    name: 'Carrier',
    type: 'carrier',
    host: 'sip.carrier.example',
    username: 'a',
    password: 'secret_1234567',
  };
  const { id: trunkId = '' } = texts(await ask('PUT', '/siptrunk/new', trunk));
  const [greeting, recording] = [wav(40_000), wav(20_000)];
  const made = await requestUpload(first.cloud, token, {
    name: 'Welcome',
    kind: 'greeting',
    content_type: 'audio/wav',
    size: greeting.length,
  });
  expect(await send(made, greeting)).toBe(200);
  await settled(first.cloud, token, made.id);
  const recordingId = await record(first, of, recording);
  const mailboxes = mailboxesOf(ask);
  const messageId = await mailboxes.leave(await mailboxes.newMailbox());
  const then = { trunk: await has(`/siptrunk/${trunkId}`), message: await has(`/voicemail/${messageId}`) };

  // The point in time.
  const store = storeOf(first.cloud.outputs);
  const items = await itemsOf(store, store.tableName);
  const at = new Date().toISOString();

  await ask('POST', `/siptrunk/${trunkId}`, { max_channels: 7 });
  const later = texts(await ask('PUT', '/siptrunk/new', { ...trunk, name: 'Later', host: 'later.example' }));
  const laterFile = await requestUpload(first.cloud, token, {
    name: 'Later',
    kind: 'greeting',
    content_type: 'audio/wav',
    size: 30_000,
  });
  expect(await send(laterFile, wav(30_000))).toBe(200);
  await settled(first.cloud, token, laterFile.id);
  expect(outcome(await ask('DELETE', `/files/${made.id}`))).toBe('200');
  expect(outcome(await ask('DELETE', `/voicemail/${messageId}`))).toBe('200');
  await deleteObjects(first);
  await restoreTable(store, restored.tableName, items);
  await stopping.disposeAsync();

  const assembly = join(folder, 'restored');
  await synthesizeLocal(await bundledFunctions(), assembly, restored);
  const second = await start(assembly);
  open.defer(() => second.cloud.stop());
  const before = await contentBefore(second);
  const copying = ['bin/restore-objects.ts', outputsFileIn(dataDir), at, suffix];
  const copied = await promisify(execFile)(process.execPath, copying);
  expect(copied.stdout).toMatch(/files: [1-9]\d* objects copied, 0 were there, 0 failed/);
  expect((await promisify(execFile)(process.execPath, copying)).stdout).toMatch(/files: 0 objects copied, [1-9]/);

  const again: TaskCloud = await reconnect(second, of);
  const { ask: askAgain } = again.tenant;
  const dataOf = async (path: string): Promise<Body> => {
    const answer = await askAgain('GET', path);
    expect(`${path} ${outcome(answer)}`).toBe(`${path} 200`);
    return (answer.body as { data: Body }).data;
  };
  const bytesOf = async (path: string): Promise<string> => {
    const { download } = (await dataOf(path)) as Body & { readonly download: { readonly url: string } };
    return sha256(Buffer.from(await (await fetch(download.url)).arrayBuffer()));
  };
  expect(await dataOf(`/siptrunk/${trunkId}`)).toEqual(then.trunk);
  expect(await dataOf(`/voicemail/${messageId}`)).toMatchObject({ id: messageId, mailbox: then.message['mailbox'] });
  expect(await bytesOf(`/files/${made.id}`)).toBe(sha256(greeting));
  expect(await bytesOf(`/files/${recordingId}`)).toBe(sha256(recording));
  expect(await bytesOf(`/voicemail/${messageId}`)).toMatch(/^[0-9a-f]{64}$/);
  const gone = [`/siptrunk/${later['id']}`, `/files/${laterFile.id}`];
  expect(await Promise.all(gone.map(async (path) => (await askAgain('GET', path)).status))).toEqual([404, 404]);

  // The restored service is in use: a change, a file, and a call through its sidecar.
  expect(outcome(await askAgain('POST', `/siptrunk/${trunkId}`, { max_channels: 9 }))).toBe('200');
  const fresh = await requestUpload(second.cloud, token, {
    name: 'New',
    kind: 'greeting',
    content_type: 'audio/wav',
    size: 30_000,
  });
  expect(await send(fresh, wav(30_000))).toBe(200);
  await settled(second.cloud, token, fresh.id);
  const phones = await newSoftphones(again.tenant, ['201', '202'], again.tasks[0]);
  for (const { phone } of phones) open.use(phone);
  const [caller, callee] = phones;
  const conversation = await converse(caller.phone, callee.phone, '202');
  conversation.caller.hangUp();
  await expectEnd(conversation.callee, 'ended by peer');
  await eventually(async () => expect((await askAgain('GET', '/cdr')).body).toMatchObject({ data: [{}] }), 60_000);
  expect(await contentBefore(second)).toEqual(before);
});

/** The same tenant, in the restored cloud. */
async function reconnect({ cloud }: CloudHere, { tenant, operator }: TaskCloud): Promise<TaskCloud> {
  const ask: TaskCloud['tenant']['ask'] = (method, path, json, { token = tenant.token } = {}) =>
    cloud.api(path, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(json === undefined ? {} : { json }),
    });
  await eventually(async () => expect((await ask('GET', '/siptrunk')).status).toBe(200), 60_000);
  return { cloud, operator, tenant: { ...tenant, ask }, tasks: tasksOf(cloud) };
}

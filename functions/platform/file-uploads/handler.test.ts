import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { manualClock, type ManualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryLinks, memoryObjects, type MemoryObjects } from '#test/support/objects.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { tryCommit } from '#dynamodb/commit.ts';
import { type DueItem, dueRow } from '#dynamodb/rows/due.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { fileRow, fileTextRow, recordingsOf, referenceWrites } from '#dynamodb/rows/file.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { recordingWrites } from '../../sip-sidecar/calls/running/media.ts';
import { type FileUpload, recordingOf } from '#schema/file.ts';
import { filesHandler } from '../files/handler.ts';
import { fileUploadsHandler, inspect } from './handler.ts';

const running = testStore();
let tenants: Tenants;
let organization = 7_000;
let token: string;
let clock: ManualClock;
let objects: MemoryObjects;
let handler: ApiHandler;

beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

beforeEach(async () => {
  organization += 1;
  token = await tenants.join(organization);
  clock = manualClock('2026-11-20T12:00:00.000Z');
  objects = memoryObjects();
  handler = filesHandler({ ...testDependencies(running.store, { clock }), links: memoryLinks });
});

const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt and some sound, longer than the header', 'latin1');
const sha256 = createHash('sha256').update(wav).digest('hex');

type Body = Readonly<Record<string, unknown>>;
const dataIn = ({ body }: { readonly body: unknown }) => (body as { readonly data: Body & { id: string } }).data;

const ask = (method: string, id: string, more: { json?: object; query?: Record<string, string> } = {}) =>
  call(handler, `${method} /files/{id}`, { token, params: { id }, ...more });

async function put(more: Body = {}, id = 'new'): Promise<string> {
  const json = { name: 'Welcome', kind: 'greeting', content_type: 'audio/wav', size: wav.length, ...more };
  const answer = await ask('PUT', id, { json });
  expect(outcome(answer)).toBe(id === 'new' ? '201' : '200');
  return dataIn(answer).id;
}

const keyOf = (id: string, number = 1) => `org_${organization}/files/${id}/${number}`;
const read = async (id: string) => dataIn(await ask('GET', id));
const stored = (id: string) => tableFor(running.store, organization).get(fileRow, { id });
const countOf = async (of: string) => (await tableFor(running.store, organization).get(countRow, { of }))?.value ?? 0;

/** Delivers a message to the consumer. @returns whether it is delivered again, and what became a dead letter */
async function deliver(body: object, from = objects) {
  const dead: string[] = [];
  const work = fileUploadsHandler({
    ...testDependencies(running.store, { clock }),
    objects: from,
    deadLetters: async ({ reason }) => void dead.push(reason),
  });
  const { batchItemFailures } = await work(batchOf([body]));
  return { again: batchItemFailures.length > 0, dead };
}

const announce = (key: string, from?: MemoryObjects) =>
  deliver({ Records: [{ eventSource: 'aws:s3', s3: { object: { key } } }] }, from);

/** Uploads bytes, and notifies the consumer. */
async function upload(id: string, bytes: Uint8Array = wav, number = 1) {
  await objects.put({ bucket: 'files', key: keyOf(id, number) }, bytes);
  return announce(keyOf(id, number));
}

/** The pointers of this organization, by kind and subject. */
async function pointers(): Promise<readonly DueItem[]> {
  const shards = await Promise.all(
    Array.from({ length: 8 }, (_shard, shard) =>
      tableFor<'due@GSI2'>(running.store, 0).queryIndex(dueRow, 'GSI2', ['waiting', String(shard)]),
    ),
  );
  return shards.flatMap(({ items }) => items).filter(({ org_id }) => org_id === organization);
}

/** Delivers what is due of a kind by now. */
async function sweep(kind: string) {
  for (const { at, subject, ...pointer } of await pointers())
    if (pointer.kind === kind && Date.parse(at) <= clock.now().getTime())
      await deliver({ schema: 'file-due.v1', kind, org_id: organization, subject });
}
const days = (count: number) => clock.advance(count * 86_400);

describe('an upload', () => {
  test('that is as announced makes the file ready, once', async () => {
    const id = await put({ sha256 });
    expect(await upload(id)).toEqual({ again: false, dead: [] });
    expect(await read(id)).toMatchObject({ state: 'ready', sha256, version: 2 });
    await announce(keyOf(id));
    expect(await read(id)).toMatchObject({ state: 'ready', version: 2 });
  });

  test.each([
    ['SIZE_MISMATCH', {}, Buffer.concat([wav, wav])],
    ['TYPE_MISMATCH', {}, Buffer.alloc(wav.length)],
    ['HASH_MISMATCH', { sha256: 'a'.repeat(64) }, wav],
    ['TYPE_MISMATCH', { kind: 'attachment', content_type: 'text/plain', size: 2 }, Buffer.from([0xc3, 0x28])],
  ])('is rejected for %s (%j), and its bytes and their count are gone', async (reason, more, bytes) => {
    const id = await put(more);
    await upload(id, bytes);
    expect(await read(id)).toMatchObject({ state: 'rejected', reason });
    expect([objects.kept.size, await countOf('file_bytes')]).toEqual([0, 0]);
  });

  test('whose consumer dies after the rejection is deleted by the next message', async () => {
    const id = await put({ sha256: 'a'.repeat(64) });
    const erase = () => Promise.reject(new Error('killed'));
    await objects.put({ bucket: 'files', key: keyOf(id) }, wav);
    expect(await announce(keyOf(id), { ...objects, erase })).toEqual({ again: true, dead: [] });
    expect([(await read(id))['state'], objects.kept.size]).toEqual(['rejected', 1]);
    await announce(keyOf(id));
    expect(objects.kept.size).toBe(0);
  });

  test('that another one has taken the place of changes nothing', async () => {
    const id = await put();
    await put({ size: 5 }, id);
    await upload(id);
    expect(await read(id)).toMatchObject({ state: 'pending', size: 5 });
    clock.advance(3_600);
    await sweep('file.purge');
    expect(objects.kept.size).toBe(0);
  });

  test('that cannot be read yet is tried again', async () => {
    const id = await put();
    expect(await announce(keyOf(id))).toEqual({ again: true, dead: [] });
    expect(await read(id)).toMatchObject({ state: 'pending' });
  });

  test('that does not come within a day is rejected, unless another is awaited', async () => {
    const [late, renewed] = [await put(), await put({ name: 'Hello' })];
    clock.advance(1_800);
    await put({ name: 'Hello' }, renewed);
    clock.advance(86_400 - 1_800);
    await sweep('file.upload');
    expect(await stored(late)).toMatchObject({ upload: { state: 'rejected', reason: 'NOT_UPLOADED' } });
    expect(await stored(renewed)).toMatchObject({ upload: { state: 'pending' } });
  });

  test('whose notification was lost is found after a day', async () => {
    const id = await put();
    await objects.put({ bucket: 'files', key: keyOf(id) }, wav);
    days(1);
    await sweep('file.upload');
    expect(await stored(id)).toMatchObject({ content: { sha256 }, upload: null });
  });
});

test('a key of another area is a dead letter', async () => {
  expect(await announce('org_1001/voicemail/vm_1/1')).toEqual({ again: false, dead: ['UNKNOWN_OBJECT'] });
});

test('the test event of S3 is nothing to do', async () => {
  expect(await deliver({ Service: 'Amazon S3', Event: 's3:TestEvent' })).toEqual({ again: false, dead: [] });
});

describe('bytes', () => {
  test('that were replaced go after a week, and those in their place stay', async () => {
    const id = await put();
    await upload(id);
    await put({}, id);
    await upload(id, wav, 2);
    expect(objects.kept.size).toBe(2);
    days(6);
    await sweep('file.purge');
    expect(objects.kept.size).toBe(2);
    days(1);
    await sweep('file.purge');
    expect([...objects.kept.keys()]).toEqual([keyOf(id, 2)]);
    expect(await countOf('file_bytes')).toBe(wav.length);
  });

  test('that a file has are never deleted, whatever a message says', async () => {
    const id = await put();
    await upload(id);
    await deliver({ schema: 'file-due.v1', kind: 'file.purge', org_id: organization, subject: `${id}/1` });
    expect(objects.kept.size).toBe(1);
    const odd = { schema: 'file-due.v1', kind: 'file.purge', org_id: organization, subject: id };
    expect(await deliver(odd)).toEqual({ again: false, dead: ['UNKNOWN_OBJECT'] });
  });

  test('of a deleted file go after a week; its name and its part of the limits are free at once', async () => {
    const id = await put();
    await upload(id);
    expect(outcome(await ask('DELETE', id))).toBe('200');
    expect([await countOf('files'), await countOf('file_bytes')]).toEqual([0, 0]);
    await put();
    days(7);
    await sweep('file.purge');
    expect(objects.kept.size).toBe(0);
  });

  test('are counted up to 20 GB, whatever becomes of them', async () => {
    const full = { of: 'file_bytes', value: 20 * 1024 ** 3 - wav.length };
    await tryCommit(running.store, organization, [overwrite(countRow, full)]);
    const id = await put();
    const json = { name: 'More', kind: 'sound', content_type: 'audio/wav', size: 1 };
    expect(outcome(await ask('PUT', 'new', { json }))).toBe('422 LIMIT_EXCEEDED');
    await upload(id, Buffer.alloc(wav.length));
    expect(outcome(await ask('PUT', 'new', { json }))).toBe('201');
  });
});

describe('a sound', () => {
  const tone = wavTone(1_000, 0.5, 16_000);
  const putSound = (name: string, id?: string) => put({ name, kind: 'sound', size: tone.length }, id);
  const sounds = () => [...objects.kept.keys()].filter((key) => key.includes('/sounds/'));

  test('that is uploaded is stored as calls play it, once', async () => {
    const ids = [await putSound('One'), await putSound('Two')];
    for (const id of ids) expect(await upload(id, tone)).toEqual({ again: false, dead: [] });
    for (const id of ids)
      expect(await read(id)).toMatchObject({ state: 'ready', sound: { state: 'converted', duration_ms: 500 } });
    const [key = '', ...more] = sounds();
    const sha256 = createHash('sha256')
      .update(objects.kept.get(key) ?? '')
      .digest('hex');
    expect([key, more]).toEqual([`org_${organization}/sounds/${sha256}/1`, []]);
    expect((await stored(ids[0] ?? ''))?.content?.sound).toEqual({ sha256, milliseconds: 500 });
    expect(await announce(key)).toEqual({ again: false, dead: [] });
  });

  test('stays while another file plays it', async () => {
    const ids = [await putSound('One'), await putSound('Two')];
    for (const id of ids) await upload(id, tone);
    await ask('DELETE', ids[0] ?? '');
    days(7);
    await sweep('file.purge');
    expect(sounds()).toHaveLength(1);
  });

  test('goes a week after the last file that plays it has another one', async () => {
    const id = await putSound('One');
    await upload(id, tone);
    await putSound('One', id);
    await upload(id, wavTone(500, 0.5, 16_000), 2);
    expect(sounds()).toHaveLength(2);
    days(7);
    await sweep('file.purge');
    expect(sounds()).toEqual([`org_${organization}/sounds/${(await stored(id))?.content?.sound?.sha256}/1`]);
  });

  test('that cannot be read is rejected, and its bytes are gone', async () => {
    const id = await put({ kind: 'sound' });
    await upload(id);
    expect(await read(id)).toMatchObject({ state: 'rejected', reason: 'UNREADABLE_SOUND', sound: null });
    expect(objects.kept.size).toBe(0);
  });

  test('of another kind is not converted', async () => {
    const id = await put({ kind: 'music_on_hold', size: tone.length });
    await upload(id, tone);
    expect(await read(id)).toMatchObject({ state: 'ready', sound: null });
    expect(sounds()).toEqual([]);
  });

  test('that is a greeting is converted; one that cannot be is ready, and not played', async () => {
    const id = await put({ kind: 'greeting', size: tone.length });
    await upload(id, tone);
    expect(sounds()).toEqual([`org_${organization}/sounds/${(await stored(id))?.content?.sound?.sha256}/1`]);
    const unplayed = await put({ kind: 'greeting', name: 'Silence' });
    await upload(unplayed);
    expect([(await read(unplayed))['state'], (await stored(unplayed))?.content?.sound]).toEqual(['ready', undefined]);
  });
});

test('the text of a template is kept as long as its file, and replaced with it', async () => {
  const text = Buffer.from('{{device.mac}}');
  const template = { kind: 'provisioning_template', content_type: 'text/plain', size: text.length };
  const id = await put(template);
  const stored = () => tableFor(running.store, organization).get(fileTextRow, { id });
  await upload(id, text);
  expect(await stored()).toEqual({ id, content_type: 'text/plain', text: '{{device.mac}}' });
  await put({ ...template, size: 2 }, id);
  await upload(id, Buffer.from([0xc3, 0x28]), 2);
  expect(await stored()).toMatchObject({ text: '{{device.mac}}' });
  await put({ ...template, content_type: 'application/xml', size: 4 }, id);
  await upload(id, Buffer.from('<a/>'), 3);
  expect(await stored()).toEqual({ id, content_type: 'application/xml', text: '<a/>' });
  expect(outcome(await ask('DELETE', id))).toBe('200');
  expect(await stored()).toBeUndefined();
});

test('the files of a closed organization go, and their bytes after a week', async () => {
  const ids = await Promise.all(
    Array.from({ length: 25 }, (_file, at) => put({ name: `File ${at}`, kind: at % 2 === 0 ? 'sound' : 'greeting' })),
  );
  await upload(ids[1] ?? '');
  await cascadesIn(running.store, { clock })(organization, 'org.closed', `org_${organization}`);
  expect(await Promise.all(ids.map(stored))).toEqual(ids.map(() => undefined));
  days(7);
  await sweep('file.erasure');
  expect(objects.kept.size).toBe(0);
});

describe('a file in use', () => {
  const device = { type: 'device', id: 'dev_1' };

  test('is deleted by force only', async () => {
    const id = await put();
    await upload(id);
    await tryCommit(running.store, organization, referenceWrites({ id }, device));
    expect((await read(id))['references']).toEqual([device]);
    const answer = await ask('DELETE', id);
    expect([outcome(answer), answer.body]).toMatchObject([
      '409 FILE_IN_USE',
      { error: { details: [{ path: 'device/dev_1' }] } },
    ]);
    expect(outcome(await ask('DELETE', id, { query: { force: 'true' } }))).toBe('200');
    expect(await stored(id)).toBeUndefined();
  });
});

const recordedCall = (id: string) => ({
  id,
  org_id: organization,
  user_id: 'usr_1',
  direction: 'outbound' as const,
  legs: [],
  numbers: { caller: '+4930123', called: '+4989456', asserted: null, diverter: null, billing: null },
});

test('a recording under a legal hold is kept for nobody to see, until the hold is released', async () => {
  const call = 'call_01KAFB5Q4S0000000000000003';
  const id = recordingOf(call);
  await tryCommit(running.store, organization, recordingWrites(recordedCall(call), clock.now()));
  await upload(id);
  const releases = [
    await hold(running.store, organization, ['recordings'], { numbers: ['+4989456'] }),
    await hold(running.store, organization, ['recordings'], { user_ids: ['usr_1'] }),
  ];
  await hold(running.store, organization, ['recordings'], { user_ids: ['usr_2'] });
  expect(outcome(await ask('DELETE', id))).toBe('200');
  expect(await stored(id)).toBeUndefined();
  for (const release of releases) {
    days(30);
    await sweep('file.purge');
    expect(objects.kept.size).toBe(1);
    await release();
    await cascadesIn(running.store)(organization, 'legalhold.released', 'hold_1');
  }
  days(30);
  await sweep('file.purge');
  expect(objects.kept.size).toBe(0);
});

test('the recording of a call in which nothing was heard is rejected at once', async () => {
  const call = 'call_01KAFB5Q4S0000000000000002';
  const id = recordingOf(call);
  await tryCommit(running.store, organization, recordingWrites(recordedCall(call), clock.now()));
  await upload(id, wav.subarray(0, 44));
  expect(await stored(id)).toMatchObject({ upload: { state: 'rejected', reason: 'NO_SOUND' } });
  expect(objects.kept.size).toBe(0);
});

test('a recording of an earlier version gets the key by which retention finds it', async () => {
  const call = 'call_01KAFB5Q4S0000000000000004';
  const id = recordingOf(call);
  await tryCommit(running.store, organization, recordingWrites(recordedCall(call), clock.now()));
  const table = tableFor(running.store, organization);
  const found = async () =>
    (await table.queryIndex(fileRow, 'GSI1', recordingsOf(organization))).items.map((file) => file.id);
  const stored = await table.get(fileRow, { id });
  const { index1: _, ...withoutIndex } = fileRow;
  await tryCommit(running.store, organization, [overwrite(withoutIndex, stored!)]);
  expect(await found()).not.toContain(id);
  await deliver({ schema: 'file-due.v1', kind: 'file.retention', org_id: organization, subject: id });
  expect(await found()).toContain(id);
});

const announced: FileUpload = {
  number: 1,
  content_type: 'audio/wav',
  size: wav.length,
  sha256: null,
  state: 'pending',
  reason: null,
  created_at: '2026-11-21T12:00:00.000Z',
};

/** An object in pieces of 8 bytes, and how many of them were read. */
function opened(bytes: Buffer) {
  const read = { pieces: 0 };
  async function* body() {
    for (let at = 0; at < bytes.length; at += 8) {
      read.pieces += 1;
      yield bytes.subarray(at, at + 8);
    }
  }
  return { read, object: { size: bytes.length, type: 'audio/wav', body: body() } };
}

const kind = { kind: 'greeting' } as const;

test('bytes of the announced length and type are read once, to their end', async () => {
  const { object } = opened(wav);
  expect(await inspect(object, kind, announced)).toEqual({
    size: wav.length,
    sha256: createHash('sha256').update(wav).digest('hex'),
    content: true,
    text: '',
  });
});

test('of another length the first piece is read only', async () => {
  const { object, read } = opened(Buffer.concat([wav, Buffer.alloc(1_000)]));
  expect(await inspect(object, kind, announced)).toMatchObject({ size: wav.length + 1_000, content: false });
  expect(read.pieces).toBe(1);
});

test('of another type the beginning is read only', async () => {
  const { object, read } = opened(Buffer.alloc(wav.length));
  expect(await inspect(object, kind, announced)).toMatchObject({ content: false });
  expect(read.pieces).toBe(2);
});

test('the text of a template is kept', async () => {
  const text = Buffer.from('name = {{device.name}}');
  const template = { ...announced, content_type: 'text/plain', size: text.length };
  expect(await inspect(opened(text).object, { kind: 'provisioning_template' }, template)).toMatchObject({
    content: true,
    text: 'name = {{device.name}}',
  });
});

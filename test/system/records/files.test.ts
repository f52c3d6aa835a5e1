import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { wavTone } from '#test/support/wav.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { newTenant, outcome, type Body, type Tenant } from '../tenant.fixture.ts';

/** Files over HTTP: from the request through the upload by link to the checked content. */

type Upload = { readonly url: string; readonly headers: Record<string, string> };
type FileBody = Body & { readonly id: string; readonly upload: Upload; readonly download: { readonly url: string } };

const wav = (length: number): Buffer =>
  Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), randomBytes(length - 16)]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const fileIn = ({ body }: { readonly body: unknown }): FileBody => (body as { readonly data: FileBody }).data;

/** Requests an upload. @param id `new`, or the file to replace */
async function request({ ask }: Tenant, bytes: Uint8Array, more: Body = {}, id = 'new'): Promise<FileBody> {
  const body = { name: 'Welcome', kind: 'greeting', content_type: 'audio/wav', size: bytes.length, ...more };
  const answer = await ask('PUT', `/files/${id}`, body);
  expect(outcome(answer)).toBe(id === 'new' ? '201' : '200');
  return fileIn(answer);
}

const upload = async ({ url, headers }: Upload, bytes: Uint8Array): Promise<number> =>
  (await fetch(url, { method: 'PUT', headers, body: bytes })).status;

const read = async ({ ask }: Tenant, id: string): Promise<FileBody> => fileIn(await ask('GET', `/files/${id}`));

/** The file once it is in a state. */
const inState = (tenant: Tenant, id: string, state: string): Promise<FileBody> =>
  eventually(async () => {
    const file = await read(tenant, id);
    expect(file['state']).toBe(state);
    return file;
  }, 20_000);

const contentOf = async ({ url }: { readonly url: string }): Promise<string> =>
  sha256(Buffer.from(await (await fetch(url)).arrayBuffer()));

test('a file is uploaded by a link, checked, and downloaded by another under its name', async () => {
  const tenant = await newTenant();
  const bytes = wav(48_044);
  const made = await request(tenant, bytes, { sha256: sha256(bytes).toUpperCase() });
  expect(made).toMatchObject({ state: 'pending', reason: null, version: 1, references: [] });
  expect(made.upload).toMatchObject({
    method: 'PUT',
    headers: { 'Content-Type': 'audio/wav', 'Content-Length': '48044' },
  });
  expect(await upload(made.upload, bytes)).toBe(200);
  const ready = await inState(tenant, made.id, 'ready');
  expect(ready).toMatchObject({ sha256: sha256(bytes), size: bytes.length, version: 2, replacement: null });
  const answer = await fetch(ready.download.url);
  expect([answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
    'audio/wav',
    'attachment; filename="Welcome.wav"; filename*=UTF-8\'\'Welcome.wav',
  ]);
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(bytes));
  expect(await upload(made.upload, wav(48_044))).toBe(412);
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/events/file/${made.id}`);
    const types = (body as { data: { events: { type: string }[] } }).data.events.map(({ type }) => type);
    expect(types).toEqual(['file.ready', 'file.created']);
  }, 20_000);
});

test.each([
  ['of another type', { content_type: 'audio/ogg' }, 'TYPE_MISMATCH'],
  ['with another hash', { sha256: 'a'.repeat(64) }, 'HASH_MISMATCH'],
])('an upload %s is rejected, and its bytes are gone', async (_case, more, reason) => {
  const tenant = await newTenant();
  const bytes = wav(1_000);
  const made = await request(tenant, bytes, more);
  expect(await upload(made.upload, bytes)).toBe(200);
  const rejected = await inState(tenant, made.id, 'rejected');
  expect(rejected).toMatchObject({ reason });
  expect(rejected).not.toHaveProperty('download');
  // The link creates an object only where there is none: the bytes are gone. Those that come now go, too.
  await eventually(async () => expect(await upload(made.upload, bytes)).toBe(200), 20_000);
  await eventually(async () => expect(await upload(made.upload, bytes)).toBe(200), 20_000);
  expect(await read(tenant, made.id)).toMatchObject({ state: 'rejected', reason });
});

test('a link takes the length and type that were announced only', async () => {
  const made = await request(await newTenant(), wav(1_000));
  expect(
    await upload({ ...made.upload, headers: { ...made.upload.headers, 'Content-Length': '1001' } }, wav(1_001)),
  ).toBe(403);
  const asText = { ...made.upload.headers, 'Content-Type': 'text/html' };
  expect(await upload({ ...made.upload, headers: asText }, wav(1_000))).toBe(403);
});

test('a file that is replaced keeps its content until the new one is accepted', async () => {
  const tenant = await newTenant();
  const [first, second] = [wav(1_000), wav(2_000)];
  const made = await request(tenant, first);
  await upload(made.upload, first);
  await inState(tenant, made.id, 'ready');
  const wrong = await request(tenant, Buffer.from('no audio'), { name: 'Hello' }, made.id);
  expect(wrong).toMatchObject({
    name: 'Hello',
    state: 'ready',
    size: 1_000,
    replacement: { state: 'pending', size: 8 },
  });
  await upload(wrong.upload, Buffer.from('no audio'));
  await eventually(
    async () =>
      expect(await read(tenant, made.id)).toMatchObject({
        state: 'ready',
        sha256: sha256(first),
        replacement: { state: 'rejected', reason: 'TYPE_MISMATCH' },
      }),
    20_000,
  );
  expect(await contentOf((await read(tenant, made.id)).download)).toBe(sha256(first));
  const right = await request(tenant, second, { name: 'Hello' }, made.id);
  await upload(right.upload, second);
  await eventually(
    async () => expect(await read(tenant, made.id)).toMatchObject({ sha256: sha256(second), replacement: null }),
    20_000,
  );
  expect(await contentOf((await read(tenant, made.id)).download)).toBe(sha256(second));
});

test('a sound is converted to what calls play, and one that cannot be read is rejected', async () => {
  const tenant = await newTenant();
  const tone = wavTone(1_000, 1.5, 44_100);
  const made = await request(tenant, tone, { kind: 'sound' });
  expect(await upload(made.upload, tone)).toBe(200);
  expect(await inState(tenant, made.id, 'ready')).toMatchObject({ sound: { state: 'converted', duration_ms: 1_500 } });
  const noise = wav(1_000);
  const noisy = await request(tenant, noise, { kind: 'sound', name: 'Noise' });
  expect(await upload(noisy.upload, noise)).toBe(200);
  expect(await inState(tenant, noisy.id, 'rejected')).toMatchObject({ reason: 'UNREADABLE_SOUND', sound: null });
});

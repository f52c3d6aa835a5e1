import { beforeAll, expect, test } from 'vitest';
import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { twoTenants, upload } from '../voicemail.fixture.ts';

let ask: AdministeredTenant['ask'];
let other: AdministeredTenant['ask'];
beforeAll(async () => {
  [{ ask }, { ask: other }] = await twoTenants('drops');
});

const recording = { content_type: 'audio/wav', size: 500, duration_seconds: 9 };
const bodyOf = (more: object = {}) => ({ name: uniqueName('drop'), ...recording, ...more });
const save = (body: object, id = 'new') => ask('PUT', `/voicemaildrop/${id}`, body);
const idOf = (answer: Parameters<typeof texts>[0]): string => texts(answer)['id'] ?? '';

const statusOf = async (id: string) => texts(await ask('GET', `/voicemaildrop/${id}`))['status'];

async function ready(body = bodyOf()): Promise<string> {
  const made = await save(body);
  expect([outcome(made), texts(made)['status']]).toEqual(['201', 'pending']);
  await upload(made, wavOf(500));
  await eventually(async () => (await statusOf(idOf(made))) === 'ready');
  return idOf(made);
}

const download = async (id: string) =>
  Buffer.from(
    await (
      await fetch(textAt((await ask('GET', `/voicemaildrop/${id}`)).body, 'data', 'download', 'url'))
    ).arrayBuffer(),
  );

test('a drop is ready when its recording was uploaded, and goes with its bytes', async () => {
  const id = await ready();
  expect(await download(id)).toEqual(wavOf(500));
  expect([outcome(await other('GET', `/voicemaildrop/${id}`)), outcome(await other('GET', '/voicemaildrop'))]).toEqual([
    '404 NOT_FOUND',
    '200',
  ]);
  const link = textAt((await ask('GET', `/voicemaildrop/${id}`)).body, 'data', 'download', 'url');
  expect(outcome(await ask('DELETE', `/voicemaildrop/${id}`))).toBe('200');
  await eventually(async () => (await fetch(link)).status !== 200);
});

test('a drop that is replaced plays its recording until the new one is accepted', async () => {
  const id = await ready();
  const replaced = await save(bodyOf({ size: 600 }), id);
  expect([outcome(replaced), texts(replaced)['status']]).toEqual(['200', 'ready']);
  expect(await download(id)).toEqual(wavOf(500));
  await upload(replaced, Buffer.alloc(600));
  await eventually(async () => (await ask('GET', `/voicemaildrop/${id}`)).status === 200);
  const again = await save(bodyOf({ size: 600 }), id);
  await upload(again, wavOf(600));
  await eventually(async () => (await download(id)).length === 600);
});

test('a drop whose upload has other bytes vanishes', async () => {
  const made = await save(bodyOf());
  await upload(made, Buffer.alloc(500));
  await eventually(async () => outcome(await ask('GET', `/voicemaildrop/${idOf(made)}`)) === '404 NOT_FOUND');
});

test('a drop plays a file, which cannot be deleted meanwhile', async () => {
  const file = await ask('PUT', '/files/new', {
    name: uniqueName('drop'),
    kind: 'voicemail_drop',
    content_type: 'audio/wav',
    size: 500,
  });
  expect(outcome(await save({ name: uniqueName('drop'), file_id: idOf(file) }))).toBe('422 VALIDATION_FAILED');
  await upload(file, wavOf(500));
  await eventually(async () => texts(await ask('GET', `/files/${idOf(file)}`))['state'] === 'ready');
  const made = await save({ name: uniqueName('drop'), file_id: idOf(file) });
  expect([outcome(made), texts(made)['status'], texts(made)['upload']]).toEqual(['201', 'ready', null]);
  expect(await download(idOf(made))).toEqual(wavOf(500));
  expect(outcome(await ask('DELETE', `/files/${idOf(file)}`))).toBe('409 FILE_IN_USE');
  expect(outcome(await ask('DELETE', `/files/${idOf(file)}?force=true`))).toBe('200');
  await eventually(async () => outcome(await ask('GET', `/voicemaildrop/${idOf(made)}`)) === '404 NOT_FOUND');
});

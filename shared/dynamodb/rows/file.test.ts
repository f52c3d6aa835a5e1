import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { tryCommit } from '../commit.ts';
import { tableFor } from '../table.ts';
import { create, removeIf, type Write } from '../write.ts';
import { whileHoldsStay } from './legal-hold.ts';
import {
  fileObject,
  fileReferenceRow,
  fileRow,
  readReadyFile,
  referenceChangeWrites,
  referenceWrites,
  unreferenceWrites,
  type FileItem,
} from './file.ts';

const running = testStore();

const organization = 1_001;
const device = { type: 'device', id: 'dev_1' };
const at = '2026-11-21T12:00:00.000Z';
const content = { number: 1, content_type: 'audio/wav', size: 10, sha256: 'ab' };

const file = (id: string, more: Partial<FileItem> = {}): FileItem => ({
  id,
  name: id,
  kind: 'greeting',
  description: null,
  content,
  upload: null,
  created_by: null,
  created_at: at,
  updated_at: at,
  version: 1,
  ...more,
});

const commit = (writes: readonly Write[]) => tryCommit(running.store, organization, writes);
const table = () => tableFor(running.store, organization);
const referencesOf = async (resource: string) =>
  (await table().query(fileReferenceRow, { resource })).items.map(({ type, id }) => `${type}/${id}`);

test('a reference to a file with content is made, any number of times, and ended', async () => {
  await commit([create(fileRow, file('file_a'))]);
  for (const _time of [1, 2]) expect(await commit(referenceWrites({ id: 'file_a' }, device))).toEqual([]);
  expect(await referencesOf('file_a')).toEqual(['device/dev_1']);
  for (const _time of [1, 2]) expect(await commit(unreferenceWrites('file_a', device))).toEqual([]);
  expect(await referencesOf('file_a')).toEqual([]);
});

test.each([
  ['without content', 'file_b', file('file_b', { content: null })],
  ['that was deleted', 'file_c', undefined],
])('no reference is made to a file %s', async (_case, id, stored) => {
  if (stored !== undefined) await commit([create(fileRow, stored)]);
  expect(await commit(referenceWrites({ id }, device))).toHaveLength(1);
  expect(await referencesOf(id)).toEqual([]);
  expect(await readReadyFile(table(), id)).toBeUndefined();
});

test('a file that was read without references is not deleted once it has one', async () => {
  await commit([create(fileRow, file('file_d'))]);
  const onlyIf = { expression: 'attribute_not_exists(#epoch)', names: { '#epoch': 'reference_epoch' } };
  await commit(referenceWrites({ id: 'file_d' }, device));
  const holds = whileHoldsStay({ of: 'recordings', epoch: undefined, active: [] });
  expect(await commit([holds, removeIf(fileRow, { id: 'file_d' }, onlyIf)])).toHaveLength(1);
  expect((await readReadyFile(table(), 'file_d'))?.reference_epoch).toBe(1);
});

test('a change of files ends the references to those that are left, and makes those to new ones', async () => {
  await commit(['file_e', 'file_f', 'file_g'].map((id) => create(fileRow, file(id))));
  await commit(referenceChangeWrites(device, [], [{ id: 'file_e' }, { id: 'file_f' }, { id: 'file_f' }]));
  await commit(referenceChangeWrites(device, ['file_e', 'file_f'], [{ id: 'file_f' }, { id: 'file_g' }]));
  expect(await Promise.all(['file_e', 'file_f', 'file_g'].map(referencesOf))).toEqual([
    [],
    ['device/dev_1'],
    ['device/dev_1'],
  ]);
});

test('the bytes of an upload have a key of their own', () => {
  expect(fileObject(organization, 'file_a', 2)).toEqual({ bucket: 'files', key: 'org_1001/files/file_a/2' });
});

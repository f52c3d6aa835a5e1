import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OutboxFolder } from './folder.ts';

const root = mkdtempSync(join(tmpdir(), 'outbox-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
function newFolder() {
  const path = join(root, String((count += 1)));
  mkdirSync(path);
  const write = (name: string, at: number): void => {
    writeFileSync(join(path, name), name);
    utimesSync(join(path, name), at, at);
  };
  return { path, write, folder: new OutboxFolder(path, '.eml') };
}
const idsOf = async (folder: OutboxFolder): Promise<string[]> => (await folder.newest()).map(({ id }) => id);

test('messages are in the order in which they were written, the newest first', async () => {
  const { folder, write } = newFolder();
  write('eml_3.eml', 1_000);
  write('eml_1.eml', 3_000);
  write('eml_2.eml', 2_000);
  write('eml_5.eml', 3_000);
  expect(await idsOf(folder)).toEqual(['eml_5', 'eml_1', 'eml_2', 'eml_3']);
});

test('a message is found at once, and a removed one is not', async () => {
  const { folder, path, write } = newFolder();
  for (let number = 0; number < 50; number += 1) {
    write(`eml_${number}.eml`, number);
    expect(await idsOf(folder)).toHaveLength(number + 1);
  }
  rmSync(join(path, 'eml_7.eml'));
  expect([(await folder.find('eml_7'))?.id, (await folder.find('eml_8'))?.id]).toEqual([undefined, 'eml_8']);
});

test('an unchanged folder is not listed again', async () => {
  const { folder, path, write } = newFolder();
  write('eml_1.eml', 1);
  utimesSync(path, 1_000, 1_000);
  const listed = await folder.newest();
  expect(await folder.newest()).toBe(listed);
  write('eml_2.eml', 2);
  expect(await folder.newest()).not.toBe(listed);
});

test('drafts and other files are no messages', async () => {
  const { folder, path, write } = newFolder();
  write('eml_1.eml.new', 1);
  write('readme.txt', 1);
  expect(await idsOf(folder)).toEqual([]);
  renameSync(join(path, 'eml_1.eml.new'), join(path, 'eml_1.eml'));
  expect(await idsOf(folder)).toEqual(['eml_1']);
});

test('a folder that does not exist has no messages until it does', async () => {
  const path = join(root, 'later');
  const folder = new OutboxFolder(path, '.eml');
  expect(await idsOf(folder)).toEqual([]);
  mkdirSync(path);
  writeFileSync(join(path, 'eml_1.eml'), '');
  expect(await idsOf(folder)).toEqual(['eml_1']);
});

test('of very many messages, the newest are found', async () => {
  const { path } = newFolder();
  for (let number = 0; number < 150; number += 1)
    writeFileSync(join(path, `eml_${String(number).padStart(3, '0')}.eml`), '');
  const ids = await idsOf(new OutboxFolder(path, '.eml', 140));
  expect([ids.length, ids.includes('eml_009'), ids.includes('eml_010')]).toEqual([140, false, true]);
});

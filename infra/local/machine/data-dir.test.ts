import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { holdDataDir } from './data-dir.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'data-dir-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const modeOf = (...path: string[]): string => (statSync(join(...path)).mode & 0o7777).toString(8);

test('a folder that was there is closed to others, with all that the local cloud stored in it', () => {
  const dataDir = makeFolder();
  chmodSync(dataDir, 0o755);
  mkdirSync(join(dataDir, 'logs/old'), { recursive: true, mode: 0o755 });
  const files = ['secrets.json', 'dynamodb.sqlite', 'dynamodb.sqlite-wal', 'logs/old/a.log'];
  for (const file of files) writeFileSync(join(dataDir, file), '', { mode: 0o664 });
  holdDataDir(dataDir)();
  expect(modeOf(dataDir)).toBe('700');
  expect(files.map((file) => modeOf(dataDir, file))).toEqual(files.map(() => '600'));
  expect([modeOf(dataDir, 'logs'), modeOf(dataDir, 'logs/old')]).toEqual(['700', '700']);
});

test('files of others keep their rights', () => {
  const [dataDir, elsewhere] = [makeFolder(), join(makeFolder(), 'elsewhere')];
  writeFileSync(elsewhere, '', { mode: 0o644 });
  writeFileSync(join(dataDir, 'notes.txt'), '', { mode: 0o644 });
  symlinkSync(elsewhere, join(dataDir, 'outputs.json'));
  holdDataDir(dataDir)();
  expect([modeOf(dataDir, 'notes.txt'), modeOf(elsewhere)]).toEqual(['644', '644']);
  expect(readFileSync(elsewhere, 'utf8')).toBe('');
});

test('a folder that all users share is not taken', () => {
  const dataDir = makeFolder();
  chmodSync(dataDir, 0o1777);
  expect(() => holdDataDir(dataDir)).toThrow(/cannot be written \(it is shared by all users\): set DATA_DIR/);
  expect(modeOf(dataDir)).toBe('1777');
});

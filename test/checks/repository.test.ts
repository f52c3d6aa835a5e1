import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';

/** A core dump of 75 MB was committed once, with the memory of a process in it, and every other check passed. */

const root = new URL('../../', import.meta.url);

const maxBytes = 1_000_000;

const topLevelNames = new Set([
  ...['bin', 'functions', 'infra', 'shared', 'test', '.ci', '.github'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', 'package.json', 'package-lock.json', 'cdk.json'],
  ...['tsconfig.json', 'knip.config.ts', 'oxlint.config.ts', 'oxlint.syntax.ts', 'vitest.config.ts', 'redocly.yaml'],
  ...['.dependency-cruiser.mjs', '.editorconfig', '.gitattributes', '.gitignore', '.npmrc', '.nvmrc'],
  '.oxfmtrc.jsonc',
]);

/** Where files that are no text belong: pictures, sounds, stored data of old versions, messages of RFC 4475. */
const binaryFolders = [
  /^shared\/sounds\/tones\//v,
  /^\.github\/screenshots\//v,
  /^functions\/[^\/]+\/assets\//v,
  /^test\/upgrade\//v,
  /^shared\/sip\/torture\//v,
];

/** Files that are committed, or would be by `git add .`. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\0')
  .filter((file) => file !== '' && statSync(new URL(file, root), { throwIfNoEntry: false })?.isFile());

const isBinary = (file: string): boolean => readFileSync(new URL(file, root)).includes(0);

test('every name at the top level is one that the project knows', () => {
  expect(files.length).toBeGreaterThan(1_000);
  const names = new Set(files.map((file) => file.split('/')[0] ?? file));
  expect([...names].filter((name) => !topLevelNames.has(name))).toEqual([]);
});

test('files that are no text are in the folders for pictures, sounds and test data only', () => {
  const binaries = files.filter((file) => !binaryFolders.some((folder) => folder.test(file)) && isBinary(file));
  expect(binaries).toEqual([]);
});

test('no file is larger than 1 MB', () => {
  expect(files.filter((file) => statSync(new URL(file, root)).size > maxBytes)).toEqual([]);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { missing, packages } from './tools.ts';

test('a program is present if a folder of the path has it as an executable file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'sipp'), '', { mode: 0o755 });
  writeFileSync(join(folder, 'sipsak'), '', { mode: 0o644 });
  expect(missing(['sipp', 'sipsak'], folder)).toEqual(['sipsak']);
});

test('CI installs every program that tests use', () => {
  const script = readFileSync('.ci/install', 'utf8');
  const installed = [...script.matchAll(/\[([\w.-]+)\]=([\w-]+)/g)].map(([, tool, name]) => [tool, name]);
  expect(Object.fromEntries(installed)).toEqual(packages);
});

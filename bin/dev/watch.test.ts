import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '#infra/esbuild-options.ts';
import { eventually } from '#test/support/eventually.ts';
import { watchSources } from './watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-watch-'));
const seen = new Set<string>();
mkdirSync(join(folder, 'kit'));
const stop = watchSources([relative(root, folder)], ({ files }) => {
  for (const file of files) seen.add(relative(folder, join(root, file)));
});

afterAll(() => {
  stop();
  rmSync(folder, { recursive: true });
});

test('pages, styles and other sources are followed, tests and notes are not', async () => {
  const sources = ['page.ts', 'kit/form.tsx', 'kit/form.module.css', 'page.html'];
  for (const file of ['page.test.ts', 'kit/form.test.tsx', 'README.md', ...sources])
    writeFileSync(join(folder, file), '');
  await eventually(() => expect([...seen].toSorted()).toEqual(sources.toSorted()));
});

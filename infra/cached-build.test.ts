import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cachedBuild } from './cached-build.ts';

test('a result is built once for the same inputs, and again after one has changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const input = join(folder, 'input.ts');
  const built: string[] = [];
  const build = () =>
    cachedBuild({ inputs: [input], cache: join(folder, 'cache'), build: async (draft) => void built.push(draft) });
  writeFileSync(input, 'one');
  const [first, second] = [await build(), await build()];
  writeFileSync(input, 'two');
  const third = await build();
  expect([first === second, first === third, built.length]).toEqual([true, false, 2]);
});

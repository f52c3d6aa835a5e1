import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('archiving 100,000 CDRs takes at most 32 MiB of memory', async () => {
  const writer = 'shared/archive/archive-writer.fixture.ts';
  const { stdout } = await run(process.execPath, ['--expose-gc', writer, '100000']);
  const { growth, ...written } = JSON.parse(stdout) as { readonly growth: number };
  expect(written).toEqual({ archived: 100_000, parts: 2 });
  expect(growth).toBeLessThanOrEqual(32);
});

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { FunctionPool } from './lambda-pool.ts';

const code = `
import { threadId } from 'node:worker_threads';
export const handler = async ({ wait = 0 }) => {
  await new Promise((resolve) => setTimeout(resolve, wait));
  return threadId;
};
`;

/** A pool of one function. @param untilIdle milliseconds */
function startPool(untilIdle: number) {
  const folder = mkdtempSync(join(tmpdir(), 'pool-'));
  writeFileSync(join(folder, 'index.mjs'), code);
  const logFile = join(folder, 'function.log');
  const environment = { folder, handler: 'index.handler', functionName: 'where', memoryMegabytes: 128, logFile };
  const log = new PassThrough().resume();
  const settings = {
    environment,
    variables: {},
    credentialsOf: () => ({}),
    timeout: 10_000,
    log,
    killAfter: () => null,
  };
  const pool = new FunctionPool(settings, untilIdle);
  onTestFinished(async () => {
    await pool.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return (wait = 0) => pool.invoke(JSON.stringify({ wait }), 'arn:where');
}

test('an environment ends after some time without an event, and the next event starts another', async () => {
  const invoke = startPool(20);
  const started = once(process, 'worker') as Promise<[Worker]>;
  const first = await invoke();
  await once((await started)[0], 'exit');
  const second = await invoke();
  expect([first.failed, second.failed]).toEqual([false, false]);
  expect(second.payload).not.toBe(first.payload);
});

test('an environment that handles an event for longer does not end', async () => {
  const invoke = startPool(20);
  const first = await invoke(100);
  expect(first).toMatchObject({ failed: false });
});

test('an environment stays warm until then', async () => {
  const invoke = startPool(60_000);
  expect(await invoke()).toEqual(await invoke());
});

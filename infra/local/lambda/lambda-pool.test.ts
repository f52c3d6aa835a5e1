import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { FunctionPool, type Rest } from './lambda-pool.ts';
import { WarmEnvironments } from './warm-environments.ts';

const code = `
import { threadId } from 'node:worker_threads';
export const handler = async ({ wait = 0 }) => {
  await new Promise((resolve) => setTimeout(resolve, wait));
  return threadId;
};
`;

/** Milliseconds: longer than any test. */
const never = 600_000;
/** Milliseconds for which an event waits before another environment starts for it. */
const waitBeforeNext = 100;

/** A pool of one function. @param idle milliseconds @param surplus milliseconds @param reserved environments */
function startPool(
  idle: number,
  { surplus = idle, reserved, warm = new WarmEnvironments(10) }: Partial<Rest> & { readonly reserved?: number } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'pool-'));
  writeFileSync(join(folder, 'index.mjs'), code);
  const logFile = join(folder, 'function.log');
  const environment = {
    ...{ folder, handler: 'index.handler', functionName: 'where', version: '$LATEST' },
    ...{ memoryMegabytes: 128, logFile },
  };
  const log = new PassThrough().resume();
  const settings = {
    environment,
    variables: {},
    credentialsOf: () => ({}),
    ...(reserved === undefined ? {} : { reserved }),
    timeout: never,
    log,
    killAfter: () => null,
  };
  const pool = new FunctionPool(settings, { idle, surplus, warm });
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

test('a burst that one environment handles before another would start is handled by it alone', async () => {
  await eventually(async () => {
    const invoke = startPool(60_000);
    const first = await invoke();
    const began = performance.now();
    const burst = await Promise.all(Array.from({ length: 20 }, () => invoke()));
    if (performance.now() - began >= waitBeforeNext) throw new Error('the machine was too slow for this burst');
    expect(new Set([first, ...burst].map(({ payload }) => payload)).size).toBe(1);
  });
});

test('an environment stays warm until then', async () => {
  const invoke = startPool(60_000);
  expect(await invoke()).toEqual(await invoke());
});

test('of several environments one stays warm, and the others end', async () => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  process.on('worker', onWorker);
  onTestFinished(() => void process.off('worker', onWorker));
  const invoke = startPool(never, { surplus: 20, reserved: 3 });
  const exits = () => workers.filter(({ threadId }) => threadId === -1).length;
  await Promise.all([invoke(300), invoke(300), invoke(300)]);
  const count = workers.length;
  expect(count).toBeGreaterThan(1);
  await expect.poll(exits).toBe(count - 1);
  await invoke();
  expect([workers.length, exits()]).toEqual([count, count - 1]);
});

test('beyond those that may stay warm, the environment ends that has waited longest', async () => {
  const warm = new WarmEnvironments(1);
  const [first, second] = [startPool(never, { surplus: 20, warm }), startPool(never, { surplus: 20, warm })];
  const started = once(process, 'worker') as Promise<[Worker]>;
  const before = await first();
  const [worker] = await started;
  await past(100);
  expect(worker.threadId).not.toBe(-1);
  const ended = once(worker, 'exit');
  const other = await second();
  await ended;
  expect((await second()).payload).toBe(other.payload);
  expect((await first()).payload).not.toBe(before.payload);
});

test('a function with reserved environments has as many, so that its events may wait for each other', async () => {
  const started = vi.fn();
  process.on('worker', started);
  onTestFinished(() => void process.off('worker', started));
  const invoke = startPool(60_000, { reserved: 6 });
  for (let event = 0; event < 8; event += 1) void invoke(never);
  await expect.poll(() => started.mock.calls.length).toBe(6);
});

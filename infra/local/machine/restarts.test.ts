import { expect, test } from 'vitest';
import { startWithRestarts, type ChildTask } from './restarts.ts';
import { LocalCloudError } from '../templates/resource.ts';

/** Children that end when the test says so. @param rejected numbers of starts that fail, from 1 */
function children(rejected: readonly number[] = []) {
  const started: { readonly number: number; end(how: string): void; readonly task: ChildTask }[] = [];
  let number = 0;
  const start = async (): Promise<ChildTask & { readonly number: number }> => {
    number += 1;
    if (rejected.includes(number)) throw new LocalCloudError(`start ${number} fails`);
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    const task = { number, ended, stop: async () => end('stopped') };
    started.push({ number, end, task });
    return task;
  };
  return { start, started };
}

/** No pauses, so that nothing depends on the clock. */
const limits = { first: 0, longest: 0, within: 60_000, max: 3, timeout: 60_000 };

async function startOf(rejected: readonly number[] = []) {
  const { start, started } = children(rejected);
  const lines: string[] = [];
  const announce = (line: string): void => void lines.push(line);
  return { started, lines, kept: await startWithRestarts(start, { name: 'The store', announce, limits }) };
}

test('a child that ends by itself is started again, and requests wait for it', async () => {
  const { started, lines, kept } = await startOf();
  expect(await kept.running()).toMatchObject({ number: 1 });
  started[0]?.end('SIGKILL');
  await started[0]?.task.ended;
  await Promise.resolve();
  expect(kept.isRunning()).toBe(false);
  expect(await kept.running()).toMatchObject({ number: 2 });
  expect([kept.isRunning(), lines]).toEqual([
    true,
    ['The store ended unexpectedly (SIGKILL); it is started again.', 'The store runs again.'],
  ]);
  await kept.stop();
});

test('a start that fails is tried again', async () => {
  const { started, lines, kept } = await startOf([2]);
  started[0]?.end('exit code 1');
  await started[0]?.task.ended;
  await Promise.resolve();
  expect(await kept.running()).toMatchObject({ number: 3 });
  expect(lines).toContain('start 2 fails');
  await kept.stop();
});

test('a child that ends too often is given up, which those that wait for it are notified of', async () => {
  const { started, lines, kept } = await startOf();
  for (let at = 0; at < 3; at += 1) {
    started[at]?.end('SIGKILL');
    await started[at]?.task.ended;
    await Promise.resolve();
    await kept.running();
  }
  started[3]?.end('SIGKILL');
  await started[3]?.task.ended;
  await Promise.resolve();
  await expect(kept.running()).rejects.toThrow('The store has ended 4 times within a minute and is given up');
  expect(lines.at(-1)).toContain('is given up');
  expect(started).toHaveLength(4);
  await kept.stop();
});

test('a child that is stopped is not started again, and nothing is announced', async () => {
  const { started, lines, kept } = await startOf();
  await kept.stop();
  expect([started.length, lines]).toEqual([1, []]);
});

test('the first start may fail', async () => {
  await expect(startOf([1])).rejects.toThrow('start 1 fails');
});

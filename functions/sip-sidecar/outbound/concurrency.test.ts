import { expect, test } from 'vitest';
import { limitConcurrency } from './concurrency.ts';

function newTask() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { isRunning: false };
  const run = async (): Promise<string> => {
    state.isRunning = true;
    return promise;
  };
  return { state, run, resolve, reject };
}

test('so many tasks run at once, others wait in order, and beyond them a task is rejected', async () => {
  const limited = limitConcurrency({ running: 2, waiting: 1 });
  const [one, two, three] = [newTask(), newTask(), newTask()];
  const [first, second, third] = [limited(one.run), limited(two.run), limited(three.run)];
  await expect(limited(newTask().run)).rejects.toThrow('more than 1 tasks are waiting');
  expect([one, two, three].map(({ state }) => state.isRunning)).toEqual([true, true, false]);
  one.reject(new Error('failed'));
  await expect(first).rejects.toThrow('failed');
  expect(three.state.isRunning).toBe(true);
  two.resolve('two');
  three.resolve('three');
  expect([await second, await third]).toEqual(['two', 'three']);
  expect(await limited(async () => 'four')).toBe('four');
});

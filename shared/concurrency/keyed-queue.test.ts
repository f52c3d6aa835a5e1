import { expect, test } from 'vitest';
import { keyedQueue } from './keyed-queue.ts';

test('jobs of one key run in order, even after a failure, and jobs of another key run concurrently', async () => {
  const order: string[] = [];
  const queue = keyedQueue();
  const job =
    (name: string, fails = false) =>
    async () => {
      order.push(`${name} starts`);
      await new Promise(setImmediate);
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const results = await Promise.allSettled([queue('a', job('a1', true)), queue('a', job('a2')), queue('b', job('b1'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect([order.slice(0, 2), order.filter((step) => step.startsWith('a'))]).toEqual([
    ['a1 starts', 'b1 starts'],
    ['a1 starts', 'a1 ends', 'a2 starts', 'a2 ends'],
  ]);
});

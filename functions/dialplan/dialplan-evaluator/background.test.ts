import { expect, test } from 'vitest';
import { background } from './background.ts';

test('who begins work does not wait for it', async () => {
  const { begin, settled } = background(() => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let done = false;
  await begin(() => promise.then(() => (done = true)));
  expect(done).toBe(false);
  resolve(undefined);
  await settled();
  expect(done).toBe(true);
});

test('what fails is told, and stops nothing', async () => {
  const failures: unknown[] = [];
  const { begin, settled } = background((error) => failures.push(error));
  await begin(() => Promise.reject(new Error('lost')));
  await settled();
  expect(failures).toEqual([new Error('lost')]);
});

test('a flood waits until there is room', async () => {
  const { begin, settled } = background(() => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (let piece = 0; piece < 32; piece += 1) await begin(() => promise);
  let begun = false;
  const waiting = begin(async () => (begun = true));
  await Promise.resolve();
  expect(begun).toBe(false);
  resolve(undefined);
  await waiting;
  await settled();
  expect(begun).toBe(true);
});

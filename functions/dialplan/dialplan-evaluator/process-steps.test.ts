import { expect, test } from 'vitest';
import { backgroundTasks, unknownUser } from './process-steps.ts';

test('an unknown user is reported with the field that names it', () => {
  expect(unknownUser('calls[2].user_id')).toMatchObject({
    code: 'UNKNOWN_USER',
    details: [{ path: 'calls[2].user_id' }],
  });
});

test('beginning a task does not wait for its end', async () => {
  const { begin, settled } = backgroundTasks(() => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let done = false;
  await begin(() => promise.then(() => (done = true)));
  expect(done).toBe(false);
  resolve(undefined);
  await settled();
  expect(done).toBe(true);
});

test('a failed task is reported and stops nothing', async () => {
  const failures: unknown[] = [];
  const { begin, settled } = backgroundTasks((error) => failures.push(error));
  await begin(() => Promise.reject(new Error('lost')));
  await settled();
  expect(failures).toEqual([new Error('lost')]);
});

test('the 33rd task waits for one of 32', async () => {
  const { begin, settled } = backgroundTasks(() => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (let task = 0; task < 32; task += 1) await begin(() => promise);
  let begun = false;
  const waiting = begin(async () => (begun = true));
  await Promise.resolve();
  expect(begun).toBe(false);
  resolve(undefined);
  await waiting;
  await settled();
  expect(begun).toBe(true);
});

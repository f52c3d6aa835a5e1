import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { subscription } from './deliveries.fixture.ts';
import { returnAttempts, takeAttempts } from './lease-steps.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

test('workers that take leases at the same time get six attempts together', async () => {
  const { organization, context } = await subscription(running.store);
  const receiver = { organization, receiver: 'wh_1' };
  const leases = await Promise.all([4, 4, 4].map((wanted) => takeAttempts(receiver, wanted, context)));
  expect(leases.map(({ attempts }) => attempts).toSorted()).toEqual([0, 2, 4]);
  const other = await takeAttempts({ ...receiver, receiver: 'wh_2' }, 3, context);
  expect(other.attempts).toBe(3);
});

test('a lease is free when it is returned, or after forty seconds', async () => {
  const { organization, context, clock } = await subscription(running.store);
  const receiver = { organization, receiver: 'wh_1' };
  const [first, second] = [await takeAttempts(receiver, 5, context), await takeAttempts(receiver, 5, context)];
  expect([first.attempts, second.attempts]).toEqual([5, 1]);
  await returnAttempts(receiver, first, context);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(5);
  clock.advance(39);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(0);
  clock.advance(1);
  expect((await takeAttempts(receiver, 6, context)).attempts).toBe(6);
});

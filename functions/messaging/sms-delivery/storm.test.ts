import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { expectSettled, runSmsStorm } from './storm.fixture.ts';

const running = testStore();

test('30 SMS reach one end each, charged once or not at all, while provider and consumers fail', async () => {
  const result = await runSmsStorm(running.store, 2, 30);
  expectSettled(result);
  expect(result.killed.size).toBeGreaterThan(0);
  expect(result.carrier.unanswered.size).toBeGreaterThan(0);
});

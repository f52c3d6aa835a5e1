import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { expectSettled, runSmsStorm } from './storm.fixture.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

test('30 SMS reach one end each, charged once or not at all, while provider and consumers fail', async () => {
  const result = await runSmsStorm(running.store, 2, 30);
  expectSettled(result);
  expect(result.killed.size).toBeGreaterThan(0);
  expect(result.carrier.unanswered.size).toBeGreaterThan(0);
});

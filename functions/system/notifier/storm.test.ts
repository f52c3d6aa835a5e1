import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';

import { expectNoneLost, runNoticeStorm } from './storm.fixture.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

test('of 200 events in quiet hours few become notices, and the digests count all others', async () => {
  const result = await runNoticeStorm(running.store, 2, 200);
  expectNoneLost(result);
  expect(result.kills.count).toBeGreaterThan(0);
}, 180_000);

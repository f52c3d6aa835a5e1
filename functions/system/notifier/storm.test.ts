import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';

import { expectNoneLost, runNoticeStorm } from './storm.fixture.ts';

const running = testStore();

test('of 200 events in quiet hours few become notices, and the digests count all others', async () => {
  const result = await runNoticeStorm(running.store, 2, 200);
  expectNoneLost(result);
  expect(result.kills.count).toBeGreaterThan(0);
}, 180_000);

import { expect, test } from 'vitest';
import { expectNoneLost, runNoticeStorm } from '#functions/system/notifier/storm.fixture.ts';
import { testStore } from '../support/store.fixture.ts';

/** `npm test` has 1,000 events. This has 10,000 by default (`EVENTS`), as seed 1 by default (`SEED`). */
const count = Number(process.env['EVENTS'] ?? 10_000);
const seed = Number(process.env['SEED'] ?? 1);

const running = testStore();

test(`of ${count} events in quiet hours few become notices, and the digests count all others`, async () => {
  const result = await runNoticeStorm(running.store, seed, count);
  expectNoneLost(result);
  expect(result.kills.count).toBeGreaterThan(0);
});

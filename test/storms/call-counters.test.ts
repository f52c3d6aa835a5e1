import { expect, test } from 'vitest';
import { runCounterStorm } from '#functions/billing/cdr-ingest/counter-storm.fixture.ts';
import { testStore } from '../support/store.fixture.ts';

/** Counters of calls after a large storm. `test/soak` has a larger one, `test/system` one in a cloud. */

const running = testStore();

test('counters equal 2,000 CDRs, 200 of them corrected, although a fifth of the transactions is lost', async () => {
  const storm = { family: 7_000, seed: 1, calls: 1_800, corrected: 200 };
  expect(await runCounterStorm(running.store, storm)).toEqual({
    ...{ filed: 1_800, changed: 200, voided: true, miscounted: [] },
  });
});

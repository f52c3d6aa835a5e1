import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { runCounterStorm } from './counter-storm.fixture.ts';

/** Counters after small storms of records, against the sums of the CDRs. A large one is in `test/storms`. */

const running = testStore();

test.each([1, 2, 3])(
  'equal the CDRs after records that are repeated, corrected, voided and lost (seed %i)',
  async (seed) => {
    const storm = { family: 7_000 + seed * 10, seed, calls: 60, corrected: 25 };
    expect(await runCounterStorm(running.store, storm)).toEqual({
      ...{ filed: 60, changed: 25, voided: true, miscounted: [] },
    });
  },
);

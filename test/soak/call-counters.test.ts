import { expect, test } from 'vitest';
import { runCounterStorm } from '#functions/billing/cdr-ingest/counter-storm.fixture.ts';
import { testStore } from '../support/store.fixture.ts';

/** `npm run test:storms` runs a storm of 2,000 CDRs. This runs one of 20,000 (`CDRS`), a tenth of them corrected. */

const running = testStore();
const [cdrs, seed] = [Number(process.env['CDRS'] ?? 20_000), Number(process.env['SEED'] ?? 1)];
const corrected = Math.floor(cdrs / 10);

test(`counters equal ${cdrs} CDRs, although a fifth of the transactions is lost`, async () => {
  const storm = { family: 7_000, seed, calls: cdrs - corrected, corrected };
  expect(await runCounterStorm(running.store, storm)).toEqual({
    ...{ filed: storm.calls, changed: corrected, voided: true, miscounted: [] },
  });
});

import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectExact, runChaos } from '../system/operations/cdr-chaos.fixture.ts';
import { expectCovered, runReservationStorm } from '../system/billing/reservation-storm.fixture.ts';
import { expectCounted, runUnratedStorm } from '../system/billing/unrated-storm.fixture.ts';
import { faultRates } from '../system/shared-clouds.ts';
import { startStormCloud } from '../system/storm-cloud.fixture.ts';

/**
 * `npm test` runs two large storms of CDRs and one of reservations. This runs 1,000 small ones by default (`SEEDS`,
 * `CDRS`), or a single one (`SEED`). Each has organizations of its own; those of a batch share a cloud, whose faults
 * are drawn from a seed of the batch.
 */
const [count, calls] = [Number(process.env['SEEDS'] ?? 1_000), Number(process.env['CDRS'] ?? 20)];
const only = process.env['SEED'];
const seeds = only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];

/** Each needs three tariffs of the operator, which has 100 at most, and makes more of them where answers are lost. */
const batchSize = 24;
const batchOf = (seed: number): number => Math.ceil(seed / batchSize);
const batches = [...Map.groupBy(seeds, batchOf)].map(([batch, ofBatch]) => ({ batch, ofBatch }));

/** One more call for three is corrected. Calls are so long that included minutes end and the discount begins. */
const storm = { calls, corrected: Math.ceil(calls / 3), longest: 9_000 };
/** An environment that is killed takes most of a second to start again: in small storms fewer are. */
const faults = { ...faultRates.kills, killedFunction: { rate: 0.03, milliseconds: 40 } };
/** Enough for four calls of full length at a time. */
const size = { callers: 10, waves: 2, payment: 3, finishers: 2 };

describe.each(batches)('batch $batch', ({ batch, ofBatch }) => {
  let running: Awaited<ReturnType<typeof startStormCloud>>;
  beforeAll(async () => {
    running = await startStormCloud({ seed: batch, ...faults });
  });
  afterAll(() => running.cloud.stop());

  test.concurrent.each(ofBatch)(
    'calls are rated once, by their last correction, and prepaid ones are covered (SEED=%i npm run soak -- money)',
    async (seed) => {
      const [charged, reserved, unrated] = await Promise.all([
        runChaos({ ...storm, seed }, running),
        runReservationStorm(seed, running, size),
        runUnratedStorm(seed, calls, running),
      ]);
      expectExact(charged, calls);
      expectCovered(reserved);
      expectCounted(unrated);
    },
  );
});

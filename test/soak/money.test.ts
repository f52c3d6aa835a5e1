import { test } from 'vitest';
import { expectExact, runChaos } from '../system/cdr-chaos.fixture.ts';

/** `npm test` runs two seeds with 1,000 CDRs each; this runs 1,000 seeds by default (`SEEDS`, `CDRS`). */
const [seeds, calls] = [Number(process.env['SEEDS'] ?? 1_000), Number(process.env['CDRS'] ?? 10_000)];

test.each(Array.from({ length: seeds }, (_, at) => at + 1))(
  'each CDR of a storm is rated once, by its last correction (seed %i)',
  async (seed) => {
    expectExact(await runChaos({ calls, seed }), calls);
  },
);

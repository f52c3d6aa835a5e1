import { test } from 'vitest';
import { expectBilled, runBurst } from '../system/billing/cdr-burst.fixture.ts';

/**
 * `npm test` runs a small burst of CDRs; this a large one (`MESSAGES` of 100 records), on a machine that is so many
 * times slower (`SLOWNESS`). It prints how long CDRs of other organizations take.
 */
const messages = Number(process.env['MESSAGES'] ?? 1_000);
const slowness = Number(process.env['SLOWNESS'] ?? 4);

const quantile = (values: readonly number[], share: number): number =>
  Math.round(values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? 0);

test(`${messages} × 100 CDRs of one organization are billed beside ten others, ${slowness} × slower`, async () => {
  const result = await runBurst({ messages, recordsEach: 100, others: 10, slowness });
  const { before, during } = result.delays;
  const shares = [0.5, 0.95, 1];
  process.stdout.write(
    `billed in ${Math.round(result.seconds)} s; milliseconds until CDRs of others are filed: ${JSON.stringify({
      shares,
      before: shares.map((share) => quantile(before, share)),
      during: shares.map((share) => quantile(during, share)),
      probes: during.length,
    })}\n`,
  );
  expectBilled(result);
});

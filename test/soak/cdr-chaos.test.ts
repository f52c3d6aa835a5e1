import { expect, test } from 'vitest';
import { runChaos } from '../system/cdr-chaos.fixture.ts';

/** `npm test` runs two seeds with 1,000 CDRs each; this runs 1,000 seeds by default (`SEEDS`, `CDRS`). */
const [seeds, calls] = [Number(process.env['SEEDS'] ?? 1_000), Number(process.env['CDRS'] ?? 10_000)];

test.each(Array.from({ length: seeds }, (_, at) => at + 1))(
  'each CDR of a storm is rated once (seed %i)',
  async (seed) => {
    const { counted, sent, wrong, misrated, gaps, owed, customer, owedByReseller, reseller } = await runChaos({
      calls,
      seed,
    });
    expect({ misrated, gaps }).toEqual({ misrated: [], gaps: [] });
    expect(counted).toMatchObject({
      received: sent,
      duplicate: sent - wrong - calls,
      conflict: 0,
      rejected: wrong,
      pending: 0,
    });
    expect(customer).toEqual({ balance: -owed, ledger: -owed, shards: owed, calls });
    expect(reseller).toEqual({ balance: -owedByReseller, ledger: -owedByReseller, shards: owedByReseller, calls });
  },
);

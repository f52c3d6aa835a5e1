import { expect, test } from 'vitest';
import { runChaos } from './cdr-chaos.fixture.ts';

let consumersKilled = 0;

test.each([1, 2])(
  'each of 1,000 CDRs is rated once, although each arrives up to five times and requests fail at random (seed %i)',
  async (seed) => {
    const { counted, sent, wrong, killed, misrated, gaps, owed, customer, owedByReseller, reseller } = await runChaos({
      calls: 1_000,
      seed,
    });
    consumersKilled += killed;
    expect({ misrated, gaps }).toEqual({ misrated: [], gaps: [] });
    expect(counted).toMatchObject({
      received: sent,
      duplicate: sent - wrong - 1_000,
      conflict: 0,
      rejected: wrong,
      pending: 0,
    });
    expect(Number(counted['rated']) + Number(counted['unrated'])).toBe(1_000);
    expect(customer).toEqual({ balance: -owed, ledger: -owed, shards: owed, calls: 1_000 });
    expect(reseller).toEqual({
      balance: -owedByReseller,
      ledger: -owedByReseller,
      shards: owedByReseller,
      calls: 1_000,
    });
  },
);

// The number in one run depends on the speed of the machine.
test('consumers were killed in these runs', () => {
  expect(consumersKilled).toBeGreaterThan(0);
});

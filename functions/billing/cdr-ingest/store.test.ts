import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumWrites } from '#dynamodb/commit.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { halfOf } from '#schema/number-sums.ts';
import { fitTransaction, newCdrWrites } from './store.ts';

const filed = fc
  .record({
    period: fc.constantFrom('2026-01', '2026-02', '2026-03'),
    day: fc.integer({ min: 10, max: 28 }),
    batch: fc.option(fc.stringMatching(/^[ab][0-9]?$/)),
    number: fc.constantFrom(null, '+1', '+2'),
    reason: fc.constantFrom(null, null, 'NO_RATE', 'NOT_E164'),
  })
  .map(({ period, day, batch, number, reason }) => ({
    filed: {
      rating: { period, status: reason === null ? 'rated' : 'unrated', reason },
      start_time: `${period}-${day}T10:00:00Z`,
      batch_id: batch,
      number,
    } as FiledCdr,
  }));

const chain = { organization: 1001, seller: 1000, operator: 1000 };

/**
 * Maximum number of writes of a transaction: CDRs with their pointers, sums of periods, days and numbers, usage,
 * counts, count and event of each reason of unrated calls, the event and the currency.
 */
function writesOf(group: readonly { readonly filed: FiledCdr }[]): number {
  const periods = new Set(group.map((each) => each.filed.rating.period));
  const days = new Set(group.map((each) => each.filed.start_time.slice(0, 10)));
  const numberHalves = new Set(
    group.map((each) => `${each.filed.number} ${halfOf(each.filed.start_time.slice(0, 10))}`),
  );
  const batches = new Set(group.flatMap((each) => each.filed.batch_id ?? []));
  const reasons = new Set(group.flatMap((each) => each.filed.rating.reason ?? []));
  return (
    newCdrWrites(group.map((each) => each.filed)).length +
    periods.size +
    days.size +
    batches.size +
    periods.size +
    2 * numberHalves.size +
    2 * reasons.size +
    2
  );
}

test('a transaction takes as many CDRs as it can hold, and no more', () => {
  fc.assert(
    fc.property(fc.array(filed, { minLength: 1, maxLength: 60 }), (waiting) => {
      const group = fitTransaction(waiting, chain);
      expect(group.length).toBeGreaterThan(0);
      expect(writesOf(group)).toBeLessThanOrEqual(maximumWrites);
      if (group.length < waiting.length)
        expect(writesOf(waiting.slice(0, group.length + 1))).toBeGreaterThan(maximumWrites);
    }),
  );
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumWrites } from '../../shared/dynamodb/commit.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { asManyAsFit, newCdrs } from './store.ts';

const filed = fc.record({ period: fc.constantFrom('2026-01', '2026-02', '2026-03'), batch: fc.option(fc.stringMatching(/^[ab][0-9]?$/)) })
  .map(({ period, batch }) => ({ filed: { rating: { period, status: 'rated' }, batch_id: batch } as FiledCdr }));

/** All that a transaction of these writes: CDRs with their pointers, charges, counts, the event, the currency. */
function writesOf(group: readonly { readonly filed: FiledCdr }[]): number {
  const periods = new Set(group.map((each) => each.filed.rating.period));
  const batches = new Set(group.flatMap((each) => each.filed.batch_id ?? []));
  return newCdrs(group.map((each) => each.filed)).length + periods.size + batches.size + 2;
}

test('a transaction takes as many CDRs as it can hold, and never more', () => {
  fc.assert(fc.property(fc.array(filed, { minLength: 1, maxLength: 60 }), (waiting) => {
    const group = asManyAsFit(waiting);
    expect(group.length).toBeGreaterThan(0);
    expect(writesOf(group)).toBeLessThanOrEqual(maximumWrites);
    if (group.length < waiting.length) expect(writesOf(waiting.slice(0, group.length + 1))).toBeGreaterThan(maximumWrites);
  }));
});

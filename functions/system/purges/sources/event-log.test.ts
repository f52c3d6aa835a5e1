import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventLogEntry } from '../../../../shared/schema/event-log.ts';
import { chainAfter } from './event-log.ts';

// Only the position matters here.
const entry = (seq: number) => ({ chain: { seq } }) as EventLogEntry;
const seqs = (after: number, of: readonly number[]) => chainAfter(after, of.map(entry)).map(({ chain }) => chain.seq);

test('entries follow a link without a gap, in whatever order they are read', () => {
  expect(seqs(0, [2, 1, 3])).toEqual([1, 2, 3]);
  expect(seqs(1, [2, 1, 4])).toEqual([2]);
  expect(seqs(0, [2, 3])).toEqual([]);
});

test('any order of a chain is the chain', () =>
  fc.assert(
    fc.property(fc.nat({ max: 50 }), fc.array(fc.nat({ max: 40 })), (count, keys) => {
      const chain = Array.from({ length: count }, (_, at) => at + 1);
      const mixed = chain.toSorted((one, other) => (keys[one] ?? one) - (keys[other] ?? other));
      expect(seqs(0, mixed)).toEqual(chain);
    }),
  ));

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLosses, isLost, pairCount, type Pair } from './pairs.ts';
import { runs } from './property-runs.ts';

const atMost = fc.double({ min: 1e-3, max: 1e3, noNaN: true });

/** Further from the bound than a rounded product can cross. */
const holding = fc.double({ min: 1e-3, max: 1 - 1e-9, noNaN: true });
const losing = fc.double({ min: 1 + 1e-9, max: 1e3, noNaN: true });

/** A cost, as of a machine that is up to a million times slower or faster while it is measured. */
const pace = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

const shuffled = <Item>(items: readonly Item[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

/** Ten pairs of which so many lose against a bound of 1, each at a pace of its own. */
const tenPairs = (losses: number) =>
  fc
    .tuple(
      fc.array(losing, { minLength: losses, maxLength: losses }),
      fc.array(holding, { minLength: pairCount - losses, maxLength: pairCount - losses }),
      fc.array(pace, { minLength: pairCount, maxLength: pairCount }),
    )
    .chain(([lost, held, paces]) => shuffled([...lost, ...held]).map((ratios) => ({ ratios, paces })));

const given = fc.integer({ min: 0, max: pairCount }).chain((losses) => fc.tuple(fc.constant(losses), tenPairs(losses)));

test('a figure is lost where nine or ten of ten pairs lose, at any pace of each pair', () => {
  fc.assert(
    fc.property(atMost, given, (bound, [losses, { ratios, paces }]) => {
      const pairs = ratios.map((ratio, at): Pair => {
        const theirs = paces[at] ?? 1;
        return { ours: ratio * bound * theirs, theirs };
      });
      expect(countLosses(pairs, bound)).toBe(losses);
      expect(isLost(pairs, bound)).toBe(losses >= 9);
    }),
    { numRuns: runs(300) },
  );
});

test('a pair at its bound holds', () => {
  expect(countLosses([{ ours: 3, theirs: 2 }], 1.5)).toBe(0);
});

test('a pair without a ratio loses', () => {
  const nothingMeasured = { ours: 0, theirs: 0 };
  expect(countLosses([nothingMeasured, { ours: 1, theirs: 0 }], 1.5)).toBe(2);
});

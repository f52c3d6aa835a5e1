/**
 * What each of two sides costs, in the same unit, measured one right after the other in one run: the pace of the
 * machine changes both alike.
 */
export type Pair = { readonly ours: number; readonly theirs: number };

/** Pairs of a figure. */
export const pairCount = 10;

/** Of ten pairs: a single load that hits one side of some pairs does not fail a figure. */
const maxLosses = 8;

/** What ours costs, relative to theirs. */
export const ratioOf = ({ ours, theirs }: Pair): number => ours / theirs;

/** How many pairs miss a bound. One without a ratio, such as 0 / 0, misses each bound. @param atMost of the ratio */
export const countLosses = (pairs: readonly Pair[], atMost: number): number =>
  pairs.filter((pair) => !(ratioOf(pair) <= atMost)).length;

/** Whether nine of ten pairs miss a bound. @param atMost of the ratio */
export const isLost = (pairs: readonly Pair[], atMost: number): boolean => countLosses(pairs, atMost) > maxLosses;

import { countLosses, isLost, ratioOf, type Pair } from '../support/pairs.ts';
import { median } from './timing.ts';

/**
 * A figure and, if any, its bound. No bound is absolute, so that it holds on any machine: times and rates are bounded
 * by multiples of the yardstick (yardstick.ts), and ratios by a peer measured beside them.
 */
export type Figure = SingleFigure | PairedFigure;

type SingleFigure = { readonly what: string; readonly measured: number } & (
  | { readonly unit: TimeUnit; readonly must?: { readonly atMostYardsticks: number } }
  | { readonly unit: `${string}/s`; readonly must?: { readonly atLeastPerYardstick: number } }
  | Ratio
  | { readonly unit: string; readonly must?: undefined }
);

type Ratio = { readonly unit: '×'; readonly must?: { readonly atMost: number } | { readonly atLeast: number } };

/** A figure against a peer in the same run, such as the sizes of two files. */
export type RatioFigure = Omit<SingleFigure, 'unit' | 'must'> & Ratio;

/**
 * What ours costs, relative to a peer, or to itself at another size, in ten pairs (`pairsOf` of timing.ts). It exceeds
 * its bound where nine of ten pairs do.
 */
export type PairedFigure = {
  readonly what: string;
  readonly pairs: readonly Pair[];
  readonly must?: { readonly atMost: number };
};

type TimeUnit = keyof typeof microseconds;

/** Microseconds of each unit of time. */
const microseconds = { µs: 1, ms: 1_000, s: 1_000_000 };

/** The default export of a `*.bench.ts`: measures on this machine, cleans up, and returns its figures. */
export type Benchmark = () => Promise<readonly Figure[]>;

/**
 * The export `guard` of a `*.bench.ts`: what `npm run bench -- --guard` and the nightly workflow measure, in some
 * seconds. None depends on the pace of the machine, or on what else runs on it: costs are CPU time, in pairs.
 */
export type Guard = () => Promise<readonly (RatioFigure | PairedFigure)[]>;

/** A bound in the unit of its figure, and how it is derived. */
type Limit = { readonly relation: '≤' | '≥'; readonly value: number; readonly multiple: string };

/** @param yardstick microseconds */
function limitOf({ unit, must }: SingleFigure, yardstick: number): Limit | undefined {
  if (must === undefined) return undefined;
  if ('atMostYardsticks' in must) {
    const value = (must.atMostYardsticks * yardstick) / microseconds[unit as TimeUnit];
    return { relation: '≤', value, multiple: `${must.atMostYardsticks} yardsticks` };
  }
  if ('atLeastPerYardstick' in must) {
    const value = (must.atLeastPerYardstick / yardstick) * microseconds.s;
    return { relation: '≥', value, multiple: `${must.atLeastPerYardstick} per yardstick` };
  }
  return 'atMost' in must
    ? { relation: '≤', value: must.atMost, multiple: '' }
    : { relation: '≥', value: must.atLeast, multiple: '' };
}

/** Whether a figure keeps to its bound. @param yardstick microseconds */
export function isWithinBound(figure: Figure, yardstick: number): boolean {
  if ('pairs' in figure) return figure.must === undefined || !isLost(figure.pairs, figure.must.atMost);
  const limit = limitOf(figure, yardstick);
  if (limit === undefined) return true;
  return limit.relation === '≤' ? figure.measured <= limit.value : figure.measured >= limit.value;
}

/** The figure as a row of the table that `npm run bench` prints. @param yardstick microseconds */
export function row(figure: Figure, yardstick: number): Record<string, string> {
  const { what, must } = figure;
  const holds = must === undefined ? '' : isWithinBound(figure, yardstick) ? 'yes' : 'NO';
  return { what, ...('pairs' in figure ? pairedCells(figure) : singleCells(figure, yardstick)), holds };
}

type Cells = { readonly measured: string; readonly must: string; readonly pairs: string };

/** The median of the ratios, and how many of the pairs miss the bound. */
function pairedCells({ pairs, must }: PairedFigure): Cells {
  const measured = `${rounded(median(pairs.map(ratioOf)))} ×`;
  if (must === undefined) return { measured, must: '', pairs: '' };
  const { atMost } = must;
  return {
    measured,
    must: `≤ ${rounded(atMost)} ×`,
    pairs: `${countLosses(pairs, atMost)} of ${pairs.length} pairs lose`,
  };
}

function singleCells(figure: SingleFigure, yardstick: number): Cells {
  const { measured, unit } = figure;
  const limit = limitOf(figure, yardstick);
  const bounded = limit === undefined ? '' : `${limit.relation} ${rounded(limit.value)} ${unit}`;
  return {
    measured: `${rounded(measured)} ${unit}`,
    must: limit === undefined || limit.multiple === '' ? bounded : `${bounded} (${limit.multiple})`,
    pairs: '',
  };
}

const rounded = (value: number): number => Number(value.toPrecision(3));

/**
 * One measured figure and, if any, its bound. No bound is absolute, so that it holds on any machine: times and rates
 * are bounded by multiples of the yardstick (yardstick.ts), and ratios by a peer measured beside them.
 */
export type Figure = { readonly what: string; readonly measured: number } & (
  | { readonly unit: TimeUnit; readonly must?: { readonly atMostYardsticks: number } }
  | { readonly unit: `${string}/s`; readonly must?: { readonly atLeastPerYardstick: number } }
  | Ratio
  | { readonly unit: string; readonly must?: undefined }
);

type Ratio = { readonly unit: '×'; readonly must?: { readonly atMost: number } | { readonly atLeast: number } };

/** A figure against a peer, or against itself at another size, in the same run. */
export type RatioFigure = Omit<Figure, 'unit' | 'must'> & Ratio;

type TimeUnit = keyof typeof microseconds;

/** Microseconds of each unit of time. */
const microseconds = { µs: 1, ms: 1_000, s: 1_000_000 };

/** The default export of a `*.bench.ts`: measures on this machine, cleans up, and returns its figures. */
export type Benchmark = () => Promise<readonly Figure[]>;

/**
 * The export `guard` of a `*.bench.ts`: the ratios that `npm run test:all` watches, in some seconds. None depends on
 * the pace of the machine, or on what else runs on it.
 */
export type Guard = () => Promise<readonly RatioFigure[]>;

/** A bound in the unit of its figure, and how it is derived. */
type Limit = { readonly relation: '≤' | '≥'; readonly value: number; readonly multiple: string };

/** @param yardstick microseconds */
function limitOf({ unit, must }: Figure, yardstick: number): Limit | undefined {
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
  const limit = limitOf(figure, yardstick);
  if (limit === undefined) return true;
  return limit.relation === '≤' ? figure.measured <= limit.value : figure.measured >= limit.value;
}

/** The figure as a row of the table that `npm run bench` prints. @param yardstick microseconds */
export function row(figure: Figure, yardstick: number): Record<string, string> {
  const { what, measured, unit } = figure;
  const limit = limitOf(figure, yardstick);
  const bounded = limit === undefined ? '' : `${limit.relation} ${rounded(limit.value)} ${unit}`;
  return {
    what,
    measured: `${rounded(measured)} ${unit}`,
    must: limit === undefined || limit.multiple === '' ? bounded : `${bounded} (${limit.multiple})`,
    holds: limit === undefined ? '' : isWithinBound(figure, yardstick) ? 'yes' : 'NO',
  };
}

const rounded = (value: number): number => Number(value.toPrecision(3));

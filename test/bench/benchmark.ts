/** One measured figure beside what must hold. */
export type Figure = {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** What `measured` must be: no more, or no less. Without it, the figure only tells. */
  readonly must?: { readonly atMost: number } | { readonly atLeast: number };
};

/** The default export of a `*.bench.ts`: measures on this machine, cleans up, and answers its figures. */
export type Benchmark = () => Promise<readonly Figure[]>;

export function holds({ measured, must }: Figure): boolean {
  if (must === undefined) return true;
  return 'atMost' in must ? measured <= must.atMost : measured >= must.atLeast;
}

/** The figure as a row of the table that `npm run bench` prints. */
export function row(figure: Figure): Record<string, string> {
  const { what, measured, unit, must } = figure;
  const limit = must === undefined ? '' : 'atMost' in must ? `≤ ${must.atMost}` : `≥ ${must.atLeast}`;
  return {
    what,
    measured: `${Number(measured.toPrecision(3))} ${unit}`,
    must: limit,
    holds: must === undefined ? '' : holds(figure) ? 'yes' : 'NO',
  };
}

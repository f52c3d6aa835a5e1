/** The hours of the overview's plot. */

/** Both ends are instants; the end of the running hour is in the future. */
export type Hour = { readonly start: string; readonly end: string };

/** Calls of an hour. */
export type Calls = { readonly all: number; readonly answered: number };

const length = 3_600_000;

/** The last hours of the clock, the earliest first; the last one is running. @param now Unix milliseconds */
export function lastHours(count: number, now: number): readonly Hour[] {
  const running = Math.floor(now / length) * length;
  return Array.from({ length: count }, (_, at): Hour => {
    const start = running - (count - 1 - at) * length;
    return { start: new Date(start).toISOString(), end: new Date(start + length).toISOString() };
  });
}

export const sumOf = (hours: readonly Calls[]): Calls =>
  hours.reduce((sum, hour) => ({ all: sum.all + hour.all, answered: sum.answered + hour.answered }), {
    all: 0,
    answered: 0,
  });

/** In whole percent. Null: there were no calls. */
export const answerRate = ({ all, answered }: Calls): number | null =>
  all === 0 ? null : Math.round((100 * answered) / all);

/** Least figure of an axis that ends above all of the values: 1, 2 or 5 times a power of ten, in two even parts. */
export function axisEnd(values: readonly number[]): number {
  const largest = Math.max(2, ...values);
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 4, 6, 8, 10].map((times) => times * power).find((end) => end >= largest && end % 2 === 0) ?? largest;
}

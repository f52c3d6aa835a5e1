import { invalidParameter } from '../errors.ts';
import { day } from './time.ts';

/** The requested start and end (ISO 8601). */
type Ends = { readonly start?: string | null | undefined; readonly end?: string | null | undefined };

type Bounds = {
  /** Default length in days. */
  readonly defaultDays: number;
  /** Largest length in days. */
  readonly maxDays: number;
  /** Milliseconds from now to an open end; 0 by default. */
  readonly ahead?: number;
  /** The names of the parameters, for errors. */
  readonly names?: readonly [start: string, end: string];
};

const iso = (at: number): string => new Date(at).toISOString();

/**
 * The time range of a list (ISO 8601 UTC), with defaults for an open start or end.
 * @param now Unix milliseconds
 * @throws AppError INVALID_PARAMETER if the range ends before its start or is too long
 */
export function timeRange(
  { start, end }: Ends,
  now: number,
  { defaultDays, maxDays, ahead = 0, names: [first, last] = ['start', 'end'] }: Bounds,
): { readonly since: string; readonly until: string } {
  const beyond = end == null ? ahead : 0;
  const until = end == null ? Math.max(now, start == null ? now : Date.parse(start)) + beyond : Date.parse(end);
  const since = start == null ? until - defaultDays * day - beyond : Date.parse(start);
  if (since > until) throw invalidParameter(first, `must not be after ${last}`);
  if (until - since > maxDays * day + beyond)
    throw invalidParameter(last, `must be at most ${maxDays} days after ${first}`);
  return { since: iso(since), until: iso(until) };
}

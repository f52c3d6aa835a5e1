import { invalidParameter } from '../errors.ts';

const DAY = 86_400_000;

/** ISO 8601, as they were asked for. */
type Ends = { readonly start?: string | null | undefined; readonly end?: string | null | undefined };

type Bounds = {
  /** Days before the end with which a range begins that does not say so, and days that one may be long. */
  readonly usual: number;
  readonly most: number;
  /** Milliseconds by which an open end lies behind now. */
  readonly ahead?: number;
  /** What the request calls its ends. */
  readonly names?: readonly [start: string, end: string];
};

const iso = (at: number): string => new Date(at).toISOString();

/**
 * The range of time that a list is asked for, ISO 8601 UTC. @param now Unix milliseconds @throws AppError
 * INVALID_PARAMETER
 */
export function timeRange(
  { start, end }: Ends,
  now: number,
  { usual, most, ahead = 0, names: [first, last] = ['start', 'end'] }: Bounds,
): { readonly since: string; readonly until: string } {
  const beyond = end == null ? ahead : 0;
  const until = end == null ? Math.max(now, start == null ? now : Date.parse(start)) + beyond : Date.parse(end);
  const since = start == null ? until - usual * DAY - beyond : Date.parse(start);
  if (since > until) throw invalidParameter(first, `must not be after ${last}`);
  if (until - since > most * DAY + beyond) throw invalidParameter(last, `must be at most ${most} days after ${first}`);
  return { since: iso(since), until: iso(until) };
}

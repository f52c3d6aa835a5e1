import { day } from '#schema/time.ts';

/** Days before the end of a certificate at which an event says so. */
const thresholds = [30, 7, 1] as const;

const before = (end: string, days: number): number => Date.parse(end) - days * day;

/** Whether a certificate ends within the first threshold, or has ended. @param end ISO 8601. @param now ISO 8601 */
export const endsSoon = (end: string, now: string): boolean => before(end, thresholds[0]) <= Date.parse(now);

/**
 * When to look at a certificate again: at each threshold that is ahead, and now if one has passed.
 * @param end ISO 8601. @param now ISO 8601
 */
export function warningTimes(end: string, now: string): string[] {
  const at = Date.parse(now);
  const ahead = thresholds.map((days) => before(end, days)).filter((time) => time > at);
  const isDue = ahead.length < thresholds.length && Date.parse(end) > at;
  return [...(isDue ? [at] : []), ...ahead].map((time) => new Date(time).toISOString());
}

/**
 * The threshold whose event is due, in days; undefined if none is, or if it was sent. Of several that passed, the last
 * one is due.
 * @param warned the last threshold that was sent
 */
export function warningDue(end: string, warned: number | undefined, now: string): number | undefined {
  const at = Date.parse(now);
  const [days] = thresholds.filter((each) => before(end, each) <= at).toSorted((one, other) => one - other);
  const isOver = at >= Date.parse(end);
  return days === undefined || isOver || (warned !== undefined && warned <= days) ? undefined : days;
}

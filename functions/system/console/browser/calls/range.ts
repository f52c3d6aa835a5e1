import { dayAfter, startOfDay } from '../kit/days.ts';
import { t } from '../texts/texts.ts';

/** The days of a search for calls: some until now, or from one day to another. */

export const spans = {
  today: t('Today'),
  yesterday: t('Yesterday'),
  week: t('Last 7 days'),
  month: t('Last 30 days'),
  quarter: t('Last 90 days'),
} as const;

export type Span = keyof typeof spans;

/** `week`, or two days such as `2026-11-01..2026-11-05`, both included. */
export type Days = string;

export const defaultDays: Span = 'week';

const ownForm = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/;

const isSpan = (days: Days): days is Span => Object.hasOwn(spans, days);

/** The days that a text names; the default, if it names none. */
export const daysIn = (text: unknown): Days =>
  typeof text === 'string' && (isSpan(text) || ownForm.test(text)) ? text : defaultDays;

/** The first and the last day. @param today `2026-11-27` */
export function boundsOf(days: Days, today: string): { readonly from: string; readonly to: string } {
  const [, first = today, last = today] = ownForm.exec(days) ?? [];
  if (!isSpan(days)) return { from: first < last ? first : last, to: first < last ? last : first };
  const lengths: Readonly<Record<Span, number>> = { today: 1, yesterday: 2, week: 7, month: 30, quarter: 90 };
  const from = dayAfter(today, 1 - lengths[days]);
  return { from, to: days === 'yesterday' ? from : today };
}

/** The filters of the days. A range that ends today has no end, so that new calls are found. @param zone IANA */
export function filtersOfDays(
  days: Days,
  today: string,
  zone: string,
): { readonly start: string; readonly end?: string } {
  const { from, to } = boundsOf(days, today);
  const instant = (day: string): string => new Date(startOfDay(day, zone)).toISOString();
  return { start: instant(from), ...(to >= today ? {} : { end: instant(dayAfter(to)) }) };
}

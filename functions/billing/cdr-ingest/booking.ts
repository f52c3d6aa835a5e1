/**
 * Where a charge is booked: in the period and on the day of its call, or, where that period is closed, in the open one
 * (billing.md, "Periods").
 */
import { periodAt, periodNamed, type BillingDays, type PeriodName } from '../billing-profiles/period.ts';
import type { Rating } from './rating.ts';

/** The books of an organization at an instant; all in milliseconds. */
export type Books = { readonly days: BillingDays; readonly now: number; readonly grace: number };

/** A period and a day (UTC) of an organization. */
export type Place = { readonly period: PeriodName; readonly day: string };

const isClosed = (name: PeriodName, { days, now, grace }: Books): boolean => now >= periodNamed(name, days).end + grace;

/** The period that a call is charged in. @param start ISO 8601 */
export function periodFor(start: string, books: Books): { readonly name: PeriodName; readonly late: boolean } {
  const { name } = periodAt(Date.parse(start), books.days);
  return isClosed(name, books) ? { name: periodAt(books.now, books.days).name, late: true } : { name, late: false };
}

type Charged = Pick<Rating, 'period' | 'late' | 'rated_at'>;

/**
 * Where a rating was booked. The day of a late call is over: it stands on the one on which it was rated. @param start
 * of the call
 */
export const placeOf = ({ period, late, rated_at }: Charged, start: string): Place => ({
  period,
  day: (late ? rated_at : start).slice(0, 10),
});

/** Where a rating is taken back: where it was booked, or, as what is closed stays as it was, today. */
export const placeOfReversal = (rating: Charged, start: string, books: Books): Place =>
  isClosed(rating.period, books)
    ? { period: periodAt(books.now, books.days).name, day: new Date(books.now).toISOString().slice(0, 10) }
    : placeOf(rating, start);

/**
 * Where a charge is booked: in the period and on the day of its call, or in the open period if the call's own is closed
 * (functions/billing/README.md, "Periods").
 */
import { periodAt, periodNamed, type BillingDays, type PeriodName } from '../billing-profiles/period.ts';
import type { Rating } from './rating.ts';

/** The books of an organization at an instant. `now` is in Unix milliseconds, `grace` in milliseconds. */
export type Books = { readonly days: BillingDays; readonly now: number; readonly grace: number };

/** A period and a day (UTC) of an organization. */
export type Place = { readonly period: PeriodName; readonly day: string };

const isClosed = (name: PeriodName, { days, now, grace }: Books): boolean => now >= periodNamed(name, days).end + grace;

/** The period that a call is charged in; `late` if its own is closed. @param start of the call, ISO 8601 */
export function periodFor(start: string, books: Books): { readonly name: PeriodName; readonly late: boolean } {
  const { name } = periodAt(Date.parse(start), books.days);
  return isClosed(name, books) ? { name: periodAt(books.now, books.days).name, late: true } : { name, late: false };
}

type BookedRating = Pick<Rating, 'period' | 'late' | 'rated_at'>;

/**
 * Where a rating was booked. The day of a late call is over, so the call is booked on the day on which it was rated.
 * @param start of the call, ISO 8601
 */
export const placeOf = ({ period, late, rated_at }: BookedRating, start: string): Place => ({
  period,
  day: (late ? rated_at : start).slice(0, 10),
});

/** Where a rating is reversed: where it was booked, or today in the open period, since closed periods never change. */
export const placeOfReversal = (rating: BookedRating, start: string, books: Books): Place =>
  isClosed(rating.period, books)
    ? { period: periodAt(books.now, books.days).name, day: new Date(books.now).toISOString().slice(0, 10) }
    : placeOf(rating, start);

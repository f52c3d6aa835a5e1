/**
 * Where a charge is booked: in the period and on the day of its call, or in the open period if the call's own is closed
 * (functions/billing/README.md, "Periods").
 */
import { periodAt, periodNamed, type BillingDays, type PeriodName } from '../schema/period.ts';
import type { Rating } from './rating.ts';

/** Which periods of an organization are open: `now` in Unix milliseconds, `grace` in milliseconds. */
export type BillingCalendar = { readonly days: BillingDays; readonly now: number; readonly grace: number };

/** The period and the day (UTC) that a charge is booked in. */
export type BookingDate = { readonly period: PeriodName; readonly day: string };

const isClosed = (name: PeriodName, { days, now, grace }: BillingCalendar): boolean =>
  now >= periodNamed(name, days).end + grace;

/** The period that a call is charged in; `late` if its own is closed. @param start of the call, ISO 8601 */
export function periodFor(
  start: string,
  calendar: BillingCalendar,
): { readonly name: PeriodName; readonly late: boolean } {
  const { name } = periodAt(Date.parse(start), calendar.days);
  return isClosed(name, calendar)
    ? { name: periodAt(calendar.now, calendar.days).name, late: true }
    : { name, late: false };
}

type BookedRating = Pick<Rating, 'period' | 'late' | 'rated_at'>;

/**
 * Where a rating was booked. The day of a late call is over, so the call is booked on the day on which it was rated.
 * @param start of the call, ISO 8601
 */
export const bookingDateOf = ({ period, late, rated_at }: BookedRating, start: string): BookingDate => ({
  period,
  day: (late ? rated_at : start).slice(0, 10),
});

/** Where a rating is reversed: where it was booked, or today in the open period, since closed periods never change. */
export const reversalDateOf = (rating: BookedRating, start: string, calendar: BillingCalendar): BookingDate =>
  isClosed(rating.period, calendar)
    ? { period: periodAt(calendar.now, calendar.days).name, day: new Date(calendar.now).toISOString().slice(0, 10) }
    : bookingDateOf(rating, start);

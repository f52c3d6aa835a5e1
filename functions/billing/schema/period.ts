/**
 * Usage periods: months from the billing day, 00:00 UTC, named by the month of their first day
 * (functions/billing/README.md, "Periods"). Each month has exactly one period, whatever the billing day was changed to,
 * and periods never overlap: the last period before a new billing day is longer or shorter by the difference.
 */
import { hour, minute } from '#schema/time.ts';

/** "2024-01". Sorts chronologically. */
export type PeriodName = string;

/** The billing day (1–28) of the period `from` and of those after it; null: from the beginning. */
export type BillingDay = { readonly from: PeriodName | null; readonly day: number };

/** All billing days that a profile ever had, oldest first; never empty. */
export type BillingDays = readonly [BillingDay, ...BillingDay[]];

/** Unix milliseconds; `end` is exclusive. */
export type Period = { readonly name: PeriodName; readonly start: number; readonly end: number };

/** Months since year 0: the number by which periods are counted. */
type Month = number;

const monthAt = (at: number): Month => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth();
const nameOf = (month: Month): PeriodName =>
  `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
const monthOf = (name: PeriodName): Month => Number(name.slice(0, 4)) * 12 + Number(name.slice(5)) - 1;

function startOf(month: Month, days: BillingDays): number {
  const name = nameOf(month);
  const { day } = days.findLast(({ from }) => from === null || from <= name) ?? days[0];
  return Date.UTC(Math.floor(month / 12), month % 12, day);
}

const periodOf = (month: Month, days: BillingDays): Period => ({
  name: nameOf(month),
  start: startOf(month, days),
  end: startOf(month + 1, days),
});

/** The period that contains an instant. @param at Unix milliseconds */
export function periodAt(at: number, days: BillingDays): Period {
  const month = monthAt(at);
  return periodOf(at < startOf(month, days) ? month - 1 : month, days);
}

/** The period with a name such as "2024-01". */
export const periodNamed = (name: PeriodName, days: BillingDays): Period => periodOf(monthOf(name), days);

/** The period that follows another. */
export const periodAfter = (name: PeriodName, days: BillingDays): Period => periodOf(monthOf(name) + 1, days);

/** A billing day that was never changed. */
export const billingDayAlways = (day: number): BillingDays => [{ from: null, day }];

/**
 * Changes the billing day: the open period keeps its first and its last day, the next one ends on the new day. So a CDR
 * that is already booked never moves to another period. @param now Unix milliseconds
 */
export function changeBillingDay(days: BillingDays, day: number, now: number): BillingDays {
  const from = nameOf(monthOf(periodAt(now, days).name) + 2);
  const [first, ...later] = days;
  return [first, ...later.filter((change) => change.from !== null && change.from < from), { from, day }];
}

/** The billing day as it was last set. */
export const billingDay = (days: BillingDays): number => (days.at(-1) ?? days[0]).day;

/**
 * Milliseconds between the last instant at which a period takes calls and its closing, so that transactions that were
 * running at that instant have ended.
 */
const settlingTime = 5 * minute;
/** Hours for which a period takes calls after its end, unless `PERIOD_GRACE_HOURS` is set. */
const defaultGraceHours = 24;

/** Milliseconds for which a period takes calls after its end (`PERIOD_GRACE_HOURS`). */
export const gracePeriod = (environment: Readonly<Record<string, string | undefined>>): number =>
  Number(environment['PERIOD_GRACE_HOURS'] ?? defaultGraceHours) * hour;

/** The earliest time at which a period may be closed, ISO 8601. @param grace milliseconds */
export const closesAt = (name: PeriodName, days: BillingDays, grace: number): string =>
  new Date(periodNamed(name, days).end + grace + settlingTime).toISOString();

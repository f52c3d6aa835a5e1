/**
 * Usage periods: months from the billing day, 00:00 UTC, named by the month of their first day (billing.md, "Periods").
 * Each month has exactly one, whatever the billing day was changed to, and none overlaps another: the last
 * period before a new billing day is longer or shorter by the difference.
 */

/** "2024-01". Sorts as time does. */
export type PeriodName = string;

/** The billing day (1–28) of the period `from` and of those after it; null: from the beginning. */
export type BillingDay = { readonly from: PeriodName | null; readonly day: number };

/** All billing days that a profile ever had, oldest first; never empty. */
export type BillingDays = readonly [BillingDay, ...BillingDay[]];

/** Instants in ms; `end` is exclusive. */
export type Period = { readonly name: PeriodName; readonly start: number; readonly end: number };

/** Months since the beginning of the calendar: what periods are counted by. */
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

/** The period that an instant (ms) lies in. */
export function periodAt(at: number, days: BillingDays): Period {
  const month = monthAt(at);
  return periodOf(at < startOf(month, days) ? month - 1 : month, days);
}

/** The period of a name, "2024-01". */
export const periodNamed = (name: PeriodName, days: BillingDays): Period => periodOf(monthOf(name), days);

/** The period that follows one. */
export const periodAfter = (name: PeriodName, days: BillingDays): Period => periodOf(monthOf(name) + 1, days);

/** A billing day never changed. */
export const billingDayAlways = (day: number): BillingDays => [{ from: null, day }];

/**
 * Another billing day: the open period keeps its first and its last day, the next one runs to the new day.
 * So no CDR that is already booked ever belongs to another period.
 */
export function changeBillingDay(days: BillingDays, day: number, now: number): BillingDays {
  const from = nameOf(monthOf(periodAt(now, days).name) + 2);
  const [first, ...later] = days;
  return [first, ...later.filter((change) => change.from !== null && change.from < from), { from, day }];
}

/** The billing day as it was last set. */
export const billingDay = (days: BillingDays): number => (days.at(-1) ?? days[0]).day;

/**
 * Milliseconds between the last instant at which a period takes calls and its closing: whoever was at work then is
 * done.
 */
const SETTLING = 5 * 60_000;
/** Hours for which a period takes calls after its end, unless the operator says otherwise. */
const defaultGrace = 24;
const HOUR = 3_600_000;

/** Milliseconds for which a period takes calls after its end (`PERIOD_GRACE_HOURS`). */
export const graceIn = (environment: Readonly<Record<string, string | undefined>>): number =>
  Number(environment['PERIOD_GRACE_HOURS'] ?? defaultGrace) * HOUR;

/** When a period may be closed, ISO 8601. @param grace milliseconds */
export const closesAt = (name: PeriodName, days: BillingDays, grace: number): string =>
  new Date(periodNamed(name, days).end + grace + SETTLING).toISOString();

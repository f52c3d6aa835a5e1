import { describe, expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import { billingDayAlways } from '../schema/period.ts';
import { periodFor, bookingDateOf, reversalDateOf, type BillingCalendar } from './booking-date.ts';

/** November is over; its period closes on December 2 at 00:00. */
const calendar = (now: string): BillingCalendar => ({
  days: billingDayAlways(1),
  now: Date.parse(now),
  grace: 24 * hour,
});
const start = '2026-11-30T23:59:59Z';

describe('a call', () => {
  test('is charged in its own period up to the end of the grace', () => {
    expect(periodFor(start, calendar('2026-12-01T23:59:59.999Z'))).toEqual({ name: '2026-11', late: false });
  });

  test('is charged in the open period, and late, from then on', () => {
    expect(periodFor(start, calendar('2026-12-02T00:00:00Z'))).toEqual({ name: '2026-12', late: true });
  });

  test('is booked on the day of its start, a late one on the day of its rating', () => {
    const rating = { period: '2026-11', late: false, rated_at: '2026-12-01T08:00:00.000Z' };
    expect(bookingDateOf(rating, start)).toEqual({ period: '2026-11', day: '2026-11-30' });
    expect(bookingDateOf({ ...rating, late: true, period: '2026-12' }, start)).toEqual({
      period: '2026-12',
      day: '2026-12-01',
    });
  });
});

describe('a reversal', () => {
  const rating = { period: '2026-11', late: false, rated_at: start };

  test('is booked where the rating was, while that period is open', () => {
    expect(reversalDateOf(rating, start, calendar('2026-12-01T12:00:00Z'))).toEqual({
      period: '2026-11',
      day: '2026-11-30',
    });
  });

  test('is booked today if that period is closed', () => {
    expect(reversalDateOf(rating, start, calendar('2026-12-05T12:00:00Z'))).toEqual({
      period: '2026-12',
      day: '2026-12-05',
    });
  });
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { day as dayLength, hour } from '#schema/time.ts';
import {
  billingDay,
  billingDayAlways,
  changeBillingDay,
  closesAt,
  gracePeriod,
  periodAfter,
  periodAt,
  periodNamed,
  type BillingDays,
} from './period.ts';

const at = (instant: string) => Date.parse(instant);
const instants = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
const day = fc.integer({ min: 1, max: 28 });

/** Billing days after changes at some instants, each later than the one before. */
const histories = fc
  .tuple(day, fc.array(fc.tuple(instants, day), { maxLength: 8 }))
  .map(([first, changes]) =>
    changes
      .toSorted(([one], [other]) => one - other)
      .reduce((days, [now, wanted]) => changeBillingDay(days, wanted, now), billingDayAlways(first)),
  );

test("a period runs from the billing day, 00:00 UTC, to the next month's", () => {
  expect(periodAt(at('2024-01-31T23:59:59Z'), billingDayAlways(1))).toEqual({
    name: '2024-01',
    start: at('2024-01-01T00:00:00Z'),
    end: at('2024-02-01T00:00:00Z'),
  });
  expect(periodAt(at('2024-02-01T00:00:00Z'), billingDayAlways(1)).name).toBe('2024-02');
});

test('a period is named by the month of its first day', () => {
  expect(periodAt(at('2024-01-14T23:59:59.999Z'), billingDayAlways(15)).name).toBe('2023-12');
  expect(periodAt(at('2024-01-15T00:00:00Z'), billingDayAlways(15)).name).toBe('2024-01');
});

test('a new billing day leaves the open period unchanged; the next period ends on the new day', () => {
  const days = changeBillingDay(billingDayAlways(28), 1, at('2024-02-20T12:00:00Z'));
  expect(periodAt(at('2024-02-20T12:00:00Z'), days)).toEqual({
    name: '2024-01',
    start: at('2024-01-28T00:00:00Z'),
    end: at('2024-02-28T00:00:00Z'),
  });
  expect(periodAt(at('2024-02-28T00:00:00Z'), days)).toEqual({
    name: '2024-02',
    start: at('2024-02-28T00:00:00Z'),
    end: at('2024-03-01T00:00:00Z'),
  });
  expect(billingDay(days)).toBe(1);
});

test('of two changes within a period the later one applies', () => {
  const once = changeBillingDay(billingDayAlways(1), 10, at('2024-01-20T12:00:00Z'));
  expect(changeBillingDay(once, 5, at('2024-01-25T00:00:00Z'))).toEqual([
    { from: null, day: 1 },
    { from: '2024-03', day: 5 },
  ]);
});

test('each instant is in exactly one period, however often the billing day changed', () => {
  fc.assert(
    fc.property(histories, instants, (days: BillingDays, instant) => {
      const period = periodAt(instant, days);
      expect(period.start).toBeLessThanOrEqual(instant);
      expect(period.end).toBeGreaterThan(instant);
      expect(periodNamed(period.name, days)).toEqual(period);
      expect(periodAfter(period.name, days).start).toBe(period.end);
      expect(new Date(period.start).toISOString().slice(0, 7)).toBe(period.name);
    }),
  );
});

test('a change moves neither the open period nor an earlier one', () => {
  fc.assert(
    fc.property(histories, instants, day, fc.integer({ min: 0, max: 400 }), (days, instant, wanted, daysBefore) => {
      const now = Math.max(
        instant,
        ...days.flatMap(({ from }) => (from === null ? [] : [periodNamed(from, days).start])),
      );
      const then = now - daysBefore * dayLength;
      expect(periodAt(then, changeBillingDay(days, wanted, now))).toEqual(periodAt(then, days));
    }),
    { numRuns: 1_000 },
  );
});

test('a period takes calls for 24 hours after its end, unless the operator sets another time', () => {
  expect([gracePeriod({}), gracePeriod({ PERIOD_GRACE_HOURS: '1' }), gracePeriod({ PERIOD_GRACE_HOURS: '0' })]).toEqual(
    [24 * hour, hour, 0],
  );
});

test('a period may be closed five minutes after it last takes calls', () => {
  expect(closesAt('2024-01', billingDayAlways(1), 24 * hour)).toBe('2024-02-02T00:05:00.000Z');
});

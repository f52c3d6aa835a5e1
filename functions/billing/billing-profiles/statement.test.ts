import { expect, test } from 'vitest';
import { billingDayAlways } from '../schema/period.ts';
import { minutesText, statementDays, statementOf } from './statement.ts';

const now = Date.parse('2026-01-20T12:00:00Z');
const days = billingDayAlways(15);

test('the default range is the open period up to today', () => {
  expect(statementDays({}, days, now)).toEqual({ from: '2026-01-15', to: '2026-01-20' });
});

test('an end alone selects its period up to it', () => {
  expect(statementDays({ end: '2026-01-14T23:59:59.999Z' }, days, now)).toEqual({
    from: '2025-12-15',
    to: '2026-01-14',
  });
});

test('a range has 1 to 366 days, the last day included', () => {
  const of = (start: string, end: string) => () =>
    statementDays({ start: `${start}T00:00:00.000Z`, end: `${end}T23:59:59.999Z` }, days, now);
  const rejected = expect.objectContaining({
    code: 'INVALID_PARAMETER',
    details: [{ path: 'start', message: 'must be within 366 days before end' }],
  });
  expect(of('2026-01-20', '2026-01-20')()).toEqual({ from: '2026-01-20', to: '2026-01-20' });
  expect(of('2025-01-20', '2026-01-20')()).toEqual({ from: '2025-01-20', to: '2026-01-20' });
  expect(of('2025-01-19', '2026-01-20')).toThrow(rejected);
  expect(of('2026-01-21', '2026-01-20')).toThrow(rejected);
});

test('opening balance plus entries minus charges is the closing balance; later days do not count', () => {
  const moved = [
    { day: '2026-01-01', booked: 10_000_000 },
    { day: '2026-01-02', charges: 1_000_000, calls: 1, seconds: 60 },
    { day: '2026-01-03', charges: 500_000, calls: 2, seconds: 30 },
    { day: '2026-01-03', charges: 250_000, sms: 4 },
    { day: '2026-01-03', booked: -2_000_000 },
    { day: '2026-01-04', charges: 7_000_000, calls: 9, seconds: 900 },
  ];
  expect(statementOf(moved, { from: '2026-01-03', to: '2026-01-03' }, 'USD')).toEqual({
    start: '2026-01-03',
    time_zone: 'UTC',
    end: '2026-01-03',
    currency: 'USD',
    opening_balance: '9.0000',
    closing_balance: '6.2500',
    charges: [{ day: '2026-01-03', amount: '-0.7500', calls: 2, minutes: '0.5000', sms: 4, late: [] }],
  });
});

test('charges name the days of the calls that are booked on a later one', () => {
  const moved = [
    { day: '2026-01-03', charges: 500_000, calls: 2, seconds: 30 },
    { day: '2026-01-03', call_day: '2025-11-30', charges: 250_000, calls: 1, seconds: 15 },
    { day: '2026-01-03', call_day: '2025-11-02', charges: -20_000, calls: 0, seconds: 0 },
    { day: '2026-01-03', call_day: '2025-11-30', charges: 50_000, calls: 1, seconds: 15 },
  ];
  expect(statementOf(moved, { from: '2026-01-03', to: '2026-01-03' }, 'USD').charges).toEqual([
    {
      day: '2026-01-03',
      amount: '-0.7800',
      calls: 4,
      minutes: '1.0000',
      sms: 0,
      late: [
        { call_day: '2025-11-02', amount: '0.0200', calls: 0, minutes: '0.0000' },
        { call_day: '2025-11-30', amount: '-0.3000', calls: 2, minutes: '0.5000' },
      ],
    },
  ]);
});

test('a day with SMS and no calls has charges', () => {
  const moved = [{ day: '2026-01-03', charges: 7_500, sms: 1 }];
  expect(statementOf(moved, { from: '2026-01-03', to: '2026-01-03' }, 'USD').charges).toEqual([
    { day: '2026-01-03', amount: '-0.0075', calls: 0, minutes: '0.0000', sms: 1, late: [] },
  ]);
});

test('a day without calls has no charges', () => {
  expect(
    statementOf([{ day: '2026-01-01', booked: 1 }], { from: '2026-01-01', to: '2026-01-02' }, 'USD').charges,
  ).toEqual([]);
});

test('minutes are rounded half-up to 4 decimals', () => {
  expect([0, 1, 60, 342].map(minutesText)).toEqual(['0.0000', '0.0167', '1.0000', '5.7000']);
});

import { expect, test } from 'vitest';
import { boundsOf, daysIn, filtersOfDays } from './range.ts';

const today = '2026-11-27';

test('days are those of the zone, and a range until now has no end', () => {
  expect(filtersOfDays('today', '2026-11-28', 'Europe/Berlin')).toEqual({ start: '2026-11-27T23:00:00.000Z' });
  expect(filtersOfDays('today', today, 'UTC')).toEqual({ start: '2026-11-27T00:00:00.000Z' });
  expect(filtersOfDays('week', today, 'UTC')).toEqual({ start: '2026-11-21T00:00:00.000Z' });
  expect(filtersOfDays('yesterday', today, 'UTC')).toEqual({
    start: '2026-11-26T00:00:00.000Z',
    end: '2026-11-27T00:00:00.000Z',
  });
});

test('own days include both, in any order', () => {
  const range = { start: '2026-11-01T00:00:00.000Z', end: '2026-11-04T00:00:00.000Z' };
  expect(filtersOfDays('2026-11-01..2026-11-03', today, 'UTC')).toEqual(range);
  expect(filtersOfDays('2026-11-03..2026-11-01', today, 'UTC')).toEqual(range);
  expect(boundsOf('2026-11-27..2026-11-27', today)).toEqual({ from: '2026-11-27', to: '2026-11-27' });
});

test('a text that names no days means a week', () => {
  expect(['month', '2026-11-01..2026-11-03', 'ever', undefined, 7].map(daysIn)).toEqual([
    ...['month', '2026-11-01..2026-11-03', 'week', 'week', 'week'],
  ]);
});

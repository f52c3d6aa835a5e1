import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hourExpires, hourly, hourOf, pointsSince, stored, type HistoryPoint } from './gateway-history.ts';

const noon = Date.parse('2026-01-15T12:00:00.000Z');
const point = (at: number, status: HistoryPoint['status'], time: number | null): HistoryPoint => ({
  at,
  status,
  response_time_ms: time,
});
const inHours = (points: readonly HistoryPoint[]) =>
  [...Map.groupBy(points, ({ at }) => hourOf(at))].map(([hour, of]) => ({ hour, points: of.map(stored) }));

test('an hour is told by its worst status and the mean of its answers, newest first', () => {
  const points = [
    point(noon, 'healthy', 40),
    point(noon + 60_000, 'down', null),
    point(noon + 120_000, 'degraded', 61),
    point(noon - 1, 'healthy', 10),
  ];
  expect(hourly(points)).toEqual([point(noon, 'down', 51), point(noon - 3_600_000, 'healthy', 10)]);
});

test('an hour without answers has no mean', () => {
  expect(hourly([point(noon, 'down', null)])).toEqual([point(noon, 'down', null)]);
});

test('an hour is kept for a day behind its end', () => {
  expect(hourExpires('2026-01-15T12')).toBe(Date.parse('2026-01-16T13:00:00Z') / 1_000);
});

test('what is stored is read as it was, from a time on, newest first', () => {
  const anyPoint = fc.record({
    at: fc.integer({ min: noon - 86_400_000, max: noon }),
    status: fc.constantFrom('healthy', 'degraded', 'down'),
    response_time_ms: fc.option(fc.integer({ min: 0, max: 600_000 })),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyPoint, { selector: ({ at }) => at, maxLength: 50 }),
      fc.integer({ min: noon - 86_400_000, max: noon }),
      (points, since) => {
        expect(pointsSince(inHours(points), since)).toEqual(
          points.filter(({ at }) => at >= since).toSorted((one, other) => other.at - one.at),
        );
      },
    ),
  );
});

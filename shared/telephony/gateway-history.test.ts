import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, hour, minute } from '../schema/time.ts';
import { hourExpires, hourlyPoints, hourOf, pointsSince, packPoint, type HistoryPoint } from './gateway-history.ts';

const noon = Date.parse('2026-01-15T12:00:00.000Z');
const point = (at: number, status: HistoryPoint['status'], time: number | null): HistoryPoint => ({
  at,
  status,
  response_time_ms: time,
});
const inHours = (points: readonly HistoryPoint[]) =>
  [...Map.groupBy(points, ({ at }) => hourOf(at))].map(([name, of]) => ({ hour: name, points: of.map(packPoint) }));

test('an hour has its worst status and its mean response time, newest first', () => {
  const points = [
    point(noon, 'healthy', 40),
    point(noon + minute, 'down', null),
    point(noon + 2 * minute, 'degraded', 61),
    point(noon - 1, 'healthy', 10),
  ];
  expect(hourlyPoints(points)).toEqual([point(noon, 'down', 51), point(noon - hour, 'healthy', 10)]);
});

test('an hour without answers has no response time', () => {
  expect(hourlyPoints([point(noon, 'down', null)])).toEqual([point(noon, 'down', null)]);
});

test('an hour expires a day after its end', () => {
  expect(hourExpires('2026-01-15T12')).toBe(Date.parse('2026-01-16T13:00:00Z') / 1_000);
});

test('stored points are read back unchanged from a time on, newest first', () => {
  const anyPoint = fc.record({
    at: fc.integer({ min: noon - day, max: noon }),
    status: fc.constantFrom('healthy', 'degraded', 'down'),
    response_time_ms: fc.option(fc.integer({ min: 0, max: 600_000 })),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyPoint, { selector: ({ at }) => at, maxLength: 50 }),
      fc.integer({ min: noon - day, max: noon }),
      (points, since) => {
        expect(pointsSince(inHours(points), since)).toEqual(
          points.filter(({ at }) => at >= since).toSorted((one, other) => other.at - one.at),
        );
      },
    ),
  );
});

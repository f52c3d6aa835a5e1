import { expect, test } from 'vitest';
import { bandAt, TimeBand } from './time-band.ts';

const band = (fields: Partial<Record<keyof TimeBand, unknown>>): TimeBand =>
  TimeBand.parse({ name: 'band', start: '00:00', end: '24:00', price_per_minute: '0.01', ...fields });
const found = (bands: readonly TimeBand[], at: string, timezone = 'UTC') => bandAt(bands, timezone, Date.parse(at));

test('a band includes its start and excludes its end', () => {
  const evening = [band({ start: '18:00', end: '20:00' })];
  expect(found(evening, '2024-01-15T17:59:59Z')).toBe(-1);
  expect(found(evening, '2024-01-15T18:00:00Z')).toBe(0);
  expect(found(evening, '2024-01-15T19:59:59Z')).toBe(0);
  expect(found(evening, '2024-01-15T20:00:00Z')).toBe(-1);
});

test('a band up to 24:00 includes the last minute of its day and nothing of the next', () => {
  const saturday = [band({ days: ['sat'], start: '00:00', end: '24:00' })];
  expect(found(saturday, '2024-01-20T00:00:00Z')).toBe(0);
  expect(found(saturday, '2024-01-20T23:59:59Z')).toBe(0);
  expect(found(saturday, '2024-01-21T00:00:00Z')).toBe(-1);
});

test('a band over midnight belongs to the day on which it begins', () => {
  const fridayNight = [band({ days: ['fri'], start: '22:00', end: '06:00' })];
  expect(found(fridayNight, '2024-01-19T21:59:59Z')).toBe(-1);
  expect(found(fridayNight, '2024-01-19T22:00:00Z')).toBe(0);
  expect(found(fridayNight, '2024-01-20T05:59:59Z')).toBe(0);
  expect(found(fridayNight, '2024-01-20T06:00:00Z')).toBe(-1);
  expect(found(fridayNight, '2024-01-19T05:00:00Z')).toBe(-1);
});

test('of several bands the first applies', () => {
  expect(found([band({ start: '18:00', end: '20:00' }), band({}), band({})], '2024-01-15T12:00:00Z')).toBe(1);
});

test("hours are those of the tariff's zone, daylight saving included", () => {
  const night = [band({ start: '00:00', end: '08:00' })];
  expect(found(night, '2024-01-15T07:30:00Z', 'Europe/Berlin')).toBe(-1);
  expect(found(night, '2024-07-15T05:30:00Z', 'Europe/Berlin')).toBe(0);
  expect(found(night, '2024-07-15T06:30:00Z', 'Europe/Berlin')).toBe(-1);
});

test('an hour that daylight saving repeats is in the band both times', () => {
  const twoToThree = [band({ start: '02:00', end: '03:00' })];
  expect(found(twoToThree, '2024-10-27T00:30:00Z', 'Europe/Berlin')).toBe(0);
  expect(found(twoToThree, '2024-10-27T01:30:00Z', 'Europe/Berlin')).toBe(0);
});

test.each([
  [{ start: '08:00', end: '08:00' }, 'end'],
  [{ start: '24:00', end: '08:00' }, 'start'],
  [{ days: [] }, 'days'],
  [{ price_per_minute: '-1' }, 'price_per_minute'],
])('the band %o is rejected because of its %s', (fields, path) => {
  const parsed = TimeBand.safeParse({
    name: 'band',
    start: '00:00',
    end: '24:00',
    price_per_minute: '0.01',
    ...fields,
  });
  expect(parsed.error?.issues[0]?.path[0]).toBe(path);
});

import { expect, test } from 'vitest';
import { assertUnique, bandAt, Rate, TimeBand } from './rate.ts';

test('every field of a rate but prefix and price has a default', () => {
  expect(Rate.parse({ prefix: '44', price_per_minute: 0.02 })).toEqual({
    prefix: '44',
    name: null,
    direction: 'outbound',
    price_per_minute: '0.020000',
    connect_fee: '0.0000',
    minimum_charge: '0.0000',
    initial_seconds: 1,
    increment_seconds: 1,
    included: false,
    valid_from: null,
    valid_to: null,
    time_bands: [],
  });
});

test.each([
  [{ prefix: '+44' }, 'prefix'],
  [{ prefix: '1234567890123456' }, 'prefix'],
  [{ price_per_minute: '0.0000001' }, 'price_per_minute'],
  [{ price_per_minute: -1 }, 'price_per_minute'],
  [{ connect_fee: '0.00001' }, 'connect_fee'],
  [{ minimum_charge: '-0.01' }, 'minimum_charge'],
  [{ initial_seconds: 3_601 }, 'initial_seconds'],
  [{ increment_seconds: 0 }, 'increment_seconds'],
  [{ direction: 'internal' }, 'direction'],
  [{ valid_from: '2024-01-01' }, 'valid_from'],
  [{ valid_from: '2024-01-02T00:00:00Z', valid_to: '2024-01-02T00:00:00Z' }, 'valid_to'],
])('the rate %o is rejected because of its %s', (fields, path) => {
  expect(Rate.safeParse({ prefix: '44', price_per_minute: '0.02', ...fields }).error?.issues[0]?.path[0]).toBe(path);
});

test.each([
  [{ prefix: '' }],
  [{ prefix: '123456789012345' }],
  [{ price_per_minute: '0.000001' }],
  [{ initial_seconds: 0, increment_seconds: 3_600 }],
  [{ valid_from: '2024-01-01T00:00:00Z', valid_to: '2024-01-01T00:00:01Z' }],
])('the rate %o is accepted', (fields) => {
  expect(Rate.safeParse({ prefix: '44', price_per_minute: '0.02', ...fields }).success).toBe(true);
});

test('instants are stored in UTC', () => {
  const rate = Rate.parse({ prefix: '44', price_per_minute: 1, valid_from: '2024-01-01T01:00:00+01:00' });
  expect(rate.valid_from).toBe('2024-01-01T00:00:00.000Z');
});

test('each repeated rate is named with the one that it repeats', () => {
  const rate = Rate.parse({ prefix: '44', price_per_minute: 1 });
  const inbound = Rate.parse({ prefix: '44', price_per_minute: 1, direction: 'inbound' });
  expect(() => assertUnique([rate, inbound])).not.toThrow();
  expect(() => assertUnique([rate, inbound, rate, rate])).toThrow(
    expect.objectContaining({
      code: 'DUPLICATE_RATE',
      details: [2, 3].map((index) => ({
        path: `rates[${index}]`,
        message: 'has the direction, prefix and valid_from of rates[0]',
      })),
    }),
  );
});

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

test.each([
  ['', true],
  ['1', true],
  ['8190', true],
  ['0044', false],
  ['01144', false],
  ['07400', false],
  ['81044', false],
  ['+44', false],
])('the prefix %j begins with a calling code, and no access code: %s', (prefix, isAccepted) => {
  const result = Rate.safeParse({ prefix, price_per_minute: 0 });
  expect(result.success).toBe(isAccepted);
  expect(result.error?.issues.map(({ path }) => path.join()) ?? []).toEqual(isAccepted ? [] : ['prefix']);
});

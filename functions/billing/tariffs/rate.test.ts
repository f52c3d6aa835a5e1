import { expect, test } from 'vitest';
import { assertUnique, Rate } from './rate.ts';

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

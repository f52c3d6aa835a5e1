import { expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import { Rate } from './rate.ts';
import { PresentedTariff, presentTariff } from './presented-tariff.ts';
import {
  firstVersion,
  NewTariff,
  nextVersion,
  refuseUncharged,
  requireCarriersCustomer,
  trunksChanged,
} from './tariff.ts';

const origin = { id: 'trf_1', organization: 1000, now: '2024-01-01T00:00:00.000Z' };
const later = '2024-02-01T00:00:00.000Z';
const wanted = (fields: Record<string, unknown> = {}) =>
  NewTariff.parse({ name: 'enterprise', currency: 'usd', ...fields });

function codeOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : 'not an AppError';
  }
}

test('a rate needs a prefix and a price; all else has a default', () => {
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
])('the rate %o is refused', (fields, path) => {
  expect(Rate.safeParse({ prefix: '44', price_per_minute: '0.02', ...fields }).error?.issues[0]?.path[0]).toBe(path);
});

test('two rates of one direction, prefix and valid_from are refused, and both are named', () => {
  const rate = { prefix: '44', price_per_minute: '0.02' };
  const apart = [rate, { ...rate, direction: 'inbound' }, { ...rate, valid_from: '2024-01-01T00:00:00Z' }];
  expect(firstVersion(wanted({ rates: apart }), origin).rate_count).toBe(3);
  // The same instant in another zone is the same valid_from.
  const twice = wanted({ rates: [...apart, { ...rate, valid_from: '2024-01-01T01:00:00+01:00' }] });
  expect(() => firstVersion(twice, origin)).toThrow(
    expect.objectContaining({
      code: 'DUPLICATE_RATE',
      details: [{ path: 'rates[3]', message: 'has the direction, prefix and valid_from of rates[2]' }],
    }),
  );
});

test.each([
  [{ name: '' }, ['name']],
  [{ currency: 'dollars' }, ['currency']],
  [{ timezone: 'Mars/Olympus' }, ['timezone']],
  [
    {
      services: [
        { service_type: 'pbx', plan: 'a', price: 1 },
        { service_type: 'pbx', plan: 'a', price: 2 },
      ],
    },
    ['services', 1],
  ],
  [
    {
      sms_rates: [
        { prefix: '1', price: 1 },
        { prefix: '1', price: 2 },
      ],
    },
    ['sms_rates', 1],
  ],
  [{ kind: 'cost', trunk_ids: ['trunk_1', 'trunk_1'] }, ['trunk_ids', 1]],
  [{ rates: [{ prefix: '44' }] }, ['rates', 0, 'price_per_minute']],
])('the tariff %o is refused', (fields, path) => {
  expect(NewTariff.safeParse({ name: 'enterprise', currency: 'USD', ...fields }).error?.issues[0]?.path).toEqual(path);
});

test('a tariff of 20,000 rates is taken, one more is not', () => {
  const rates = Array.from({ length: 20_001 }, (_, index) => ({ prefix: String(index), price_per_minute: 0 }));
  expect(firstVersion(wanted({ rates: rates.slice(1) }), origin).rate_count).toBe(20_000);
  expect(NewTariff.safeParse({ name: 'enterprise', currency: 'USD', rates }).success).toBe(false);
});

test('only a cost tariff names trunks', () => {
  expect(codeOf(() => firstVersion(wanted({ trunk_ids: ['trunk_1'] }), origin))).toBe('VALIDATION_FAILED');
  expect(firstVersion(wanted({ kind: 'cost', trunk_ids: ['trunk_1'] }), origin).kind).toBe('cost');
});

test('replacing a tariff makes a whole new version under the same id', () => {
  const first = firstVersion(wanted({ description: 'for large customers', included_minutes: 100 }), origin);
  const second = nextVersion(first, wanted({ name: 'business' }), true, later);
  expect(second).toMatchObject({
    id: 'trf_1',
    org_id: 1000,
    name: 'business',
    description: null,
    included_minutes: 0,
    kind: 'sell',
    version: 2,
    created_at: origin.now,
    updated_at: later,
  });
});

test('the kind is fixed, and the currency while a profile uses the tariff', () => {
  const first = firstVersion(wanted(), origin);
  expect(codeOf(() => nextVersion(first, wanted({ kind: 'cost' }), false, later))).toBe('VALIDATION_FAILED');
  expect(codeOf(() => nextVersion(first, wanted({ currency: 'EUR' }), true, later))).toBe('VALIDATION_FAILED');
  expect(nextVersion(first, wanted({ currency: 'EUR' }), false, later).currency).toBe('EUR');
});

test('a replacement that does not name the kind keeps it', () => {
  expect(nextVersion(firstVersion(wanted({ kind: 'cost' }), origin), wanted(), false, later).kind).toBe('cost');
});

test('a tariff is answered as the page shows it', () => {
  expect(PresentedTariff.parse(presentTariff(firstVersion(wanted(), origin)))).toEqual({
    id: 'trf_1',
    org_id: 'org_1000',
    name: 'enterprise',
    description: null,
    kind: 'sell',
    currency: 'USD',
    timezone: 'UTC',
    monthly_minimum: '0.0000',
    included_minutes: 0,
    included_sms: 0,
    sms_rates: [],
    services: [],
    trunk_ids: [],
    rate_count: 0,
    version: 1,
    created_at: origin.now,
    updated_at: origin.now,
  });
});

test('only the operator has cost tariffs', () => {
  const cost = firstVersion(wanted({ kind: 'cost' }), origin);
  expect(codeOf(() => requireCarriersCustomer(cost, false))).toBe('VALIDATION_FAILED');
  expect(codeOf(() => requireCarriersCustomer(cost, true))).toBeNull();
});

test('trunks are priced from a version on, or no more; as many at once as a transaction holds', () => {
  expect(trunksChanged(['a', 'b'], ['b', 'c'])).toEqual({ added: ['c'], dropped: ['a'] });
  const trunks = (name: string) => Array.from({ length: 40 }, (_, at) => `${name}${at}`);
  expect(codeOf(() => trunksChanged(trunks('a'), trunks('b')))).toBe('LIMIT_EXCEEDED');
});

test.each([
  ['included_sms', 100],
  ['sms_rates', [{ prefix: '1', price: '0.01' }]],
  ['services', [{ service_type: 'pbx', plan: 'a', price: 1 }]],
])('a price that nothing charges yet is not taken: %s', (field, value) => {
  expect(
    codeOf(() => {
      refuseUncharged(wanted({ [field]: value }));
    }),
  ).toBe('NOT_YET_SUPPORTED');
  expect(
    codeOf(() => {
      refuseUncharged(wanted());
    }),
  ).toBe(null);
});

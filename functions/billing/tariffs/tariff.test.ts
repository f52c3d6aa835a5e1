import { expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import { Rate } from './rate.ts';
import { firstVersion, NewTariff, nextVersion, assertMayHave, trunkChanges, versionWithRates } from './tariff.ts';

const origin = { id: 'trf_1', organization: 1000, now: '2024-01-01T00:00:00.000Z' };
const later = '2024-02-01T00:00:00.000Z';
const wanted = (fields: Record<string, unknown> = {}) =>
  NewTariff.parse({ name: 'enterprise', currency: 'usd', ...fields });

test('two rates of one direction, prefix and valid_from are rejected, and both are named', () => {
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
])('the tariff %o is rejected', (fields, path) => {
  expect(NewTariff.safeParse({ name: 'enterprise', currency: 'USD', ...fields }).error?.issues[0]?.path).toEqual(path);
});

test('a tariff has at most 100,000 rates', () => {
  const rate = Rate.parse({ prefix: '1', price_per_minute: 0 });
  const rates = Array.from({ length: 100_000 }, (_rate, index) => ({ ...rate, prefix: String(100_000 + index) }));
  const first = firstVersion({ ...wanted(), rates }, origin);
  expect(first.rate_count).toBe(100_000);
  expect(codeOf(() => firstVersion({ ...wanted(), rates: [...rates, rate] }, origin))).toBe('LIMIT_EXCEEDED');
  expect(versionWithRates(first, 100_000, later)).toEqual({ ...first, version: 2, updated_at: later });
  expect(codeOf(() => versionWithRates(first, 100_001, later))).toBe('LIMIT_EXCEEDED');
});

test('only a cost tariff names trunks', () => {
  expect(codeOf(() => firstVersion(wanted({ trunk_ids: ['trunk_1'] }), origin))).toBe('VALIDATION_FAILED');
  expect(firstVersion(wanted({ kind: 'cost', trunk_ids: ['trunk_1'] }), origin).kind).toBe('cost');
});

test('a replacement is a whole new version under the same id', () => {
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

test('the kind is fixed, and so is the currency while a profile uses the tariff', () => {
  const first = firstVersion(wanted(), origin);
  expect(codeOf(() => nextVersion(first, wanted({ kind: 'cost' }), false, later))).toBe('VALIDATION_FAILED');
  expect(codeOf(() => nextVersion(first, wanted({ currency: 'EUR' }), true, later))).toBe('VALIDATION_FAILED');
  expect(nextVersion(first, wanted({ currency: 'EUR' }), false, later).currency).toBe('EUR');
});

test('a replacement that does not name the kind keeps it', () => {
  expect(nextVersion(firstVersion(wanted({ kind: 'cost' }), origin), wanted(), false, later).kind).toBe('cost');
});

test('only the operator has cost tariffs', () => {
  const cost = firstVersion(wanted({ kind: 'cost' }), origin);
  expect(codeOf(() => assertMayHave(cost, false))).toBe('VALIDATION_FAILED');
  expect(codeOf(() => assertMayHave(cost, true))).toBeNull();
});

test('a version may add or remove 60 trunks', () => {
  expect(trunkChanges(['a', 'b'], ['b', 'c'])).toEqual({ added: ['c'], removed: ['a'] });
  const trunks = (name: string, length: number) => Array.from({ length }, (_trunk, at) => `${name}${at}`);
  expect(codeOf(() => trunkChanges(trunks('a', 30), trunks('b', 30)))).toBeNull();
  expect(codeOf(() => trunkChanges(trunks('a', 30), trunks('b', 31)))).toBe('LIMIT_EXCEEDED');
});

test('services have prices, and fit into the item of the tariff', () => {
  const service = { service_type: 'pbx', plan: 'a', price: 1 };
  expect(wanted({ services: [service] }).services).toEqual([
    { ...service, price: '1.0000', billing_cycle: 'monthly', features: [] },
  ]);
  const features = Array.from({ length: 100 }, (_feature, at) => `${at}`.padStart(200, 'x'));
  const large = Array.from({ length: 3 }, (_service, at) => ({ ...service, plan: `${at}`, features }));
  expect(NewTariff.safeParse({ name: 'a', currency: 'USD', services: large }).success).toBe(false);
  expect(NewTariff.safeParse({ name: 'a', currency: 'USD', services: large.slice(1) }).success).toBe(true);
});

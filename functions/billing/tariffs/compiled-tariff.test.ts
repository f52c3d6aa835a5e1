import { expect, test } from 'vitest';
import { compileTariff } from './compiled-tariff.ts';
import { Rate } from './rate.ts';
import { firstVersion, NewTariff } from './tariff.ts';

const at = Date.parse('2024-01-15T10:30:00Z');

function tariffOf(rates: readonly Record<string, unknown>[], fields: Record<string, unknown> = {}) {
  const body = NewTariff.parse({
    name: 'enterprise',
    currency: 'USD',
    rates: rates.map((rate) => ({ price_per_minute: '0.01', ...rate })),
    ...fields,
  });
  return compileTariff(
    firstVersion(body, { id: 'trf_1', organization: 1000, now: '2024-01-01T00:00:00.000Z' }),
    body.rates,
  );
}

test('the longest matching prefix applies', () => {
  const tariff = tariffOf([{ prefix: '44' }, { prefix: '447' }, { prefix: '' }]);
  expect(tariff.lookup('outbound', '447911123456', at)?.rate.prefix).toBe('447');
  expect(tariff.lookup('outbound', '442079460000', at)?.rate.prefix).toBe('44');
  expect(tariff.lookup('outbound', '14155550123', at)?.rate.prefix).toBe('');
});

test('a number as long as the prefix matches it, a shorter one does not', () => {
  const tariff = tariffOf([{ prefix: '442079460000' }]);
  expect(tariff.lookup('outbound', '442079460000', at)?.rate.prefix).toBe('442079460000');
  expect(tariff.lookup('outbound', '44207946000', at)).toBeNull();
});

test('a rate that is not valid at call start gives way to a shorter prefix', () => {
  const tariff = tariffOf([{ prefix: '447', valid_to: '2024-01-15T10:30:00Z' }, { prefix: '44' }]);
  expect(tariff.lookup('outbound', '447911123456', at)?.rate.prefix).toBe('44');
  expect(tariff.lookup('outbound', '447911123456', at - 1)?.rate.prefix).toBe('447');
});

test('of equal prefixes the latest valid_from applies', () => {
  const tariff = tariffOf([
    { prefix: '44', valid_from: '2024-01-01T00:00:00Z', name: 'new' },
    { prefix: '44', name: 'old' },
    { prefix: '44', valid_from: '2025-01-01T00:00:00Z', name: 'next' },
  ]);
  expect(tariff.lookup('outbound', '442079460000', at)?.rate.name).toBe('new');
});

test('inbound and outbound rates do not match calls of the other direction', () => {
  const tariff = tariffOf([{ prefix: '1', direction: 'inbound' }]);
  expect(tariff.lookup('outbound', '14155550123', at)).toBeNull();
  expect(tariff.lookup('inbound', '14155550123', at)?.rate.direction).toBe('inbound');
});

test('a band has its own price, and may have its own connect fee', () => {
  const band = { name: 'all day', start: '00:00', end: '24:00', price_per_minute: '0.005' };
  const [plain, fee] = [{}, { connect_fee: '0.02' }].map((fields) =>
    tariffOf([{ prefix: '1', connect_fee: '0.01', time_bands: [{ ...band, ...fields }] }]).lookup(
      'outbound',
      '14155550123',
      at,
    ),
  );
  expect(plain).toMatchObject({ price: 5_000n, connectFee: 10_000n, band: { name: 'all day' } });
  expect(fee).toMatchObject({ price: 5_000n, connectFee: 20_000n });
});

test('outside of its bands the price of the rate applies', () => {
  const tariff = tariffOf([
    { prefix: '1', time_bands: [{ name: 'night', start: '22:00', end: '06:00', price_per_minute: '0.005' }] },
  ]);
  expect(tariff.lookup('outbound', '14155550123', at)).toMatchObject({ price: 10_000n, band: null });
});

test('a rating depends on included minutes only if a rate uses them', () => {
  expect(tariffOf([{ prefix: '1' }], { included_minutes: 100 }).includes).toBe(false);
  expect(tariffOf([{ prefix: '1', included: true }]).includes).toBe(false);
  expect(tariffOf([{ prefix: '1', included: true }], { included_minutes: 100 })).toMatchObject({
    includes: true,
    includedSeconds: 6_000,
  });
});

test('a rate keeps its value through JSON', () => {
  const rate = Rate.parse({ prefix: '44', price_per_minute: 0.0005, connect_fee: 0.01 });
  expect(JSON.parse(JSON.stringify(rate))).toEqual(rate);
});

test('all matching rates that are valid are found, the longest prefix first', () => {
  const tariff = tariffOf([
    { prefix: '' },
    { prefix: '44' },
    { prefix: '447', valid_to: '2024-01-15T10:30:00Z' },
    { prefix: '4479' },
    { prefix: '1' },
  ]);
  expect(tariff.matches('outbound', '447911123456', at).map(({ prefix }) => prefix)).toEqual(['4479', '44', '']);
  expect(tariff.matches('inbound', '447911123456', at)).toEqual([]);
});

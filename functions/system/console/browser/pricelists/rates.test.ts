import { expect, test } from 'vitest';
import {
  bodyOf,
  countOfDifference,
  differenceOf,
  findRates,
  freshRate,
  sentOf,
  shortened,
  type PriceList,
  type Rate,
} from './rates.ts';
import { csvOf, ratesOfCsv, TableError } from './rates-csv.ts';

const rate = (prefix: string, price: string, more: Partial<Rate> = {}): Rate => ({
  ...{ ...freshRate, prefix, price_per_minute: price, ...more },
});
const world = [
  rate('', '0.500000', { name: 'World' }),
  rate('44', '0.010000', { name: 'UK' }),
  rate('447', '0.020000', { name: 'UK mobile' }),
  rate('4474', '0.030000'),
  rate('49', '0.020000', { name: 'Germany' }),
];
const prefixes = (rates: readonly Rate[]) => rates.map(({ prefix }) => prefix);

test.each([
  ['+44 7', ['447', '44', '', '4474']],
  ['0044 74 123', ['4474', '447', '44', '']],
  ['1', ['']],
  ['germ', ['49']],
  ['  ', ['', '44', '447', '4474', '49']],
])('who looks for %j finds what such a call costs first', (text, found) => {
  expect(prefixes(findRates(world, text))).toEqual(found);
});

test('a difference says what is added, dearer, cheaper, changed otherwise and gone', () => {
  const after = [
    rate('', '0.5', { name: 'World' }),
    rate('44', '0.011000', { name: 'UK' }),
    rate('447', '0.019000', { name: 'UK mobile' }),
    rate('4474', '0.030000', { minimum_charge: '0.0100' }),
    rate('33', '0.020000'),
  ];
  const { added, dearer, cheaper, other, gone } = differenceOf(world, after);
  expect(prefixes(added)).toEqual(['33']);
  expect(prefixes(dearer.map(({ before }) => before))).toEqual(['44']);
  expect(prefixes(cheaper.map(({ before }) => before))).toEqual(['447']);
  expect(prefixes(other.map(({ before }) => before))).toEqual(['4474']);
  expect(prefixes(gone)).toEqual(['49']);
  expect(countOfDifference(differenceOf(world, world))).toBe(0);
});

test('a rate is sent without what the API adds', () => {
  expect(sentOf(rate('44', '0.01'))).toEqual({ prefix: '44', price_per_minute: '0.010000' });
  expect(sentOf(rate('', '0.01', { increment_seconds: 60, name: 'World' }))).toEqual({
    ...{ prefix: '', price_per_minute: '0.010000', increment_seconds: 60, name: 'World' },
  });
});

test.each([
  ['0.021000', '0.0210'],
  ['0.021001', '0.021001'],
  ['1.500000', '1.5000'],
  ['0.000050', '0.00005'],
])('a price of %s is shown as %s', (price, shown) => {
  expect(shortened(rate('1', price)).price_per_minute).toBe(shown);
});

test('a new version names the one that it is based on, and repeats the rest of it', () => {
  const list = { name: 'World', currency: 'EUR', version: 7, id: 'trf_1', sms_rates: [] } as unknown;
  const body = bodyOf(list as PriceList, world.slice(0, 1));
  expect(body).toMatchObject({ name: 'World', currency: 'EUR', version: 7, sms_rates: [] });
  expect(body).not.toHaveProperty('id');
  expect(body).toMatchObject({ rates: [{ prefix: '', price_per_minute: '0.500000', name: 'World' }] });
});

test('a table that was saved is read as it was, also what a spreadsheet would take for a formula', () => {
  const odd = [
    rate('1', '0.010000', { name: '=SUM(A1), "x"', included: true, valid_from: '2027-01-01T00:00:00.000Z' }),
  ];
  expect(csvOf(odd)).toContain(`"'=SUM(A1), ""x"""`);
  expect(ratesOfCsv(csvOf(odd), [])).toEqual(odd);
});

test('a table of a German spreadsheet is read, and prices by the time of day stay', () => {
  const bands = [
    { name: 'night', days: ['mon'], start: '20:00', end: '06:00', price_per_minute: '0.1', connect_fee: null },
  ];
  const before = [rate('49', '0.020000', { time_bands: bands })];
  const read = ratesOfCsv('prefix;price_per_minute;name\r\n+49;0,05;Deutschland\r\n', before);
  expect(read).toEqual([rate('49', '0.05', { name: 'Deutschland', time_bands: before[0]?.time_bands ?? [] })]);
});

test.each([
  ['name,price\n', 1, 'prefix'],
  ['prefix,price_per_minute\n49,dear\n', 2, 'price_per_minute'],
  ['prefix,price_per_minute\n49,1\n49,2\n', 3, 'prefix'],
  ['prefix,price_per_minute\n49,1\nabc,2\n', 3, 'prefix'],
])('the line and the column of what is wrong in %j are said', (text, line, column) => {
  expect(() => ratesOfCsv(text, [])).toThrow(TableError);
  try {
    ratesOfCsv(text, []);
  } catch (error) {
    expect(error).toMatchObject({ line, column });
  }
});

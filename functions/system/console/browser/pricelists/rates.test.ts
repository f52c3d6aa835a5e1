import { expect, test } from 'vitest';
import {
  appliedTo,
  bodyOf,
  countOfDifference,
  differenceOf,
  findRates,
  freshRate,
  pagesOf,
  sentOf,
  shortened,
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

const after = [...world.slice(1, 3), rate('49', '0.030000'), rate('33', '0.020000')];

test('a change sends what it changes only, with the version that it is based on', () => {
  const [page, ...more] = pagesOf(differenceOf(world, after), world.length);
  if (page === undefined) throw new Error('nothing is sent');
  expect(more).toEqual([]);
  expect(bodyOf(page, 7)).toEqual({
    version: 7,
    rates: [
      { prefix: '49', price_per_minute: '0.030000' },
      { prefix: '33', price_per_minute: '0.020000' },
    ],
    remove: [
      { prefix: '', direction: 'outbound', valid_from: null },
      { prefix: '4474', direction: 'outbound', valid_from: null },
    ],
  });
});

/** Rates that differ by their length, from a prefix on. */
const many = (from: number, count: number): readonly Rate[] =>
  Array.from({ length: count }, (_each, at) =>
    rate(String(from + at), '0.010000', { name: 'Ω'.repeat(at % 100), valid_from: '2027-01-01T00:00:00.000Z' }),
  );

const bytesOf = (body: object): number => new TextEncoder().encode(JSON.stringify(body)).length;

test.each([
  [15_000, 25_000],
  [60_000, 50_000],
])('a change of %d rates to %d others is sent in pages, and what goes last if there is room', (had, next) => {
  const [before, wanted] = [many(100_000, had), many(300_000, next)];
  const pages = pagesOf(differenceOf(before, wanted), before.length);
  let rates = before;
  for (const page of pages) {
    expect(bytesOf(bodyOf(page, 1))).toBeLessThan(4 * 1024 * 1024);
    rates = appliedTo(rates, page);
    expect(rates.length).toBeGreaterThan(10_000);
    expect(rates.length).toBeLessThanOrEqual(100_000);
  }
  expect(rates.every((each, at) => each === wanted[at])).toBe(true);
  expect(rates).toHaveLength(next);
  const firstGone = pages.findIndex(({ gone }) => gone.length > 0);
  expect(pages.slice(firstGone).some((page) => page.rates.length > 0)).toBe(had + next > 100_000);
});

test('an instant in another form is the same rate', () => {
  const before = [rate('49', '0.020000', { valid_from: '2027-01-01T00:00:00.000Z' })];
  const same = [rate('49', '0.030000', { valid_from: '2027-01-01T01:00:00+01:00' })];
  expect(differenceOf(before, same)).toMatchObject({ added: [], gone: [], dearer: [{ after: same[0] }] });
  const moved = [rate('49', '0.020000', { valid_from: '2027-01-01T01:00:00+01:00' })];
  expect(countOfDifference(differenceOf(before, moved))).toBe(0);
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
  ['prefix,price_per_minute\n49,1\n0044,2\n', 3, 'prefix'],
  ['prefix,price_per_minute,valid_from\n49,1,tomorrow\n', 2, 'valid_from'],
])('the line and the column of what is wrong in %j are said', (text, line, column) => {
  expect(() => ratesOfCsv(text, [])).toThrow(TableError);
  try {
    ratesOfCsv(text, []);
  } catch (error) {
    expect(error).toMatchObject({ line, column });
  }
});

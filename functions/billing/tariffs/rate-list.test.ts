import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf, ratesOf } from './rate-list.ts';
import { Rate } from './rate.ts';

const anyRate = fc
  .record({
    prefix: fc.stringMatching(/^(?:[1-79]\d{0,14})?$/),
    name: fc.option(fc.stringMatching(/^[a-zé"\\ ]{0,20}$/)),
    direction: fc.constantFrom('outbound', 'inbound'),
    price_per_minute: fc.integer({ min: 0, max: 10_000_000 }).map((micros) => (micros / 1e6).toFixed(6)),
    included: fc.boolean(),
    valid_from: fc.option(
      fc
        .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
    time_bands: fc.array(fc.constant({ name: 'night', start: '22:00', end: '06:00', price_per_minute: '0.01' }), {
      maxLength: 2,
    }),
  })
  .map((rate) => Rate.parse(rate));

test('reading what was written returns the same rates, ordered by prefix', () => {
  fc.assert(
    fc.property(fc.array(anyRate, { maxLength: 50 }), (rates) => {
      const read = chunksOf(rates).flatMap(ratesOf);
      expect(new Set(read.map((rate) => JSON.stringify(rate)))).toEqual(
        new Set(rates.map((rate) => JSON.stringify(rate))),
      );
      expect(read).toHaveLength(rates.length);
      expect(read.map(({ prefix }) => prefix)).toEqual(rates.map(({ prefix }) => prefix).sort());
    }),
  );
});

test('no chunk is larger than an item, whatever the rates', () => {
  const rates = Array.from({ length: 20_000 }, (_rate, at) =>
    Rate.parse({ prefix: String(100_000 + at), name: '\u{1F4DE}'.repeat(25), price_per_minute: 1 }),
  );
  const chunks = chunksOf(rates);
  expect(Math.max(...chunks.map((chunk) => Buffer.byteLength(chunk)))).toBeLessThanOrEqual(350_000 + 2);
  expect(chunks.length).toBeLessThan(20);
  expect(chunks.flatMap(ratesOf)).toHaveLength(20_000);
});

test('a tariff without rates has no chunks', () => {
  expect(chunksOf([])).toEqual([]);
});

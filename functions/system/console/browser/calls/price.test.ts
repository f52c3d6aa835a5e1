import { expect, test } from 'vitest';
import type { components } from '#openapi';
import { priceLines, whyFree } from './price.ts';

type Rating = components['schemas']['Rating'];
type Rate = NonNullable<Rating['rate']>;

const rate: Rate = {
  ...{ prefix: '4420', name: 'London', price_per_minute: '0.100000', connect_fee: '0.0000', minimum_charge: '0.0000' },
  ...{ initial_seconds: 60, increment_seconds: 60, included: false, valid_from: null, valid_to: null, time_bands: [] },
  direction: 'outbound',
};
const rating: Rating = {
  ...{ reason: null, tariff: { id: 'trf_1', name: 'Retail', version: 3 }, rate, band: null, currency: 'EUR' },
  ...{ billed_seconds: 120, included_seconds: 0, discount_percent: '0', charge: '0.2000', usage_before: null },
  ...{ period: '2026-11', late: false, revision: 1, rated_at: '2026-11-27T10:00:00Z' },
  status: 'rated',
  source: 'tariff',
};
const call = { direction: 'outbound', disposition: 'ANSWERED', billable_seconds: 93, number: '+4930123456' } as const;

const linesOf = (more: Partial<Rating> = {}) =>
  Object.fromEntries(
    priceLines({ ...call, rating: { ...rating, ...more } }, 'Acme').map(({ label, value }) => [label, value]),
  );

test('a price is explained from the price list to the charge, and who pays it', () => {
  expect(linesOf()).toEqual({
    'Price list': 'Retail',
    Destination: 'London, numbers from 4420',
    'Per minute': '0.1000 EUR',
    'Talk time': '1:33',
    'Charged time': '2:00, in steps of 60 s',
    Charge: '0.20 EUR',
    'Paid by': 'Acme, for +4930123456',
  });
});

test('what changes the charge is named if there is such a thing', () => {
  const dear = {
    ...rate,
    prefix: '',
    name: null,
    connect_fee: '0.0500',
    minimum_charge: '0.3000',
    increment_seconds: 1,
  };
  const band = {
    name: 'Night',
    days: [],
    start: '20:00',
    end: '06:00',
    price_per_minute: '0.050000',
    connect_fee: null,
  };
  const more = { rate: dear, band, tariff: null, included_seconds: 30, discount_percent: '2.50' };
  expect(linesOf(more)).toMatchObject({
    'Price list': 'Prices of the organization itself',
    Destination: 'all numbers',
    'Time of day': 'Night, 20:00–06:00',
    'Per minute': '0.0500 EUR',
    'Charged time': '2:00, the first 60 s whole, then in steps of 1 s',
    'Included minutes': '30 s of it are included',
    'Per call': '0.05 EUR',
    'At least': '0.30 EUR',
    Discount: '2.5 %',
  });
  expect(linesOf({ rate: { ...rate, initial_seconds: 1, increment_seconds: 1 } })['Charged time']).toMatch(
    /by the second/,
  );
});

test('a call without a price says why', () => {
  const why = (status: 'free' | 'unrated' | 'void' | 'rated', more: object = {}, reason: 'NO_PROFILE' | null = null) =>
    whyFree({ ...call, ...more, rating: { ...rating, status, reason } });
  expect(why('rated')).toBeUndefined();
  expect(why('void')).toMatch(/voided/);
  expect(why('unrated')).toMatch(/no price for this number/);
  expect(why('unrated', {}, 'NO_PROFILE')).toMatch(/no billing/);
  expect(why('free', { direction: 'internal' })).toMatch(/within the organization/);
  expect(why('free', { disposition: 'BUSY' })).toMatch(/no one answers/);
  expect(why('free', { direction: 'inbound' })).toMatch(/incoming/);
  expect(priceLines({ ...call, rating: { ...rating, status: 'free' } }, 'Acme')).toEqual([]);
});

import { countItemOf } from '#schema/call-counts.ts';
import { describe, expect, test } from 'vitest';
import { callCountsOf, countedAt, destinationOf, startOfHour } from './call-counts.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { accountWith, filedCdrOf } from './filed-cdr.fixture.ts';
import type { SalesChain } from './sales-chain.ts';

const direct: SalesChain = { organization: 1001, seller: 1000, operator: 1000 };
const resold: SalesChain = { organization: 1001, seller: 2000, operator: 1000 };

const cdr = filedCdrOf({ cost: '0.0400', user_id: 'usr_1', cause: { q850: 16 } });
const withRating = (fields: Partial<FiledCdr['rating']>): FiledCdr => ({
  ...cdr,
  rating: { ...cdr.rating, ...fields },
});
const keysIn = (of: FiledCdr, chain = direct): readonly string[] =>
  callCountsOf(of, chain, 1).map(({ organization, by, day, key }) => `${organization} ${day} ${by} ${key}`);
const soldIn = (of: FiledCdr, chain: SalesChain) =>
  callCountsOf(of, chain, 1)
    .filter(({ by }) => by === 'customer')
    .map(({ organization, key, currency, charge, cost, unknown }) => [
      ...[organization, key, currency],
      ...[charge, cost, unknown],
    ]);

describe('the hour of a call', () => {
  test.each([
    ['UTC', '2026-11-27T08:59:59Z', '2026-11-27', '08+0'],
    ['Asia/Kathmandu', '2026-11-27T18:14:59Z', '2026-11-27', '23+345'],
    ['Asia/Kathmandu', '2026-11-27T18:15:00Z', '2026-11-28', '00+345'],
    ['America/New_York', '2026-11-28T03:30:00Z', '2026-11-27', '22-300'],
    // The clock is set ahead from 2 to 3, and back from 3 to 2.
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29', '01+60'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29', '03+120'],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25', '02+120'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25', '02+60'],
  ])('is that of the clock in %s at %s', (zone, start, day, hour) => {
    expect(countedAt(start, zone)).toEqual({ day, hour });
    const begins = startOfHour(day, hour);
    expect(Date.parse(start) - begins).toBeGreaterThanOrEqual(0);
    expect(Date.parse(start) - begins).toBeLessThan(3_600_000);
  });

  test('is that of the time zone that its organization has when it is filed', () => {
    expect(filedCdrOf({}, accountWith({ zone: 'Asia/Tokyo' })).counted).toMatchObject({
      day: '2026-11-15',
      hour: '19+540',
    });
  });
});

test('a call is counted once by each distinction', () => {
  expect(keysIn(cdr)).toEqual([
    '1001 2026-11-15 hour 10+0',
    '1001 2026-11-15 direction outbound',
    '1001 2026-11-15 result ANSWERED',
    '1001 2026-11-15 cause q850/16',
    '1001 2026-11-15 destination US',
    '1001 2026-11-15 gateway ',
    '1001 2026-11-15 user usr_1',
    '1000 2026-11-15 customer 1001',
  ]);
  expect(callCountsOf(cdr, direct, 1)[0]).toEqual({
    ...{ organization: 1001, by: 'hour', day: '2026-11-15', key: '10+0' },
    ...{ calls: 1, answered: 1, talk: 342, billed: 342, currency: 'USD', charge: 95_500n, cost: 0n, unknown: 0 },
  });
});

test('the cause is the SIP status, if a record has both', () => {
  expect(keysIn(filedCdrOf({ cause: { q850: 17, sip_code: 486 } }))).toContain('1001 2026-11-15 cause sip/486');
  expect(keysIn(filedCdrOf())).toContain('1001 2026-11-15 cause ');
});

test('only calls to the outside have a destination', () => {
  expect(destinationOf({ direction: 'outbound', callee_party: '+442079460000' })).toBe('GB');
  expect(destinationOf({ direction: 'outbound', callee_party: 'alice' })).toBe('');
  expect(destinationOf({ direction: 'inbound', callee_party: '+442079460000' })).toBe('');
});

test('a void call, and one from before there were counters, is in none', () => {
  expect(keysIn(withRating({ status: 'void' }))).toEqual([]);
  const { counted, ...old } = cdr;
  expect(keysIn(old)).toEqual([]);
  expect(counted).toBeDefined();
});

test('what a call takes back is the negative of what it adds', () => {
  const [added, taken] = [callCountsOf(cdr, direct, 1), callCountsOf(cdr, direct, -1)];
  for (const [at, { calls, answered, talk, billed, charge, cost }] of taken.entries())
    expect(added[at]).toMatchObject({
      ...{ calls: -calls, answered: -answered, talk: -talk, billed: -billed },
      ...{ charge: -charge, cost: -cost },
    });
});

describe('the calls that an organization sells', () => {
  const wholesale = { ...cdr.rating, charge: '0.0700' };

  test('cost the operator what carriers charge', () => {
    expect(soldIn(cdr, direct)).toEqual([[1000, '1001', 'USD', 95_500n, 40_000n, 0]]);
    expect(soldIn(withRating({ cost: null }), direct)).toEqual([[1000, '1001', 'USD', 95_500n, 0n, 1]]);
  });

  test('are those of a reseller, and of the operator to it, once the reseller is charged', () => {
    expect(soldIn(cdr, resold)).toEqual([]);
    expect(soldIn(withRating({ wholesale }), resold)).toEqual([
      [2000, '1001', 'USD', 95_500n, 70_000n, 0],
      [1000, '2000', 'USD', 70_000n, 40_000n, 0],
    ]);
  });

  test('have an unknown cost in another currency, or without one', () => {
    expect(soldIn(withRating({ wholesale: { ...wholesale, currency: 'EUR' } }), resold)[0]).toEqual([
      ...[2000, '1001', 'USD', 95_500n, 0n, 1],
    ]);
    expect(soldIn(withRating({ currency: null, charge: '0.0000' }), direct)).toEqual([[1000, '1001', null, 0n, 0n, 1]]);
  });

  test('are not those of the operator itself', () => {
    expect(soldIn(cdr, { organization: 1000, seller: 1000, operator: 1000 })).toEqual([]);
  });
});

test('keys of a day share two items, but each customer has its own', () => {
  const items = new Set(callCountsOf(cdr, direct, 1).map(countItemOf));
  expect([...items]).toEqual(['1001 calls 2026-11-15', '1001 places 2026-11-15', '1000 sales 2026-11-15 1001']);
});

import type { StoredSums, CallCountItem } from '#schema/call-counts.ts';
import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import { filedCdr } from './filed-cdr.fixture.ts';
import { omit } from '#schema/omit.ts';
import type { NumberSums } from '#schema/number-sums.ts';
import {
  countedBy,
  presentUsage,
  sumCdrs,
  sumItems,
  sumNumbers,
  UsageAnswer,
  usageRange,
  type Cells,
} from './usage.ts';

const at = (time: string): number => Date.parse(time);
const today = '2026-11-27';

/** Packed as the row packs them. */
const packed = (calls: number, answered: number, talk: number, billed: number): bigint =>
  ((BigInt(calls) * 10n ** 8n + BigInt(answered)) * 10n ** 10n + BigInt(talk)) * 10n ** 10n + BigInt(billed);

const sums = (by: StoredSums['by'], key: string, calls: number, more: Partial<StoredSums> = {}): StoredSums => ({
  ...{ by, key, counts: packed(calls, calls, calls * 60, calls * 66), unknown: 0 },
  ...{ charges: new Map([['USD', BigInt(calls) * 10_000n]]), costs: new Map<string, bigint>() },
  ...more,
});
const item = (day: string, ...all: readonly StoredSums[]): CallCountItem => ({
  part: 'calls',
  day,
  shard: 0,
  sums: all,
});

type Range = Parameters<typeof usageRange>[0];
const answerOf = (cells: Cells, range: Range, { zone = 'UTC', now = `${today}T08:30:00Z`, money = true } = {}) =>
  UsageAnswer.parse(
    presentUsage(cells, usageRange(range, today), {
      ...{ timeZone: zone, now: at(now), since: '2026-11-01T00:00:00.000Z', isComplete: true, money },
    }),
  );
const usage = (items: readonly CallCountItem[], range: Range, more?: Parameters<typeof answerOf>[2]) =>
  answerOf(sumItems(items, usageRange(range, today)), range, more);
const withCalls = ({ rows }: ReturnType<typeof usage>) => rows.filter(({ calls }) => calls !== 0);

describe('a range', () => {
  test.each([
    [{}, '2026-11-26', today],
    [{ by: 'day' }, '2026-10-28', today],
    [{ by: 'month', to: '2025-06-30' }, '2025-01-01', '2025-06-30'],
  ] as const)('%j is from %s to %s', (asked, from, to) => {
    expect(usageRange(asked, today)).toMatchObject({ from, to });
  });

  test.each([
    { from: '2026-10-27' },
    { by: 'day', from: '2025-11-26' },
    { by: 'day', from: '2026-11-28' },
    { by: 'hour', group: 'user' },
  ] as const)('%j is rejected', (asked) => {
    expect(codeOf(() => usageRange(asked, today))).toBe('INVALID_PARAMETER');
  });

  test('is counted by its group, else by hour or, as all calls have one, by direction', () => {
    const by = (asked: Range) => countedBy(usageRange(asked, today));
    expect([by({}), by({ by: 'day' }), by({ by: 'month', group: 'user' })]).toEqual(['hour', 'direction', 'user']);
  });
});

describe('hours', () => {
  test('have a row each, up to the running one, also on a day of 25 and at a quarter', () => {
    const long = usage([], { from: '2026-10-25', to: '2026-10-25' }, { zone: 'Europe/Berlin' });
    expect(new Set(long.rows.map(({ start }) => start)).size).toBe(25);
    expect(long.rows[0]).toMatchObject({ start: '2026-10-24T22:00:00Z', day: '2026-10-25', calls: 0 });
    const quarter = usage([item(today, sums('hour', '13+345', 2))], {}, { zone: 'Asia/Kathmandu' });
    expect(quarter.rows.slice(-2)).toMatchObject([
      { start: '2026-11-27T07:15:00Z', calls: 2 },
      { start: '2026-11-27T08:15:00Z', calls: 0 },
    ]);
  });

  test('of two offsets of one clock time are two', () => {
    const of = [item('2026-10-25', sums('hour', '02+120', 1), sums('hour', '02+60', 4))];
    const answer = usage(of, { from: '2026-10-25', to: '2026-10-25' }, { zone: 'Europe/Berlin' });
    expect(withCalls(answer).map(({ start, calls }) => [start, calls])).toEqual([
      ['2026-10-25T00:00:00Z', 1],
      ['2026-10-25T01:00:00Z', 4],
    ]);
  });

  test('that were counted in another time zone keep their place', () => {
    const answer = usage([item(today, sums('hour', '07+345', 3))], {});
    expect(withCalls(answer)).toMatchObject([{ start: '2026-11-27T01:15:00Z', calls: 3 }]);
    expect(answer.rows.map(({ start }) => start)).toEqual(answer.rows.map(({ start }) => start).toSorted());
  });
});

test('days and months are sums of all directions and shards', () => {
  const items = [
    item('2026-10-31', sums('direction', 'inbound', 1), sums('hour', '09+0', 1)),
    item('2026-11-26', sums('direction', 'inbound', 2), sums('direction', 'outbound', 3)),
    { ...item('2026-11-26', sums('direction', 'inbound', -1)), shard: 1 },
  ];
  expect(withCalls(usage(items, { by: 'day' })).map(({ day, calls }) => [day, calls])).toEqual([
    ['2026-10-31', 1],
    ['2026-11-26', 4],
  ]);
  const { rows } = usage(items, { by: 'month' });
  expect(rows).toHaveLength(11);
  expect(rows.at(-1)).toMatchObject({
    ...{ day: '2026-11', start: null, key: null, calls: 4, answered: 4, answered_percent: 100 },
    ...{ talk_seconds: 240, average_talk_seconds: 60, billed_seconds: 264, costs: null },
    charges: [{ currency: 'USD', amount: '0.0400' }],
  });
});

describe('groups', () => {
  test('have a row for each key with calls, the largest first, and null for calls without one', () => {
    const items = [item(today, sums('user', 'usr_1', 1), sums('user', '', 5), sums('user', 'usr_2', 0))];
    expect(usage(items, { by: 'day', group: 'user' }).rows.map(({ key, calls }) => [key, calls])).toEqual([
      [null, 5],
      ['usr_1', 1],
    ]);
  });

  test('have at most 1,000 rows: further keys are others', () => {
    const days = ['2026-11-25', '2026-11-26'];
    const users = Array.from({ length: 600 }, (_, rank) => sums('user', `usr_${rank}`, 600 - rank));
    const { rows } = usage(
      days.map((day) => item(day, ...users)),
      { by: 'day', group: 'user' },
    );
    expect(rows).toHaveLength(1_000);
    expect(rows.filter(({ key }) => key === 'other').map(({ calls }) => calls)).toEqual(
      days.map(() => (101 * 102) / 2),
    );
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(600 * 601);
  });

  test('of customers have costs, unless one is unknown', () => {
    const costs = new Map([['USD', 5_000n]]);
    const items = [item(today, sums('customer', '1002', 2, { costs }), sums('customer', '1003', 1, { unknown: 1 }))];
    expect(usage(items, { by: 'day', group: 'customer' }).rows).toMatchObject([
      { key: 'org_1002', costs: [{ currency: 'USD', amount: '0.0050' }] },
      { key: 'org_1003', costs: null },
    ]);
  });
});

test('amounts are shown to callers that may read billing', () => {
  const { rows } = usage([item(today, sums('direction', 'inbound', 2))], { by: 'day' }, { money: false });
  expect(rows.at(-1)).toMatchObject({ calls: 2, charges: [], costs: null });
});

describe('numbers', () => {
  const number = (fields: Partial<NumberSums>): NumberSums => ({
    ...{ number: '+14155550100', day: today, counted_day: today, holder: 1001, currency: 'USD', charge: 10_000n },
    ...{ calls: 1, answered: 1, talk: 60, billed: 66, cost: 0n, unknown: 0 },
    ...fields,
  });

  test('are counted by the days of the zone, in all currencies and without a price', () => {
    const range = { by: 'day', from: '2026-11-26', group: 'number' } as const;
    const numbers = [
      number({}),
      number({ day: '2026-11-26', calls: 2, currency: 'EUR', charge: 20_000n }),
      number({ currency: null, charge: 0n, answered: 0 }),
      number({ number: 'other', counted_day: '2026-11-26' }),
      number({ counted_day: '2026-11-25' }),
      omit(number({ calls: 7 }), 'counted_day'),
    ];
    expect(answerOf(sumNumbers(numbers, usageRange(range, today)), range).rows).toMatchObject([
      { day: '2026-11-26', key: null, calls: 1 },
      {
        ...{ day: today, key: '+14155550100', calls: 4, answered: 2, talk_seconds: 180, billed_seconds: 198 },
        charges: [
          { currency: 'EUR', amount: '0.0200' },
          { currency: 'USD', amount: '0.0100' },
        ],
      },
    ]);
  });
});

describe('own CDRs', () => {
  const call = (start_time: string, more: object = {}) => ({ ...filedCdr, start_time, ...more });
  const own = (cdrs: readonly (typeof filedCdr)[], range: Range, zone: string) =>
    withCalls(answerOf(sumCdrs(cdrs, usageRange(range, today), zone), range, { zone }));

  test('are summed as counters would have them, also those from before there were any', () => {
    const cdrs = [
      call('2026-11-26T22:59:59Z'),
      call('2026-11-26T23:00:00Z'),
      call('2026-11-25T22:59:59Z'),
      call('2026-11-27T08:00:00Z', { rating: { ...filedCdr.rating, status: 'void' } }),
    ];
    expect(own(cdrs, {}, 'Europe/Berlin')).toMatchObject([
      { start: '2026-11-26T22:00:00Z', day: '2026-11-26', calls: 1, talk_seconds: 342 },
      { start: '2026-11-26T23:00:00Z', day: '2026-11-27', calls: 1, charges: [{ amount: '0.0955' }] },
    ]);
    expect(own(cdrs, { by: 'day', group: 'destination' }, 'UTC')).toMatchObject([
      { day: '2026-11-25', key: 'US', calls: 1 },
      { day: '2026-11-26', key: 'US', calls: 2 },
    ]);
  });

  test('are summed by their number, too', () => {
    const cdrs = [call('2026-11-26T12:00:00Z'), call('2026-11-26T13:00:00Z', { number: null })];
    expect(own(cdrs, { by: 'day', group: 'number' }, 'UTC')).toMatchObject([
      { key: filedCdr.number, calls: 1 },
      { key: null, calls: 1 },
    ]);
  });

  test('have no sales', () => {
    expect(own([call('2026-11-26T12:00:00Z')], { by: 'day', group: 'customer' }, 'UTC')).toEqual([]);
  });
});

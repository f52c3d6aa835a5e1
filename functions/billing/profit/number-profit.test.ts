import { expect, test } from 'vitest';
import type { NumberDay } from '#schema/number-sums.ts';
import { billingDayAlways } from '../schema/period.ts';
import { assertReadable, maxSums, profitDays, profitOf } from './number-profit.ts';

const day = (more: Partial<NumberDay> = {}): NumberDay => ({
  number: '+14155550100',
  day: '2026-11-15',
  holder: 1001,
  currency: 'USD',
  calls: 1,
  seconds: 342,
  revenue: 120_000,
  cost: 40_000,
  unknown: 0,
  ...more,
});

test('the days of a number are summed, with its margin', () => {
  expect(
    profitOf(
      Array.from({ length: 10 }, () => day()),
      'profit',
      'desc',
    ),
  ).toEqual({
    numbers: [
      {
        number: '+14155550100',
        org_id: 'org_1001',
        calls: 10,
        minutes: '57.0000',
        revenue: '1.2000',
        cost: '0.4000',
        profit: '0.8000',
        margin_percent: '66.67',
        currency: 'USD',
        late: [],
      },
    ],
    totals: [
      { currency: 'USD', calls: 10, minutes: '57.0000', revenue: '1.2000', cost: '0.4000', profit: '0.8000', late: [] },
    ],
  });
});

test('sums that the ledger has on another day are named by both days, for each number and in total', () => {
  const late = { rated_day: '2026-12-05' };
  const { numbers, totals } = profitOf(
    [day(), day(late), day({ ...late, number: '+9' }), day({ ...late, day: '2026-11-14' })],
    'calls',
    'desc',
  );
  const sums = { calls: 1, minutes: '5.7000', revenue: '0.1200', cost: '0.0400', profit: '0.0800' };
  const [earlier, later] = ['2026-11-14', '2026-11-15'].map((call_day) => ({ call_day, ...late, ...sums }));
  expect(numbers).toMatchObject([
    { calls: 3, late: [earlier, later] },
    { calls: 1, late: [later] },
  ]);
  const twice = { calls: 2, minutes: '11.4000', revenue: '0.2400', cost: '0.0800', profit: '0.1600' };
  expect(totals).toMatchObject([{ calls: 4, late: [earlier, { ...later, ...twice }] }]);
});

test('an unknown cost makes the profit unknown, no revenue has no margin, and a loss is negative', () => {
  const { numbers, totals } = profitOf(
    [day({ unknown: 1 }), day({ number: '+2', revenue: 0 }), day({ number: '+3', revenue: 30_000 })],
    'profit',
    'desc',
  );
  expect(numbers.map(({ number, cost, profit, margin_percent }) => [number, cost, profit, margin_percent])).toEqual([
    ['+3', '0.0400', '-0.0100', '-33.33'],
    ['+2', '0.0400', '-0.0400', null],
    ['+14155550100', null, null, null],
  ]);
  expect(totals).toMatchObject([{ revenue: '0.1500', cost: null, profit: null }]);
});

test('currencies and holders are summed apart, and numbers without calls are omitted', () => {
  const { numbers, totals } = profitOf(
    [
      day(),
      day({ currency: 'EUR' }),
      day({ holder: 1002 }),
      day({ number: '+9' }),
      day({ number: '+9', calls: -1, seconds: -342, revenue: -120_000, cost: -40_000 }),
    ],
    'calls',
    'desc',
  );
  expect(numbers).toHaveLength(3);
  expect(totals.map(({ currency, calls }) => [currency, calls])).toEqual([
    ['EUR', 1],
    ['USD', 2],
  ]);
});

test.each([
  ['revenue', 'asc', ['+1', '+2']],
  ['revenue', 'desc', ['+2', '+1']],
  ['cost', 'desc', ['+1', '+2']],
  ['calls', 'asc', ['+1', '+2']],
] as const)('numbers are ordered by %s, %s', (sort, order, expected) => {
  expect(
    profitOf(
      [
        day({ number: '+1', revenue: 1_000_000, cost: 500 }),
        day({ number: '+2', revenue: 2_000_000, cost: 400, calls: 2 }),
      ],
      sort,
      order,
    ).numbers.map(({ number }) => number),
  ).toEqual(expected);
});

test('the default range is the open period, and a range has 1 to 366 days', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  expect(profitDays({}, billingDayAlways(15), now)).toEqual({ start: '2026-11-15', end: '2026-12-14' });
  expect(profitDays({ start: '2026-01-01', end: '2026-01-01' }, null, now)).toEqual({
    start: '2026-01-01',
    end: '2026-01-01',
  });
  for (const range of [
    { start: '2026-01-02', end: '2026-01-01' },
    { start: '2025-01-01', end: '2026-01-02' },
  ])
    expect(() => profitDays(range, null, now)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
});

test('the range of 366 days is accepted', () => {
  const range = { start: '2025-01-01', end: '2026-01-01' };
  expect(profitDays(range, null, 0)).toEqual(range);
});

test('more than 100,000 daily sums are too many', () => {
  expect(() => assertReadable(maxSums)).not.toThrow();
  expect(() => assertReadable(maxSums + 1)).toThrow(expect.objectContaining({ code: 'RANGE_TOO_LARGE' }));
});

test('unknown costs come last in either order, and equal ones by number', () => {
  const days = [day({ number: '+3', unknown: 1 }), day({ number: '+2' }), day({ number: '+1' })];
  for (const order of ['asc', 'desc'] as const)
    expect(profitOf(days, 'cost', order).numbers.map(({ number }) => number)).toEqual(['+1', '+2', '+3']);
});

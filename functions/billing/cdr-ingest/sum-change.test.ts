import { describe, expect, test } from 'vitest';
import { calendarOf, type FiledCdr } from './filed-cdr.ts';
import { accountWith, filedCdrOf, now } from './filed-cdr.fixture.ts';
import { changesBalance, chargePosting, includedRefund, sumChangesOf, reversalPosting } from './sum-change.ts';
import type { SalesChain } from './sales-chain.ts';
import { earningsOf } from '../rows/number-sums.ts';

const direct: SalesChain = { organization: 1001, seller: 1000, operator: 1000 };
const resold: SalesChain = { organization: 1001, seller: 2000, operator: 1000 };
const cdr = filedCdrOf({ cost: '0.0400' });
const { rating, start_time: start } = cdr;
const calendar = calendarOf(accountWith(), now, 0);
const withRating = (fields: Partial<FiledCdr['rating']>): FiledCdr => ({ ...cdr, rating: { ...rating, ...fields } });

const numbersOf = (of: FiledCdr, chain: SalesChain) =>
  new Map(
    sumChangesOf({ now: [of], before: [] }, new Map(), chain)
      .filter(({ numbers }) => numbers.length > 0)
      .map(({ organization, numbers }) => [
        organization,
        numbers
          .flatMap((sums) => earningsOf(sums, organization) ?? [])
          .map(({ revenue, cost, unknown, currency }) => ({ revenue, cost, unknown, currency })),
      ]),
  );

describe('postings', () => {
  test('of a rating and its reversal cancel each other', () => {
    const sums = { charges: 95_500n, seconds: 342, calls: 1 };
    const at = { bookingDate: { period: '2026-11', day: '2026-11-15' }, callDay: '2026-11-15' };
    expect(chargePosting(rating, start)).toEqual({ ...sums, ...at });
    expect(reversalPosting(rating, start, calendar)).toEqual({ charges: -95_500n, seconds: -342, calls: -1, ...at });
  });

  test('are added up by period and by day', () => {
    const posting = chargePosting(rating, start);
    const nextDay = { ...posting, bookingDate: { period: '2026-11', day: '2026-11-16' }, callDay: '2026-11-16' };
    const [sumChange] = sumChangesOf({ now: [], before: [] }, new Map([[1001, [posting, posting, nextDay]]]), direct);
    expect(sumChange).toEqual({
      organization: 1001,
      periods: [{ period: '2026-11', charges: 286_500n, seconds: 1_026, calls: 3 }],
      days: [
        { day: '2026-11-15', charges: 191_000n, seconds: 684, calls: 2 },
        { day: '2026-11-16', charges: 95_500n, seconds: 342, calls: 1 },
      ],
      numbers: [],
      counts: [],
    });
  });

  test('of late calls are added up by the day of their rating and their own', () => {
    const late = withRating({ late: true, period: '2026-12', rated_at: '2026-12-05T08:00:00.000Z' });
    const posting = chargePosting(late.rating, start);
    const today = chargePosting(rating, '2026-12-05T07:00:00Z');
    const [own, sold] = sumChangesOf({ now: [late], before: [] }, new Map([[1001, [posting, today, posting]]]), direct);
    expect(own?.days).toEqual([
      { day: '2026-12-05', call_day: '2026-11-15', charges: 191_000n, seconds: 684, calls: 2 },
      { day: '2026-12-05', charges: 95_500n, seconds: 342, calls: 1 },
    ]);
    expect([own, sold].map((sumChange) => sumChange?.numbers)).toMatchObject([
      [{ day: '2026-11-15', rated_day: '2026-12-05', charge: 95_500n, counted_day: '2026-11-15' }],
      [{ day: '2026-11-15', rated_day: '2026-12-05', charge: 95_500n }],
    ]);
  });
});

describe('the sums of a number', () => {
  test("are the customer's cost, and the operator's revenue with the carrier's cost", () => {
    expect(numbersOf(cdr, direct)).toEqual(
      new Map([
        [1001, [{ revenue: 0n, cost: 95_500n, unknown: 0, currency: 'USD' }]],
        [1000, [{ revenue: 95_500n, cost: 40_000n, unknown: 0, currency: 'USD' }]],
      ]),
    );
  });

  test("are the operator's own cost for its own calls", () => {
    expect(numbersOf(cdr, { organization: 1000, seller: 1000, operator: 1000 })).toEqual(
      new Map([[1000, [{ revenue: 0n, cost: 40_000n, unknown: 0, currency: 'USD' }]]]),
    );
  });

  test("of a reseller's customer change for the reseller once there is a wholesale rating", () => {
    expect([...numbersOf(cdr, resold).keys()]).toEqual([1001]);
    const wholesale = { ...rating, charge: '0.0500' };
    expect(numbersOf(withRating({ wholesale }), resold)).toEqual(
      new Map([
        [1001, [{ revenue: 0n, cost: 95_500n, unknown: 0, currency: 'USD' }]],
        [2000, [{ revenue: 95_500n, cost: 50_000n, unknown: 0, currency: 'USD' }]],
        [1000, [{ revenue: 50_000n, cost: 40_000n, unknown: 0, currency: 'USD' }]],
      ]),
    );
  });

  test.each([
    ['no cost', { cost: null }],
    ['a cost in another currency', { cost_currency: 'EUR' }],
  ])('count a call with %s as unknown', (_, fields) => {
    expect(numbersOf(withRating(fields), direct).get(1000)).toMatchObject([{ cost: 0n, unknown: 1 }]);
  });

  test.each([
    ['has no wholesale price', { status: 'unrated' as const, charge: '0.0000' }],
    ['has one in another currency', { currency: 'EUR' }],
  ])('count a call that %s as unknown for the reseller', (_, fields) => {
    const wholesale = { ...rating, ...fields };
    expect(numbersOf(withRating({ wholesale }), resold).get(2000)).toEqual([
      { revenue: 95_500n, cost: 0n, unknown: 1, currency: 'USD' },
    ]);
  });

  test('count a free call without a cost as one that costs nothing', () => {
    const free = filedCdrOf({ disposition: 'BUSY' });
    expect(numbersOf(free, direct).get(1000)).toMatchObject([{ revenue: 0n, cost: 0n, unknown: 0 }]);
  });

  test('do not change if a CDR is replaced by the same one', () => {
    expect(sumChangesOf({ now: [cdr], before: [cdr] }, new Map(), direct)).toEqual([]);
  });

  test('without a currency are counts of own calls only, unless it is void or was not counted by number', () => {
    const unrated = withRating({ currency: null, charge: '0.0000' });
    const sumsOf = (of: FiledCdr) =>
      sumChangesOf({ now: [of], before: [] }, new Map(), direct).map((each) => each.numbers);
    expect(sumsOf(unrated)).toMatchObject([[{ holder: 1001, currency: null, calls: 1, charge: 0n, cost: 0n }], []]);
    expect(sumsOf({ ...unrated, rating: { ...unrated.rating, status: 'void' } })).toEqual([]);
    const { counted, ...former } = unrated;
    expect(counted).toMatchObject({ by_number: true });
    expect(sumsOf(former)).toEqual([]);
  });

  test('of a CDR that was not counted by number have no day of that', () => {
    const { counted, ...former } = cdr;
    const [own] = sumChangesOf({ now: [cdr], before: [former] }, new Map(), direct);
    const [now, before] = own?.numbers ?? [];
    expect(now).toMatchObject({ counted_day: counted?.day, calls: 1 });
    expect(before).toMatchObject({ calls: -1 });
    expect(before).not.toHaveProperty('counted_day');
  });

  test('are those of `other` for a call without an own number', () => {
    const [own] = sumChangesOf({ now: [filedCdrOf({ caller: 'alice' })], before: [] }, new Map(), direct);
    expect(own?.numbers).toMatchObject([{ number: 'other', holder: 1001, day: '2026-11-15' }]);
  });
});

test('changes of sums change a balance if the charges of a period do', () => {
  const posting = chargePosting(rating, start);
  const sumChanges = (charges: bigint) =>
    sumChangesOf({ now: [], before: [] }, new Map([[1001, [{ ...posting, charges }]]]), direct);
  expect([changesBalance(sumChanges(1n)), changesBalance(sumChanges(0n)), changesBalance([])]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a reversed rating gives its included seconds back while its period is open', () => {
  const included = { ...rating, included_seconds: 60 };
  expect(includedRefund(included, start, calendar)).toBe(-60);
  expect(includedRefund(included, start, { ...calendar, now: Date.parse('2026-12-05T00:00:00Z') })).toBe(0);
});

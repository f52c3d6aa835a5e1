import { describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { toAttributes } from '#dynamodb/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { earningsOf, numberSumsRow, numberSumsWrites, sumsOf } from './number-sums.ts';
import { halfOf, halvesOf, type NumberSums } from '#schema/number-sums.ts';

const running = testStore();
const organization = 8_301;

const sums = (fields: Partial<NumberSums> = {}): NumberSums => ({
  ...{ number: '+14155550100', day: '2026-11-15', counted_day: '2026-11-15', holder: organization, currency: 'USD' },
  ...{ calls: 1, answered: 1, talk: 60, billed: 66, charge: 95_500n, cost: 0n, unknown: 0 },
  ...fields,
});

test('a half of a month ends with its 15th, or its last day', () => {
  expect(['2026-11-01', '2026-11-15', '2026-11-16', '2026-11-30'].map(halfOf)).toEqual([
    ...['2026-11-01', '2026-11-01', '2026-11-16', '2026-11-16'],
  ]);
  expect(halvesOf('2026-12-31', '2027-01-16')).toEqual(['2026-12-16', '2027-01-01', '2027-01-16']);
});

test('sums are read as they were added, by day, day of rating, day of the zone and currency', async () => {
  const all = [
    sums(),
    sums({ counted_day: '2026-11-14', calls: 2 }),
    sums({ day: '2026-11-16', counted_day: '2026-11-17', rated_day: '2026-12-05', calls: -3, billed: -7 }),
    sums({ day: '2026-11-14', counted_day: '2026-11-14', currency: null, charge: 0n }),
    sums({ currency: 'EUR', charge: -1n }),
    sums({ number: 'other', day: '2026-11-02', counted_day: '2026-11-02' }),
  ];
  const { counted_day, ...uncounted } = sums({ holder: 8_302, cost: 40_000n, unknown: 1 });
  expect(counted_day).toBeDefined();
  for (const part of [all, all.slice(0, 1), [uncounted]])
    await commit(running.store, organization, numberSumsWrites(organization, part));
  const table = tableFor<'numberday'>(running.store, organization);
  const read = async (side: 'own' | 'sold') =>
    (await table.query(numberSumsRow, { side }, { order: 'asc' })).items.map((item) => sumsOf(item, organization));
  const twice = sums({ calls: 2, answered: 2, talk: 120, billed: 132, charge: 191_000n });
  const own = await read('own');
  expect(own.map((days) => days.length)).toEqual([4, 1, 1]);
  expect(own.flat()).toEqual(expect.arrayContaining([twice, ...all.slice(1)]));
  expect(await read('sold')).toEqual([[uncounted]]);
});

describe('what an organization earned', () => {
  test('is nothing of its own calls, for which it paid the charge', () => {
    expect(earningsOf(sums(), organization)).toMatchObject({ revenue: 0n, cost: 95_500n, seconds: 66 });
  });

  test('is nothing of those of the operator, for which it paid carriers', () => {
    const own = sums({ holder: 1_000, cost: 40_000n });
    expect(earningsOf(own, 1_000)).toMatchObject({ revenue: 0n, cost: 40_000n });
  });

  test('is the charge of those that it sells', () => {
    const sold = sums({ holder: 8_302, cost: 40_000n });
    expect(earningsOf(sold, organization)).toMatchObject({ revenue: 95_500n, cost: 40_000n, holder: 8_302 });
  });

  test('is unknown of calls without a currency', () => {
    expect(earningsOf(sums({ currency: null }), organization)).toBeUndefined();
  });
});

/** Bytes of an item as DynamoDB counts them: a number has half a byte for a digit, and one more (developer guide). */
const sizeOf = (attributes: ReturnType<typeof toAttributes>): number =>
  Object.entries(attributes).reduce(
    (size, [name, { S: text, N: number = '' }]) =>
      size + name.length + (text?.length ?? Math.ceil(number.replace('-', '').length / 2) + 1),
    0,
  );

test.each([
  ['own', { cost: 0n }],
  ['sold', { cost: 1_234_567n }],
] as const)('an item of %s calls on all days of half a month has 1 KB, which is one unit to write', (side, amounts) => {
  const days = Array.from({ length: 16 }, (_, at) => {
    const day = `2026-12-${16 + at}`;
    const { counted_day, ...sold } = sums({ day, counted_day: day, calls: 40, talk: 9_000, billed: 9_000 });
    return { ...sold, ...(side === 'own' ? { counted_day } : {}), charge: 1_234_567n, ...amounts };
  });
  const holder = side === 'sold' ? { holder: 8_302 } : {};
  const key = { side, half: '2026-12-16', number: '+14155550100', shard: 0, ...holder };
  const stored = toAttributes(numberSumsRow, organization, { ...key, days });
  expect(sizeOf(stored)).toBeLessThanOrEqual(1_024);
});

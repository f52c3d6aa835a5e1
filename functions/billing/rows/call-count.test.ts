import { countsIn, partOf, type CallCount, type CallCountItem } from '#schema/call-counts.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { runs } from '#test/support/property-runs.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { callCountRow, callCountWrites } from './call-count.ts';

const running = testStore();

const count = (fields: Partial<CallCount> = {}): CallCount => ({
  ...{ organization: 1001, by: 'user', day: '2026-11-15', key: 'usr_1', currency: 'USD' },
  ...{ calls: 1, answered: 1, talk: 60, billed: 66, charge: 95_500n, cost: 0n, unknown: 0 },
  ...fields,
});

let last = 8_100;
async function itemsAfter(...transactions: readonly (readonly CallCount[])[]): Promise<readonly CallCountItem[]> {
  last += 1;
  const organization = last;
  for (const counts of transactions) await commit(running.store, organization, callCountWrites(organization, counts));
  const part = partOf[transactions[0]?.[0]?.by ?? 'user'];
  return (await tableFor<'callcount'>(running.store, organization).query(callCountRow, { part }, { order: 'asc' }))
    .items;
}

const shown = ({ sums }: Pick<CallCountItem, 'sums'>) =>
  sums
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ key, counts, charges, costs, unknown }) => ({
      key,
      ...countsIn(counts),
      charges: [...charges].sort(),
      costs: [...costs],
      unknown,
    }));

describe('counters', () => {
  test('of a part of a day are one item, to which each transaction adds', async () => {
    const [item, ...others] = await itemsAfter([count(), count({ key: 'a|b' })], [count({ calls: 2 })]);
    expect(others).toEqual([]);
    expect(item).toMatchObject({ part: 'places', day: '2026-11-15', shard: 0 });
    const none = { costs: [], unknown: 0 };
    expect(shown(item ?? { sums: [] })).toEqual([
      { key: 'a|b', calls: 1, answered: 1, talk: 60, billed: 66, charges: [['USD', 95_500n]], ...none },
      { key: 'usr_1', calls: 3, answered: 2, talk: 120, billed: 132, charges: [['USD', 191_000n]], ...none },
    ]);
  });

  test('of each customer are an item, with the costs of what was sold', async () => {
    const sold = count({ by: 'customer', key: '1002', cost: 40_000n });
    const items = await itemsAfter([sold, count({ ...sold, key: '1003', cost: 0n, unknown: 1 })]);
    expect(items.flatMap(shown)).toMatchObject([
      { key: '1002', costs: [['USD', 40_000n]], unknown: 0 },
      { key: '1003', costs: [], unknown: 1 },
    ]);
  });

  test('of two currencies of one key are written at once', async () => {
    const [item] = await itemsAfter([
      count(),
      count({ currency: 'EUR', charge: 1n }),
      count({ currency: null, charge: 0n }),
    ]);
    expect(shown(item ?? { sums: [] })).toMatchObject([
      {
        calls: 3,
        charges: [
          ['EUR', 1n],
          ['USD', 95_500n],
        ],
      },
    ]);
  });
});

test('packed counts are sums of counts, also of negative ones', async () => {
  const amount = (bits: number) => fc.integer({ min: -(2 ** bits), max: 2 ** bits });
  const counts = fc.record({ calls: amount(20), answered: amount(20), talk: amount(28), billed: amount(28) });
  const property = fc.asyncProperty(counts, counts, async (one, other) => {
    const [item] = await itemsAfter([count(one), count({ ...other, key: 'x' })], [count(other)]);
    const sum = item?.sums.find(({ key }) => key === 'usr_1')?.counts ?? 0n;
    expect(countsIn(sum)).toEqual({
      calls: one.calls + other.calls,
      answered: one.answered + other.answered,
      talk: one.talk + other.talk,
      billed: one.billed + other.billed,
    });
  });
  await fc.assert(property, { numRuns: runs(20) });
});

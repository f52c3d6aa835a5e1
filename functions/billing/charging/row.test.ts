import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor, type Table } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import { chargesRow, chargeWrites, creditRow, readBalance, readBalanceAfter, settleWrites } from './row.ts';

const running = testStore();

const period = '2026-11';

describe('a balance for a reservation', () => {
  /** A table in which each read releases another 1 of the reservations, for so many reads. */
  async function releasing(organization: number, times: number) {
    await commit(running.store, organization, [
      overwrite(creditRow, { credits: 100, reserved: 50, released: 0 }),
      overwrite(chargesRow, { period, shard: 0, charges: 5 }),
    ]);
    const table = tableFor<'balance'>(running.store, organization);
    let reads = 0;
    const query: Table<'balance'>['query'] = async (...range) => {
      reads += 1;
      if (reads <= times) await commit(running.store, organization, settleWrites({ released: money(1n) }));
      return table.query(...range);
    };
    return { table: { query }, reads: () => reads };
  }

  test('is read once if no reservation ends in between', async () => {
    const { table, reads } = await releasing(9_801, 0);
    const read = { credits: 100, reserved: 50, released: 0 };
    expect(await readBalanceAfter(read, table)).toEqual([read, { period, shard: 0, charges: 5 }]);
    expect(reads()).toBe(1);
  });

  test('is read again if one does, and has the item of credits of the read before the charges', async () => {
    const { table, reads } = await releasing(9_802, 1);
    const [credit] = await readBalanceAfter({ credits: 100, reserved: 50, released: 0 }, table);
    expect([credit, reads()]).toEqual([{ credits: 100, reserved: 50, released: 1 }, 2]);
  });

  test('is read three times at most', async () => {
    const { table, reads } = await releasing(9_803, 9);
    const [credit] = await readBalanceAfter({ credits: 100, reserved: 50, released: 0 }, table);
    expect([credit, reads()]).toEqual([{ credits: 100, reserved: 50, released: 2 }, 3]);
  });
});

test('a transaction of charges writes each sum once, and the item of credits at most once', async () => {
  const sums = { charges: 7n, seconds: 60, calls: 1 };
  const charge = { periods: [{ period, ...sums }], days: [{ day: '2026-11-20', call_day: '2026-11-02', ...sums }] };
  expect(chargeWrites(charge)).toHaveLength(2);
  const settled = chargeWrites(charge, { released: money(9n), currency: 'USD' });
  expect(settled).toHaveLength(3);
  await commit(running.store, 9_804, settled);
  await commit(running.store, 9_804, chargeWrites(charge));
  const balance = await readBalance(tableFor<'balance'>(running.store, 9_804));
  expect(balance).toContainEqual({ currency: 'USD', fixed: true, released: 9 });
  expect(balance).toContainEqual({ period, shard: 0, charges: 14, seconds: 120, calls: 2 });
});

import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { updateItem } from './update-item.ts';
import { row } from './row.ts';

const tally = row<'counter', { name: string; used: number }, { name: string }>('counter', { sort: ({ name }) => name });

const stores = testStore();

const used = (name: string, most: number) =>
  updateItem(
    stores.store,
    { organization: 1001, row: tally, key: { name } },
    {
      add: { used: 1 },
      onlyIf: {
        expression: 'attribute_not_exists(#used) OR #used < :most',
        names: { '#used': 'used' },
        values: { ':most': most },
      },
    },
  );

test('an update whose condition holds returns the new item', async () => {
  expect(await used('a', 2)).toEqual({ done: true, item: { used: 1 } });
  expect(await used('a', 2)).toEqual({ done: true, item: { used: 2 } });
});

test('an update whose condition fails returns the stored item', async () => {
  await used('b', 1);
  expect(await used('b', 1)).toEqual({ done: false, item: { used: 1 } });
});

test('a failed update without an item returns none', async () => {
  const place = { organization: 1001, row: tally, key: { name: 'c' } };
  expect(
    await updateItem(stores.store, place, { add: { used: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
  ).toEqual({ done: false, item: undefined });
});

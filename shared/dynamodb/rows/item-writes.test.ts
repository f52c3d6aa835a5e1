import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '../commit.ts';
import { countWrites, itemWrites, composeWrites } from './item-writes.ts';
import { row } from '../row.ts';
import { countRow } from './count.ts';
import { tableFor } from '../table.ts';
import { uniqueValues } from '../unique-values.ts';

type Shelf = { readonly id: string; readonly name: string; readonly version: number };

const shelfRow = row<'shelf', Shelf, { readonly id: string }>('shelf', { sort: ({ id }) => id });
const shelfNameRow = row<'shelf-name', { readonly name: string; readonly owner: string }, { readonly name: string }>(
  'shelf-name',
  { sort: ({ name }) => name },
);
const names = uniqueValues(shelfNameRow, {
  markerOf: ({ id, name }: Shelf) => ({ name, owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A shelf named ${name} exists`,
});
const writesOf = composeWrites<Shelf, string>(itemWrites(shelfRow), names.writes, countWrites('shelves', 2));

const stores = testStore();
let next = 7_700;

/** Changes shelves in an organization of its own. */
function open() {
  const organization = (next += 1);
  const table = tableFor<string>(stores.store, organization);
  return {
    change: (before: Shelf | undefined, after: Shelf | undefined) =>
      commit(stores.store, organization, writesOf(before, after)),
    stored: async () => ({
      shelves: (await table.query(shelfRow, {})).items.map(({ id, version }) => `${id} ${version}`),
      names: (await table.query(shelfNameRow, {})).items.map(({ name, owner }) => `${name} ${owner}`),
      count: (await table.get(countRow, { of: 'shelves' }))?.value,
    }),
  };
}

const one: Shelf = { id: 'shelf_1', name: 'one', version: 1 };
const two: Shelf = { id: 'shelf_2', name: 'two', version: 1 };

describe('the writes that are composed', () => {
  test('store a new item with all that follows from it', async () => {
    const { change, stored } = open();
    await change(undefined, one);
    expect(await stored()).toEqual({ shelves: ['shelf_1 1'], names: ['one shelf_1'], count: 1 });
  });

  test('replace an item, and follow only what changes', async () => {
    const { change, stored } = open();
    await change(undefined, one);
    await change(one, { ...one, name: 'first', version: 2 });
    expect(await stored()).toEqual({ shelves: ['shelf_1 2'], names: ['first shelf_1'], count: 1 });
  });

  test('delete an item with all that followed from it', async () => {
    const { change, stored } = open();
    await change(undefined, one);
    await change(one, undefined);
    expect(await stored()).toEqual({ shelves: [], names: [], count: 0 });
  });

  test('of nothing are none', () => {
    expect(writesOf(undefined, undefined)).toEqual([]);
  });

  test('fail with the error of the first part whose condition fails', async () => {
    const { change } = open();
    await change(undefined, one);
    await change(undefined, two);
    await expect(change(undefined, { ...two, id: 'shelf_3' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(change(undefined, { ...two, id: 'shelf_3', name: 'three' })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });
});

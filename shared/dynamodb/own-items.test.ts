import { beforeAll, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from './commit.ts';
import { ownItemsOf } from './own-items.ts';
import { pageRequest, readPage } from './page.ts';
import { row } from './row.ts';
import { tableFor } from './table.ts';
import { create } from './write.ts';

type Item = { readonly id: string; readonly user_id: string };

const deviceRow = row<'device', Item, { id: string }>('device', {
  sort: ({ id }) => id,
  index1: ({ id }, organization) => ({ partition: [String(organization)], sort: id }),
});
const organization = 1_001;
const ids = Array.from({ length: 9 }, (_, at) => `dev_${at}`);
/** Every third item is that of the reader. */
const userOf = (at: number): string => (at % 3 === 0 ? 'usr_1' : 'usr_2');

const stores = testStore();
beforeAll(async () => {
  await commit(
    stores.store,
    organization,
    ids.map((id, at) => create(deviceRow, { id, user_id: userOf(at) })),
  );
});

const tableOfReader = () =>
  ownItemsOf(
    tableFor<'device' | 'device@GSI1'>(stores.store, organization),
    (entity, item) => entity !== 'device' || Reflect.get(item, 'user_id') === 'usr_1',
  );
const idsOf = (items: readonly (Item | undefined)[]) => items.map((item) => item?.id);

test('items of others do not exist by their keys', async () => {
  const table = tableOfReader();
  expect(await table.get(deviceRow, { id: 'dev_1' })).toBeUndefined();
  expect(await table.get(deviceRow, { id: 'dev_3' })).toMatchObject({ id: 'dev_3' });
  expect(idsOf(await table.getAll(deviceRow, [{ id: 'dev_0' }, { id: 'dev_1' }]))).toEqual(['dev_0', undefined]);
});

test('items of others are in no list and in no count', async () => {
  const table = tableOfReader();
  expect(idsOf((await table.query(deviceRow, {}, { order: 'asc' })).items)).toEqual(['dev_0', 'dev_3', 'dev_6']);
  const { items } = await table.queryIndex(deviceRow, 'GSI1', [String(organization)], { order: 'asc' });
  expect(idsOf(items)).toEqual(['dev_0', 'dev_3', 'dev_6']);
  expect(await table.count(deviceRow, {}, { limit: 100 })).toBe(3);
  expect(await table.count(deviceRow, {}, { limit: 2 })).toBe(2);
  expect(await table.countIndex(deviceRow, 'GSI1', [String(organization)], { limit: 100 })).toBe(3);
});

test('pages of a list continue behind the last own item', async () => {
  const binding = { key: 'key', scope: 'list', now: 0 };
  const read = (token?: string) =>
    readPage(pageRequest({ limit: 1, ...(token === undefined ? {} : { page_token: token }) }, binding), {
      read: (range) => tableOfReader().query(deviceRow, {}, { ...range, order: 'asc' }),
    });
  const first = await read();
  const second = await read(first.nextToken);
  const third = await read(second.nextToken);
  expect([first, second, third].map(({ items }) => idsOf(items))).toEqual([['dev_0'], ['dev_3'], ['dev_6']]);
  expect([first.total, third.nextToken]).toEqual([3, '']);
});

test('items of others count towards those that a request reads at most', async () => {
  const slice = await tableOfReader().query(deviceRow, {}, {});
  expect(slice.hidden).toBe(6);
});

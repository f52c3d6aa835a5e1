import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { toyNameRow } from '#test/support/toys.fixture.ts';
import { commit } from './commit.ts';
import { tableFor } from './table.ts';
import { uniqueValues } from './unique-values.ts';
import type { Write } from './write.ts';

type Toy = { readonly id: string; readonly name: string };

const names = uniqueValues(toyNameRow, {
  markerOf: ({ id, name }: Toy) => ({ name: name.toLowerCase(), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A toy named ${name} exists`,
});
const bear = { id: 'toy_1', name: 'Bear' };

const stores = testStore();
let organization = 1_000;

const write = (...writes: readonly Write[]) => commit(stores.store, organization, writes);
const ownerOf = async (name: string) =>
  (await tableFor<'trunk-name'>(stores.store, organization).get(toyNameRow, { name }))?.owner;

test('a value that another owner has is taken, in any form that counts as the same', async () => {
  organization += 1;
  await write(names.claim(bear));
  await expect(write(names.claim({ id: 'toy_2', name: 'BEAR' }))).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    message: 'A toy named BEAR exists',
  });
  expect(await ownerOf('bear')).toBe('toy_1');
});

test('a changed value is claimed, and the former is free again', async () => {
  organization += 1;
  await write(names.claim(bear));
  await write(...names.move(bear, { ...bear, name: 'Fox' }));
  expect([await ownerOf('bear'), await ownerOf('fox')]).toEqual([undefined, 'toy_1']);
  await write(names.release({ ...bear, name: 'Fox' }));
  expect(await ownerOf('fox')).toBeUndefined();
});

test('a value that stays the same is not written', () => {
  expect(names.move(bear, { ...bear, name: 'BEAR' })).toEqual([]);
});

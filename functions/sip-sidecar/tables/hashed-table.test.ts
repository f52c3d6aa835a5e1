import { expect, test } from 'vitest';
import { HashedTable } from './hashed-table.ts';

function newTestTable(slots = 64) {
  const clock = { now: 1_000 };
  return { clock, table: new HashedTable(['count', 'at'], slots, () => clock.now) };
}

test('a row is stored by its key until it ends', () => {
  const { table, clock } = newTestTable();
  table.write('a', { count: 1, at: -0.5 }, 2_000);
  table.write('b', { count: 2, at: 0 }, 3_000);
  table.write('a', { count: 3, at: Infinity }, 2_000);
  expect([table.read('a'), table.read('b'), table.read('c')]).toEqual([
    { count: 3, at: Infinity },
    { count: 2, at: 0 },
    undefined,
  ]);
  clock.now = 2_000;
  expect([table.read('a'), table.read('b')]).toEqual([undefined, { count: 2, at: 0 }]);
});

test('however many keys there are, the size stays, and the rows that end last stay longest', () => {
  const { table } = newTestTable(1_024);
  const { bytes } = table;
  for (let key = 0; key < 100; key += 1) table.write(`long ${key}`, { count: key, at: 0 }, 1_000_000);
  for (let key = 0; key < 20_000; key += 1) table.write(`brief ${key}`, { count: key, at: 0 }, 2_000);
  const stored = Array.from({ length: 100 }, (_value, key) => table.read(`long ${key}`)?.count);
  expect(stored).toEqual(Array.from({ length: 100 }, (_value, key) => key));
  expect([bytes, table.bytes]).toEqual([1_024 * 32, 1_024 * 32]);
});

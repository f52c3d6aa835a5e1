import { expect, test } from 'vitest';
import { Integers } from './integers.ts';

const valuesOf = (list: Integers): number[] => Array.from({ length: list.length }, (_value, at) => list.at(at));

test('a list grows beyond its first capacity and keeps its values', () => {
  const list = new Integers(1);
  for (let value = 0; value < 100; value += 1) list.push(value);
  expect(valuesOf(list)).toEqual(Array.from({ length: 100 }, (_value, at) => at));
  expect(list.size).toBe(128 * 4);
});

test('append adds the first integers of an array', () => {
  const list = new Integers(2);
  list.push(-1);
  list.append(Int32Array.of(5, 6, 7, 8), 3);
  expect(valuesOf(list)).toEqual([-1, 5, 6, 7]);
});

test('a position beyond the cells has the value 0', () => {
  expect(new Integers(2).at(9)).toBe(0);
});

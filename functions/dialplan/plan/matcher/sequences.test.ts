import { expect, test } from 'vitest';
import { Integers } from './integers.ts';
import { Sequences } from './sequences.ts';

function listOf(...values: readonly number[]): Integers {
  const list = new Integers();
  for (const value of values) list.push(value);
  return list;
}

const membersOf = (sequences: Sequences, sequence: number): number[] => [
  ...sequences.members.slice(sequences.start(sequence), sequences.end(sequence)),
];

test('equal sequences have one number, different ones have their own', () => {
  const sequences = new Sequences();
  const numbers = [listOf(1, 2), listOf(), listOf(1, 2), listOf(2, 1), listOf(1)].map((list) =>
    sequences.numberOf(list),
  );
  expect(numbers).toEqual([0, 1, 0, 2, 3]);
  expect(sequences.count).toBe(4);
});

test('numbers and members stay while the table grows', () => {
  const sequences = new Sequences();
  const numbers = Array.from({ length: 1_000 }, (_number, at) => sequences.numberOf(listOf(at, -at)));
  expect(numbers).toEqual(Array.from({ length: 1_000 }, (_number, at) => at));
  expect(sequences.numberOf(listOf(777, -777))).toBe(777);
  expect(membersOf(sequences, 777)).toEqual([777, -777]);
});

test('after clear, numbers begin at 0 again', () => {
  const sequences = new Sequences();
  sequences.numberOf(listOf(1));
  sequences.numberOf(listOf(2));
  sequences.clear();
  expect([sequences.count, sequences.numberOf(listOf(2)), membersOf(sequences, 0)]).toEqual([0, 0, [2]]);
});

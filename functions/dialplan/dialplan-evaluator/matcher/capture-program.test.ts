import { expect, test } from 'vitest';
import { captureProgram } from './capture-program.ts';
import { parse } from './parse.ts';

const kindsOf = (text: string): string[] =>
  captureProgram(parse(text).syntax)
    .instructions.map(({ kind }) => kind)
    .sort();

/** The order in which the forks of a program are tried, as the kinds of their first and second instruction. */
function forksOf(text: string): string[] {
  const { instructions } = captureProgram(parse(text).syntax);
  return instructions.flatMap((instruction) =>
    instruction.kind === 'fork'
      ? [`${instructions[instruction.first]?.kind} ${instructions[instruction.second]?.kind}`]
      : [],
  );
}

test('a group saves its start and its end', () => {
  expect(kindsOf('(1)2')).toEqual(['character', 'character', 'match', 'save', 'save']);
});

test('a greedy repetition tries its body first, a lazy one the rest', () => {
  expect(forksOf('1?')).toEqual(['character match']);
  expect(forksOf('1??')).toEqual(['match character']);
  expect(forksOf('1*')).toEqual(['character match']);
  expect(forksOf('1*?')).toEqual(['match character']);
});

test('a counted repetition is copied, and the copies beyond the least are optional', () => {
  expect(kindsOf('1{2,4}')).toEqual(['character', 'character', 'character', 'character', 'fork', 'fork', 'match']);
});

test('a nullable body of a loop is tried once before the loop ends', () => {
  expect(kindsOf('(1?)*').filter((kind) => kind === 'fork')).toHaveLength(3);
  expect(kindsOf('(1)*').filter((kind) => kind === 'fork')).toHaveLength(1);
});

test('a part that is longer than any dialed string fails at once', () => {
  expect(kindsOf('1{65}')).toEqual(['character', 'match']);
});

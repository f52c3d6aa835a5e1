import { expect, test } from 'vitest';
import { anyCharacter } from './character-set.ts';
import { assertion, characters, choice, digitsIn, group, isAnchored, maxDialed, repeat, sequence } from './syntax.ts';

const any = characters(anyCharacter);
const repeated = (least: number, most: number) => repeat({ of: any, least, most, greedy: true });

test('a part knows its shortest text and its size', () => {
  const measured = [
    any,
    digitsIn('911'),
    sequence([digitsIn('91'), any]),
    choice([digitsIn('911'), any]),
    group(1, digitsIn('12')),
    repeated(2, 5),
  ].map(({ shortest, size }) => [shortest, size]);
  expect(measured).toEqual([
    [1, 1],
    [3, 3],
    [3, 4],
    [1, 5],
    [2, 2],
    [2, 6],
  ]);
});

test('a repetition that does not fit into a dialed string is unlimited', () => {
  expect([maxDialed(any, 63), maxDialed(any, 64), maxDialed(digitsIn('12'), 32)]).toEqual([63, Infinity, Infinity]);
  expect(repeated(0, 1_000).size).toBe(2);
  expect(repeated(65, 65).size).toBe(1);
});

test('a pattern is anchored if each match begins at the start', () => {
  const [begin, boundary] = [assertion('begin'), assertion('boundary')];
  expect(isAnchored(sequence([begin, any]))).toBe(true);
  expect(isAnchored(sequence([boundary, begin, any]))).toBe(true);
  expect(isAnchored(group(1, choice([begin, sequence([begin, any])])))).toBe(true);
  expect(isAnchored(choice([begin, any]))).toBe(false);
  expect(isAnchored(sequence([any, begin]))).toBe(false);
  expect(isAnchored(repeat({ of: begin, least: 0, most: 1, greedy: true }))).toBe(false);
  expect(isAnchored(repeat({ of: begin, least: 1, most: 1, greedy: true }))).toBe(true);
});

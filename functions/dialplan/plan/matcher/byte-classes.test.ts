import { expect, test } from 'vitest';
import { ByteClasses, undialable } from './byte-classes.ts';
import { dialableCodes, digits, range, wordCharacters } from './character-set.ts';

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

test('without sets all dialable characters are one class', () => {
  const classes = new ByteClasses();
  expect(classes.count).toBe(1);
  expect(new Set(dialableCodes.map((code) => classes.classOf[code]))).toEqual(new Set([0]));
  expect(classes.classOf[codeOf(' ')]).toBe(undialable);
});

test('a set splits the classes that it crosses', () => {
  const classes = new ByteClasses();
  classes.distinguish(digits);
  classes.distinguish(range(codeOf('5'), codeOf('A')));
  const classOf = (character: string) => classes.classOf[codeOf(character)];
  expect(classes.count).toBe(4);
  expect(classOf('0')).toBe(classOf('4'));
  expect(classOf('5')).toBe(classOf('9'));
  expect(classOf('A')).toBe(classOf('@'));
  expect(classOf('B')).toBe(classOf('z'));
  expect(new Set(['0', '5', 'A', 'B'].map(classOf)).size).toBe(4);
});

test('each class has a member, and a set that splits nothing adds no class', () => {
  const classes = new ByteClasses();
  classes.distinguish(digits);
  classes.distinguish(digits);
  classes.distinguish(wordCharacters);
  expect(classes.count).toBe(3);
  expect(classes.members.map((code) => classes.classOf[code])).toEqual([0, 1, 2]);
});

test('single characters give a class for each dialable character at most', () => {
  const classes = new ByteClasses();
  for (const code of dialableCodes) classes.distinguish(range(code, code));
  expect(classes.count).toBe(dialableCodes.length);
});

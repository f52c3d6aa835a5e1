import { expect, test } from 'vitest';
import {
  anyCharacter,
  complement,
  contains,
  dialableCodes,
  digits,
  eachDigit,
  foldCase,
  isDialable,
  noCharacter,
  range,
  union,
  wordCharacters,
  type CharacterSet,
} from './character-set.ts';

const textOf = (set: CharacterSet): string =>
  String.fromCodePoint(...dialableCodes.filter((code) => contains(set, code)));
const rangeOf = (first: string, last: string): CharacterSet =>
  range(first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0);

test('the dialable characters are digits, letters and # * + - . @ _', () => {
  expect(textOf(anyCharacter)).toBe('#*+-.0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');
  expect(textOf(noCharacter)).toBe('');
});

test('a range contains only its dialable characters', () => {
  expect(textOf(rangeOf(' ', '/'))).toBe('#*+-.');
  expect(textOf(rangeOf('Y', 'b'))).toBe('YZ_ab');
  expect(textOf(range(0x80, 0x10ffff))).toBe('');
  expect(textOf(rangeOf('9', '0'))).toBe('');
});

test('union, complement and case folding combine sets', () => {
  expect(textOf(union(rangeOf('0', '1'), rangeOf('z', 'z')))).toBe('01z');
  expect(textOf(complement(union(digits, wordCharacters)))).toBe('#*+-.@');
  expect(textOf(foldCase(union(rangeOf('A', 'B'), rangeOf('z', 'z'))))).toBe('ABZabz');
  expect(textOf(foldCase(rangeOf('@', '@')))).toBe('@');
});

test('equal sets have equal keys', () => {
  expect(union(rangeOf('0', '4'), rangeOf('5', '9')).key).toBe(digits.key);
  expect(eachDigit.map(textOf).join('')).toBe(textOf(digits));
  expect(complement(complement(digits)).key).toBe(digits.key);
});

test.each(['', '1', 'aZ9*#+.-_@', '5'.repeat(64)])('%j can be dialed', (text) => {
  expect(isDialable(text)).toBe(true);
});

test.each([' ', '\n', 'é', '1,2', '5'.repeat(65)])('%j cannot be dialed', (text) => {
  expect(isDialable(text)).toBe(false);
});

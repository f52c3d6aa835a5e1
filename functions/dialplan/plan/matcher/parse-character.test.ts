import { expect, test } from 'vitest';
import { contains, dialableCodes } from './character-set.ts';
import { character, Cursor, literal } from './parse-character.ts';
import type { Syntax } from './syntax.ts';

const membersOf = (syntax: Syntax): string =>
  syntax.kind === 'characters'
    ? String.fromCodePoint(...dialableCodes.filter((code) => contains(syntax.set, code)))
    : syntax.kind;

function parse(text: string, folds = false): readonly [members: string, rest: string] {
  const cursor = new Cursor(text);
  cursor.folds = folds;
  const members = membersOf(character(cursor));
  return [members, text.slice(cursor.at)];
}

test.each([
  ['1', '1', ''],
  ['a1', 'a', '1'],
  ['\\.1', '.', '1'],
  ['\\x312', '1', '2'],
  ['\\x{32}2', '2', '2'],
  ['\\0611', '1', '1'],
  ['\\n1', '', '1'],
  ['\\d+', '0123456789', '+'],
  ['[0-3a]b', '0123a', 'b'],
  ['[]1]', '1', ''],
  ['[0-]', '-0', ''],
  ['[[:upper:]]', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', ''],
  ['[^[:alnum:]]', '#*+-.@_', ''],
  ['\\p{Nd}x', '0123456789', 'x'],
  ['\\PL', '#*+-.0123456789@_', ''],
  ['é', '', ''],
  ['😀1', '', '1'],
])('%s matches one of %j, and leaves %j', (text, members, rest) => {
  expect(parse(text)).toEqual([members, rest]);
});

test('without case a letter matches both cases, and the Kelvin sign a k', () => {
  expect(parse('k', true)[0]).toBe('Kk');
  expect(parse('[x-z]', true)[0]).toBe('XYZxyz');
  expect(parse('\\x{212A}', true)[0]).toBe('Kk');
  expect(parse('ſ', true)[0]).toBe('Ss');
  expect(parse('\\x{212A}')[0]).toBe('');
  expect(membersOf(literal(0x61, true))).toBe('Aa');
});

test('a token is skipped only if it follows', () => {
  const cursor = new Cursor('ab');
  expect([cursor.takes('b'), cursor.at, cursor.takes('a'), cursor.at]).toEqual([false, 0, true, 1]);
});

test('a sticky expression matches at the cursor only', () => {
  const cursor = new Cursor('1a22');
  const digits = /[0-9]+/y;
  expect(cursor.takesMatch(digits)?.[0]).toBe('1');
  expect(cursor.takesMatch(digits)).toBeNull();
  expect(cursor.at).toBe(1);
  cursor.at = 2;
  expect([cursor.takesMatch(digits)?.[0], cursor.at]).toEqual(['22', 4]);
});

import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { closingQuote, splitList, isToken, parseNumber, quote, unquote } from './grammar.ts';

test('a list is split at its own commas only', () => {
  expect(splitList('a, "b,\\"c" <d,e>;f , g,')).toEqual(['a', '"b,\\"c" <d,e>;f', 'g', '']);
});

test('after an unclosed quote or bracket the rest of a list is one element', () => {
  expect([splitList('a, "b, c'), splitList('a, <b, c')]).toEqual([
    ['a', '"b, c'],
    ['a', '<b, c'],
  ]);
});

test('a token has letters, digits and few other characters, and is not empty', () => {
  expect(["A-z.0!%*_+`'~", '', 'a b', 'a:b', 'ä', 'a\n'].map(isToken)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('a number is decimal and does not exceed its limit', () => {
  expect(['007', '255', '256', '-1', '1e2', ''].map((text) => parseNumber(text, 255))).toEqual([
    7,
    255,
    new Fault('Number too large'),
    new Fault('Not a number'),
    new Fault('Not a number'),
    new Fault('Not a number'),
  ]);
});

test('an escaped quote does not close a quoted string', () => {
  expect([closingQuote('"a\\"b" c', 0), closingQuote('"a\\"', 0)]).toEqual([5, -1]);
});

test('quoting escapes quotes, backslashes and control characters, and unquoting restores them', () => {
  expect(quote('a"b\\c\u0007')).toBe('"a\\"b\\\\c\\\u0007"');
  expect(['a"b\\c\u0007', '', 'ä'].map((text) => unquote(quote(text)))).toEqual(['a"b\\c\u0007', '', 'ä']);
  expect([quote('a\r\nb'), unquote('a"b')]).toEqual(['"a b"', 'a"b']);
});

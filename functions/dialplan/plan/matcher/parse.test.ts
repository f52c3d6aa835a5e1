import { expect, test } from 'vitest';
import { parse } from './parse.ts';
import type { Syntax } from './syntax.ts';

/** The structure of a tree; sets of characters as `.`. */
function shapeOf(syntax: Syntax): string {
  switch (syntax.kind) {
    case 'characters':
      return '.';
    case 'digits':
      return syntax.text;
    case 'assertion':
      return `!${syntax.assertion}`;
    case 'sequence':
      return `(${syntax.parts.map(shapeOf).join(' ')})`;
    case 'choice':
      return `[${syntax.choices.map(shapeOf).join('|')}]`;
    case 'repeat':
      return `${shapeOf(syntax.of)}{${syntax.least},${syntax.most}}${syntax.greedy ? '' : '?'}`;
    case 'group':
      return `${syntax.number}:${shapeOf(syntax.of)}`;
  }
}

const shape = (text: string): string => shapeOf(parse(text).syntax);

test.each([
  ['', '()'],
  ['911', '(911)'],
  ['^9$', '(!1 9 !2)'],
  ['\\A1\\b2\\B3\\z', '(!1 1 !4 2 !8 3 !2)'],
  ['a|12|', '[(.)|(12)|()]'],
  ['12+3', '(1 .{1,Infinity} 3)'],
  ['1*?', '(.{0,Infinity}?)'],
  ['a?', '(.{0,1})'],
  ['a{2}b{2,}c{2,3}?', '(.{2,2} .{2,Infinity} .{2,3}?)'],
  ['a{,2}', '(. . . 2 .)'],
  ['(1)(?:2)(?P<x>(3))', '(1:(1) (2) 2:(3:(3)))'],
  ['(?U)a*b*?', '(.{0,Infinity}? .{0,Infinity})'],
  ['(?U:a*)b*', '((.{0,Infinity}?) .{0,Infinity})'],
  ['\\Q1+\\E2', '(. . 2)'],
  ['\\Q1', '(.)'],
])('%s has the tree %s', (text, expected) => {
  expect(shape(text)).toBe(expected);
});

test('only capturing groups are counted', () => {
  expect(parse('(a)(?:b)((c))(?i)').groupCount).toBe(3);
});

test.each(['(1', '1)', '+', '(?i'])('%s is not parsed', (text) => {
  expect(() => parse(text)).toThrow('a stored pattern is faulty at position');
});

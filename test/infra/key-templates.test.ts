import { expect, test } from 'vitest';
import { areApart, hidesSeparators, isOf, longestOf } from './key-templates.ts';

test('forms are apart by a literal, or by their length where nothing is free text', () => {
  expect(areApart(['number#<org>', 'number#available'])).toBe(true);
  expect(areApart(['cdr#<org>[#<shard>]', 'cdr#<org>[#<shard>]#unrated'])).toBe(true);
  expect(areApart(['event#<org>', 'event#<org>#<thing>'])).toBe(true);
});

test('forms that one key could be of are not apart', () => {
  expect(areApart(['trunk#<org>', 'trunk#<parent>'])).toBe(false);
  expect(areApart(['group#<org>#<name>', 'group#<org>#<user>#<group>'])).toBe(false);
  expect(areApart(['lease#<kind>', 'lease#task'])).toBe(false);
});

test('a shard is not taken for free text behind it, unless a word stands between', () => {
  expect(areApart(['cdrparty#<org>[#<shard>]#<party>'])).toBe(false);
  expect(areApart(['cdrparty#<org>[#<shard>]#callee#<party>'])).toBe(true);
});

test('free text before a separator is seen', () => {
  expect(hidesSeparators('cdrparty#<org>#<party>#<day>')).toBe(true);
  expect(hidesSeparators('cdrparty#<org>#<day>#<party>')).toBe(false);
  expect(hidesSeparators('head | <name>#<id>')).toBe(true);
});

test('a key is of its template, with its shard and without', () => {
  expect(isOf('cdr#<org>[#<shard>]', 'cdr#1001')).toBe(true);
  expect(isOf('cdr#<org>[#<shard>]', 'cdr#1001#3')).toBe(true);
  expect(isOf('cdr#<org>[#<shard>]', 'cdr#org_1001')).toBe(false);
  expect(isOf('<id> | head', 'head')).toBe(true);
});

test('the longest key counts bytes of UTF-8 and of the longest alternative', () => {
  expect(longestOf('trunk-name#<org>')).toBe('trunk-name#'.length + 12);
  expect(longestOf('head | <name>')).toBe(800);
});

import { expect, test } from 'vitest';
import { areDistinct, hidesSeparators, matchesTemplate, longestOf } from './key-templates.ts';

test('templates are distinct by a literal, or by their length if they have no free text', () => {
  expect(areDistinct(['number#<org>', 'number#available'])).toBe(true);
  expect(areDistinct(['cdr#<org>[#<shard>]', 'cdr#<org>[#<shard>]#unrated'])).toBe(true);
  expect(areDistinct(['event#<org>', 'event#<org>#<thing>'])).toBe(true);
});

test('templates that one key could match are not distinct', () => {
  expect(areDistinct(['trunk#<org>', 'trunk#<parent>'])).toBe(false);
  expect(areDistinct(['group#<org>#<name>', 'group#<org>#<user>#<group>'])).toBe(false);
  expect(areDistinct(['lease#<kind>', 'lease#task'])).toBe(false);
});

test('a shard is not confused with free text after it if a word is between them', () => {
  expect(areDistinct(['cdrparty#<org>[#<shard>]#<party>'])).toBe(false);
  expect(areDistinct(['cdrparty#<org>[#<shard>]#callee#<party>'])).toBe(true);
});

test('free text before a separator is found', () => {
  expect(hidesSeparators('cdrparty#<org>#<party>#<day>')).toBe(true);
  expect(hidesSeparators('cdrparty#<org>#<day>#<party>')).toBe(false);
  expect(hidesSeparators('head | <name>#<id>')).toBe(true);
});

test('a key matches its template with and without its shard', () => {
  expect(matchesTemplate('cdr#<org>[#<shard>]', 'cdr#1001')).toBe(true);
  expect(matchesTemplate('cdr#<org>[#<shard>]', 'cdr#1001#3')).toBe(true);
  expect(matchesTemplate('cdr#<org>[#<shard>]', 'cdr#org_1001')).toBe(false);
  expect(matchesTemplate('<id> | head', 'head')).toBe(true);
});

test('the length of the longest key counts UTF-8 bytes and the longest alternative', () => {
  expect(longestOf('trunk-name#<org>')).toBe('trunk-name#'.length + 12);
  expect(longestOf('head | <name>')).toBe(800);
});

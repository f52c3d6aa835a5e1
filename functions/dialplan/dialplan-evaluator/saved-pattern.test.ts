import { expect, test } from 'vitest';
import { compiledForm, savedPattern } from './saved-pattern.ts';

test('groups are counted without those that do not capture', () => {
  expect(savedPattern('^(?:9)?([0-9]+)(?i:a)(?P<rest>.*)$').groupCount).toBe(2);
  expect(savedPattern('^1\\([(]').groupCount).toBe(0);
});

test('a pattern gives the whole match and each group, and an empty text for a group that took no part', () => {
  const pattern = savedPattern('9([0-9]{3})(\\*)?');
  expect(pattern.find('191234')).toEqual(['9123', '123', '']);
  expect(pattern.find('191234')).toEqual(['9123', '123', '']);
  expect(pattern.find('8')).toBeNull();
});

test('greedy groups take what they can, lazy ones what they must', () => {
  expect(savedPattern('^(1*)(1*)2').find('112')).toEqual(['112', '11', '']);
  expect(savedPattern('^(1*?)(1*)2').find('112')).toEqual(['112', '', '11']);
  expect(savedPattern('(?U)^(1*)(1*)2').find('112')).toEqual(['112', '', '11']);
});

test('what cannot be dialed has captures too', () => {
  expect(savedPattern('(\\pL+) (.)').find('grüße 😀')).toEqual(['grüße 😀', 'grüße', '😀']);
  expect(savedPattern('(1+)$').find('1'.repeat(70))).toEqual(['1'.repeat(70), '1'.repeat(70)]);
});

const large = '^((?:(?:1?2?3?4?){31}){31})x$';

test('a pattern with nested repetitions that multiply is looked for alone, any other is merged', () => {
  expect(compiledForm(large)).toBe('single');
  expect(
    ['^1', '^\\d{1000}$', '^1.{0,1000}$', '(?:[2-9]\\d{2}){1,20}', '1'.repeat(512), '(1?)'.repeat(128)].map(
      compiledForm,
    ),
  ).toEqual(Array(6).fill('merged'));
});

test('a pattern that is looked for alone is found and captures as any', () => {
  const pattern = savedPattern(large);
  expect([pattern.isFoundIn('1234x'), pattern.isFoundIn('1234')]).toEqual([true, false]);
  expect(pattern.find('1234x')).toEqual(['1234x', '1234']);
});

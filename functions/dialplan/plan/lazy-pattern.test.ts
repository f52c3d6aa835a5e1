import { expect, test } from 'vitest';
import { compiledForm, lazyPattern } from './lazy-pattern.ts';

test('only capturing groups are counted', () => {
  expect(lazyPattern('^(?:9)?([0-9]+)(?i:a)(?P<rest>.*)$').groupCount).toBe(2);
  expect(lazyPattern('^1\\([(]').groupCount).toBe(0);
});

test('a pattern captures the whole match and each group, and empty text for a group without a match', () => {
  const pattern = lazyPattern('9([0-9]{3})(\\*)?');
  expect(pattern.find('191234')).toEqual(['9123', '123', '']);
  expect(pattern.find('191234')).toEqual(['9123', '123', '']);
  expect(pattern.find('8')).toBeNull();
});

test('greedy groups capture as much as possible, lazy groups as little', () => {
  expect(lazyPattern('^(1*)(1*)2').find('112')).toEqual(['112', '11', '']);
  expect(lazyPattern('^(1*?)(1*)2').find('112')).toEqual(['112', '', '11']);
  expect(lazyPattern('(?U)^(1*)(1*)2').find('112')).toEqual(['112', '', '11']);
});

test('text that cannot be dialed has captures too', () => {
  expect(lazyPattern('(\\pL+) (.)').find('grüße 😀')).toEqual(['grüße 😀', 'grüße', '😀']);
  expect(lazyPattern('(1+)$').find('1'.repeat(70))).toEqual(['1'.repeat(70), '1'.repeat(70)]);
});

const large = '^((?:(?:1?2?3?4?){31}){31})x$';

test('a pattern with multiplying repetitions is single, any other is merged', () => {
  expect(compiledForm(large)).toBe('single');
  expect(
    ['^1', '^\\d{1000}$', '^1.{0,1000}$', '(?:[2-9]\\d{2}){1,20}', '1'.repeat(512), '(1?)'.repeat(128)].map(
      compiledForm,
    ),
  ).toEqual(Array(6).fill('merged'));
});

test('a single pattern matches and captures as any other', () => {
  const pattern = lazyPattern(large);
  expect([pattern.isFoundIn('1234x'), pattern.isFoundIn('1234')]).toEqual([true, false]);
  expect(pattern.find('1234x')).toEqual(['1234x', '1234']);
});

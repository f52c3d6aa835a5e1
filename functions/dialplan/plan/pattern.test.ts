import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, isPatternProblem, type Pattern } from './pattern.ts';

function pattern(text: string): Pattern {
  const compiled = compilePattern(text);
  if (isPatternProblem(compiled)) throw new Error(compiled.reason);
  return compiled;
}

test('a pattern matches anywhere in the dialed string unless it is anchored', () => {
  expect(pattern('555').isFoundIn('12125550100')).toBe(true);
  expect(pattern('^555').isFoundIn('12125550100')).toBe(false);
});

test('a pattern captures the whole match and each group, and empty text for a group without a match', () => {
  expect(pattern('^9([0-9]{3})(\\*)?').find('91234')).toEqual(['9123', '123', '']);
  expect(pattern('^9').find('8')).toBeNull();
});

test('nested repetition takes linear time for any dialed string', () => {
  expect(pattern('^(([0-9]+)+)+$').isFoundIn(`${'1'.repeat(63)}x`)).toBe(false);
});

describe('a text that is not a pattern is rejected with position and reason', () => {
  test.each([
    ['', 0, 'empty pattern'],
    ['1'.repeat(513), 512, 'longer than 512 characters'],
    ['a(b', 1, 'missing closing )'],
    ['(a)\\((b', 5, 'missing closing )'],
    ['((a)', 0, 'missing closing )'],
    ['a|b)c', 3, 'unexpected )'],
    ['0[12', 1, 'missing closing ]'],
    ['x1**', 2, 'invalid nested repetition operator'],
    ['1+(*2)', 3, 'missing argument to repetition operator'],
    ['^1{3,2}$', 2, 'invalid repeat count'],
    ['1[9-2]', 2, 'invalid character class range'],
    ['1\\', 1, 'trailing backslash at end of expression'],
    ['(?P<n>1)(?P<n>2)', 12, 'duplicate capture group name'],
    ['^1(?=2)', 2, 'look-around is not part of RE2'],
    ['(?<!0)1', 0, 'look-around is not part of RE2'],
    ['(1)\\1', 3, 'back-references are not part of RE2'],
    ['(?>1)', 0, 'atomic groups are not part of RE2'],
    ['[0-9]{1000}'.repeat(40), 0, 'expression too large'],
  ])('%s', (text, position, reason) => {
    expect(compilePattern(text)).toEqual({ position, reason });
  });
});

test('any text is a pattern or has a problem at a position within it', () => {
  const fragments = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{2}',
    '*',
    '+',
    '?',
    '\\',
    '|',
    '^',
    '$',
    '.',
    '1',
    'a-z',
    '\\d',
    '(?:',
    '(?P<n>',
    '[^',
    '\\Q',
    '😀',
  );
  fc.assert(
    fc.property(fc.array(fragments, { minLength: 1, maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const compiled = compilePattern(text);
      if (!isPatternProblem(compiled)) return;
      expect(compiled.reason).not.toBe('');
      expect(compiled.position).toBeGreaterThanOrEqual(0);
      expect(compiled.position).toBeLessThan(text.length);
    }),
    { numRuns: 500 },
  );
});

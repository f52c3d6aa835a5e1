import { describe, expect, test } from 'vitest';
import { lazyPattern } from '../lazy-pattern.ts';
import { formOf } from './automata.ts';
import { compileMatcher } from './matcher.ts';
import { parse } from './parse.ts';

/**
 * Patterns that take backtracking engines exponential or polynomial time (OWASP, "Regular expression Denial of
 * Service"; Davis et al., "The impact of regular expression denial of service in practice", ESEC/FSE 2018). Each has
 * the text that it repeats, and the end that makes it fail.
 */
const corpus: readonly (readonly [pattern: string, repeats: string, end: string])[] = [
  ['^(a+)+$', 'a', '#'],
  ['(a+)+b', 'a', 'c'],
  ['^([a-zA-Z]+)*$', 'a', '#'],
  ['^(a|aa)+$', 'a', '#'],
  ['^(a|a?)+$', 'a', '#'],
  ['^(.*a){20}$', 'a', '#'],
  ['^(\\d+)*$', '1', '#'],
  ['^(([0-9])+.?)+$', '1', '@'],
  ['(x+x+)+y', 'x', 'z'],
  ['^(1|1)*$', '1', '#'],
  ['((1*)*)*#', '1', '2'],
  ['^(1*)*(1*)*2$', '1', '#'],
  ['(.*)(.*)(.*)(.*)#', '1', '2'],
  ['1*1*1*1*1*1*2', '1', '3'],
  ['^\\d*\\d*\\d*$', '1', '#'],
  ['(?:1+1*)+$', '1', '#'],
  ['^(?:1?){40}1{40}$', '1', '#'],
  ['(0|1|01|10)+#', '10', '2'],
  ['^([a-zA-Z0-9])(([-.]|[_]+)?([a-zA-Z0-9]+))*@[a-z0-9]+[.]([a-z]{2,3})$', 'a', '#'],
  ['^\\+?(?:[0-9]+-?)*[0-9]$', '1', '#'],
  ['(\\w+\\.?)+@', 'a.', '#'],
  ['(?i)(A|a)*(a|A)*B', 'a', 'c'],
];

/** The largest single patterns. */
const large: typeof corpus = [
  ['^((1?){30}){30}$', '1', '#'],
  ['((1?2?){30}){30}#', '1', '3'],
  ['(?:(?:1|11){0,30}){30}2', '1', '3'],
];

const lengths = { short: 8, long: 64 } as const;
const textOf = (repeats: string, end: string, length: number): string =>
  repeats.repeat(length).slice(0, length - 1) + end;

/** Time per character (ms) over strings of one length. The least of several rounds ignores other load. */
function timeForCharacter(work: () => unknown, length: number): number {
  const strings = 1_024 / length;
  const begun = performance.now();
  for (let count = 0; count < strings; count += 1) work();
  return (performance.now() - begun) / 1_024;
}

/** Rounds that are always measured, and at most: on a busy machine few of them are undisturbed. */
const rounds = { least: 5, most: 600 } as const;
/** Growth that no linear work has in all rounds. */
const most = 6;

/** Time per character of a long string in relation to a short one. Backtracking makes it at least 8. */
function growth(work: (text: string) => unknown, repeats: string, end: string): number {
  const [short, long] = [textOf(repeats, end, lengths.short), textOf(repeats, end, lengths.long)];
  let [least, leastOfLong] = [Infinity, Infinity];
  for (let round = 0; round < rounds.least || (leastOfLong / least >= most && round < rounds.most); round += 1) {
    least = Math.min(
      least,
      timeForCharacter(() => work(short), lengths.short),
    );
    leastOfLong = Math.min(
      leastOfLong,
      timeForCharacter(() => work(long), lengths.long),
    );
  }
  return leastOfLong / least;
}

describe.each(corpus)('%s', (pattern, repeats, end) => {
  test('matches and captures in time that is linear in the dialed string', () => {
    expect(formOf(parse(pattern).syntax)).toBe('merged');
    const rule = { pattern: lazyPattern(pattern) };
    expect(growth((text) => compileMatcher([rule]).matching(text), repeats, end)).toBeLessThan(most);
    expect(growth((text) => rule.pattern.find(text), repeats, end)).toBeLessThan(most);
  });
});

test.each(large)(
  '%s, a single pattern, matches in time that is linear in the dialed string',
  (pattern, repeats, end) => {
    expect(formOf(parse(pattern).syntax)).toBe('single');
    const rule = { pattern: lazyPattern(pattern) };
    const matcher = compileMatcher([rule]);
    expect(growth((text) => matcher.matching(text), repeats, end)).toBeLessThan(most);
  },
);

test('all of them together take as long per character for a long string as for a short one', () => {
  const matcher = compileMatcher(corpus.map(([pattern]) => ({ pattern: lazyPattern(pattern) })));
  for (const [, repeats, end] of corpus)
    expect(growth((text) => matcher.matching(text), repeats, end)).toBeLessThan(most);
});

import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { compileMatcher, type Matcher, RankedMatches } from './matcher.ts';

type Rule = { readonly pattern: { readonly text: string; isFoundIn: (text: string) => boolean } };

/** A rule that counts how often it is searched singly. */
function ruleOf(text: string): Rule & { asked: number } {
  const expression = RE2JS.compile(text);
  const rule = {
    asked: 0,
    pattern: {
      text,
      isFoundIn: (dialed: string) => {
        rule.asked += 1;
        return expression.test(dialed);
      },
    },
  };
  return rule;
}

const matcherOf = (...patterns: string[]): Matcher<Rule> => compileMatcher(patterns.map(ruleOf));
const found = (matcher: Matcher<Rule>, text: string): string[] =>
  matcher.matching(text).map(({ pattern }) => pattern.text);

test('rules are returned in their order, each once', () => {
  const matcher = matcherOf('12', '^1', '2', '^2', '^1.*2', '1+');
  expect(found(matcher, '112')).toEqual(['12', '^1', '2', '^1.*2', '1+']);
  expect(found(matcher, '112')).toEqual(['12', '^1', '2', '^1.*2', '1+']);
});

test('thousands of matching rules are returned in their order', () => {
  const patterns = Array.from({ length: 3_000 }, (_item, index) =>
    index % 2 === 0 ? `^${index % 7}` : `${index % 7}$`,
  );
  expect(found(matcherOf(...patterns), '12345')).toEqual(patterns.filter((text) => text === '^1' || text === '5$'));
});

test('rules with the same pattern are all found', () => {
  expect(found(matcherOf('^1', '^1', '1'), '1')).toEqual(['^1', '^1', '1']);
});

test('nothing is found without rules', () => {
  expect(found(matcherOf(), '1')).toEqual([]);
});

test('an empty string is searched too', () => {
  expect(found(matcherOf('', '^$', '^1?$', '1'), '')).toEqual(['', '^$', '^1?$']);
});

test('merged rules are never searched singly', () => {
  const rules = ['^1', '^[2-9]\\d{2}[2-9]\\d{6}$', '(?i)sales|support', '\\b911\\b'].map(ruleOf);
  compileMatcher(rules).matching('2125550100');
  expect(rules.map(({ asked }) => asked)).toEqual([0, 0, 0, 0]);
});

test('a pattern that is too large for the common automaton is searched singly, the others are not', () => {
  const large = ruleOf('^(?:(?:a?b?c?d?){31}){31}1');
  const others = [ruleOf('^1'), ruleOf('1$')];
  const matcher = compileMatcher<Rule>([...others.slice(0, 1), large, ...others.slice(1)]);
  expect(found(matcher, 'abc1')).toEqual([large.pattern.text, '1$']);
  expect([large, ...others].map(({ asked }) => asked)).toEqual([1, 0, 0]);
});

test('a repetition longer than anything that can be dialed costs nothing', () => {
  const rules = ['^\\d{1000}$', '^1.{0,500}2$', '^1{3,900}$'].map(ruleOf);
  const matcher = compileMatcher<Rule>(rules);
  expect(found(matcher, '1'.repeat(64))).toEqual(['^1{3,900}$']);
  expect(found(matcher, '1122')).toEqual(['^1.{0,500}2$']);
  expect(rules.map(({ asked }) => asked)).toEqual([0, 0, 0]);
});

test.each(['1\n', 'é', '1 2', '1'.repeat(65), '😀'])('text that cannot be dialed is answered too: %j', (text) => {
  const patterns = ['^1', '1$', '^\\d+$', '.', '^.{65}$', '\\pL', '^(?s).$', ' '];
  expect(found(matcherOf(...patterns), text)).toEqual(patterns.filter((pattern) => RE2JS.compile(pattern).test(text)));
});

test('after a change only unknown rules are parsed', () => {
  const rules = ['^1', '2', '^3'].map((text) => {
    const rule = ruleOf(text);
    let readings = 0;
    return {
      pattern: {
        isFoundIn: rule.pattern.isFoundIn,
        get text() {
          readings += 1;
          return text;
        },
      },
      readings: () => readings,
    };
  });
  const before = compileMatcher(rules.slice(0, 2));
  compileMatcher(rules, before);
  expect(rules.map(({ readings }) => readings())).toEqual([1, 1, 1]);
});

test('a rule with word boundaries is found on transitions that earlier strings explored', () => {
  const rules = ['\\w', '\\W', '-', '1'].map(ruleOf);
  const before = compileMatcher<Rule>(rules);
  expect(found(before, '11-1')).toEqual(['\\w', '\\W', '-', '1']);
  const after = compileMatcher<Rule>([...rules, ruleOf('1\\B1'), ruleOf('-\\b1'), ruleOf('1\\b1')], before);
  expect(found(after, '11-1')).toEqual(['\\w', '\\W', '-', '1', '1\\B1', '-\\b1']);
});

test('a single rule that throws spoils no other answer', () => {
  const broken: Rule = {
    pattern: {
      text: '^((?:(?:1?2?3?4?){31}){31})x$',
      isFoundIn: () => {
        throw new Error('broken');
      },
    },
  };
  const matcher = compileMatcher<Rule>([ruleOf('^(?:(?:a?b?c?d?){31}){31}1'), broken, ruleOf('1')]);
  expect(() => matcher.matching('abc1')).toThrow('broken');
  broken.pattern.isFoundIn = () => false;
  expect(found(matcher, '2')).toEqual([]);
});

test('removed rules do not accumulate', () => {
  let matcher = matcherOf('^1');
  const { size } = matcher;
  for (let change = 0; change < 4_000; change += 1) matcher = compileMatcher([ruleOf('^1'), ruleOf('2$')], matcher);
  expect(found(matcher, '12')).toEqual(['^1', '2$']);
  expect(matcher.size).toBeLessThan(size + 3_000_000);
});

describe('patterns that take backtracking engines exponential time take linear time', () => {
  // From the list of OWASP, https://github.com/google/re2/wiki/WhyRE2 and Cox, "Regular Expression Matching Can Be
  // Simple And Fast".
  const evil = [
    '^(([0-9]+)+)+$',
    '^([0-9]|[0-9][0-9])+$',
    '^([0-9]|[0-9]?)+$',
    '(.*)*1$',
    '^(.*a){12}$',
    '(x+x+)+y',
    '^(1|11|111)*$',
    '(1?){30}1{30}$',
    '^(?:1*)*2',
    '(?:\\d+){10,}a',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ];
  const strings = [32, 64].map((length) => `${'1'.repeat(length - 1)}x`);

  test.each(evil)('%s', (text) => {
    const rule = ruleOf(text);
    const matcher = compileMatcher<Rule>([rule]);
    for (const string of strings)
      expect(matcher.matching(string)).toEqual(RE2JS.compile(text).test(string) ? [rule] : []);
    expect(rule.asked).toBe(0);
    const [half, whole] = strings.map((string) => timeOf(() => matcher.matching(string)));
    // Twice the characters take twice the time; the bound is generous, as other tests run in parallel.
    expect(whole).toBeLessThan(20 * (half ?? 0) + 1);
  });
});

/** Milliseconds of the fastest round. */
function timeOf(work: () => void): number {
  const rounds = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (let run = 0; run < 200; run += 1) work();
    return performance.now() - start;
  });
  return Math.min(...rounds);
}

const rules = Array.from({ length: 3_000 }, (_rule, at) => `rule ${at}`);

test('rules come out in order, each once, and are cleared', () => {
  const matches = new RankedMatches(rules, new Int32Array(0));
  for (const rank of [2_999, 31, 0, 32, 1_024, 31]) matches.mark(rank);
  expect(matches.take()).toEqual(['rule 0', 'rule 31', 'rule 32', 'rule 1024', 'rule 2999']);
  expect(matches.take()).toEqual([]);
});

test('a rule is added by its number, and ignored without a rank', () => {
  const matches = new RankedMatches(['a', 'b'], Int32Array.of(1, -1, 0));
  for (const number of [2, 1, 0, 7]) matches.add(number);
  expect(matches.take()).toEqual(['a', 'b']);
});

import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import type { Limits } from './automata.ts';
import { compileMatcher, type Matcher } from './matcher.ts';
import { anyPattern, dialed } from './patterns.fixture.ts';

/** Against RE2 itself (re2js), one pattern after the other. */

type Rule = { readonly pattern: { readonly text: string; isFoundIn(text: string): boolean } };

function ruleOf(text: string): Rule {
  const expression = RE2JS.compile(text);
  return { pattern: { text, isFoundIn: (dialedText) => expression.test(dialedText) } };
}

const textsOf = (rules: readonly Rule[]): string[] => rules.map(({ pattern }) => pattern.text);

function expectToFindAsRe2Does(matcher: Matcher<Rule>, rules: readonly Rule[], strings: readonly string[]): void {
  for (const text of strings) {
    const found = rules.filter(({ pattern }) => pattern.isFoundIn(text));
    expect({ text, found: textsOf(matcher.matching(text)) }).toEqual({ text, found: textsOf(found) });
  }
}

const rules = fc.array(anyPattern.map(ruleOf), { minLength: 1, maxLength: 10 });
const strings = fc.array(dialed, { minLength: 10, maxLength: 10 });

test('more than 20,000 pairs of a pattern, of every operator, and a string are found as RE2 finds them', () => {
  let pairs = 0;
  fc.assert(
    fc.property(rules, strings, (wanted, texts) => {
      expectToFindAsRe2Does(compileMatcher(wanted), wanted, texts);
      pairs += wanted.length * texts.length;
    }),
    { numRuns: 500 },
  );
  expect(pairs).toBeGreaterThan(20_000);
});

/** Room for hardly more than the state that is needed now; many patterns are too large, and a few are too many. */
const cramped: Limits = { capacity: -1_000_000, answers: 100_000, pattern: 40, edges: 120 };

test('answers stay the same where the automata outgrow what they may keep with nearly every character', () => {
  fc.assert(
    fc.property(rules, strings, fc.constantFrom(-1_000_000, 100_000), (wanted, texts, answers) => {
      const matcher = compileMatcher(wanted, undefined, { ...cramped, answers });
      for (let round = 0; round < 2; round += 1) expectToFindAsRe2Does(matcher, wanted, texts);
    }),
    { numRuns: 100 },
  );
});

test('a matcher after changes finds what one that is compiled anew finds, and the one before them what it found', () => {
  const kept = fc.func(fc.boolean());
  fc.assert(
    fc.property(fc.tuple(rules, rules, rules), kept, strings, ([first, second, third], isKept, texts) => {
      const before = compileMatcher(first);
      expectToFindAsRe2Does(before, first, texts);
      const changed = [...second, ...first.filter((rule) => isKept(rule))];
      const between = compileMatcher(changed, before);
      expectToFindAsRe2Does(between, changed, texts);
      const changedAgain = [...changed.filter((rule) => isKept(rule)), ...third].reverse();
      const after = compileMatcher(changedAgain, between);
      expectToFindAsRe2Does(after, changedAgain, texts);
      expectToFindAsRe2Does(before, first, texts);
    }),
    { numRuns: 100 },
  );
});

import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect } from 'vitest';
import { formOf, type Limits } from './automata.ts';
import { CaptureSearch } from './captures.ts';
import { compileMatcher, type Matcher } from './matcher.ts';
import { parse } from './parse.ts';
import { anyPattern, dialed } from './patterns.fixture.ts';

/** Comparisons with re2js, pattern by pattern. `runs` is the number of attempts. */

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

/** Patterns match the strings that they match in RE2. @returns the number of compared pairs */
export function findsAsRe2Does(runs: number): number {
  let pairs = 0;
  fc.assert(
    fc.property(rules, strings, (wanted, texts) => {
      expectToFindAsRe2Does(compileMatcher(wanted), wanted, texts);
      pairs += wanted.length * texts.length;
    }),
    { numRuns: runs },
  );
  return pairs;
}

/** Capacity for little more than the present state, and limits that many patterns exceed. */
const cramped: Limits = { capacity: -1_000_000, answers: 100_000, pattern: 40, edges: 120 };

/** Answers stay the same if the automata exceed their capacity with nearly every character. */
export function findsInLittleRoom(runs: number): void {
  fc.assert(
    fc.property(rules, strings, fc.constantFrom(-1_000_000, 100_000), (wanted, texts, answers) => {
      const matcher = compileMatcher(wanted, undefined, { ...cramped, answers });
      for (let round = 0; round < 2; round += 1) expectToFindAsRe2Does(matcher, wanted, texts);
    }),
    { numRuns: runs },
  );
}

/** A changed matcher finds its own rules, and earlier matchers find theirs. */
export function findsAfterChanges(runs: number): void {
  const all = fc.array(anyPattern.map(ruleOf), { minLength: 3, maxLength: 20 });
  const changes = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 8 });
  fc.assert(
    fc.property(all, changes, strings, fc.constantFrom(65_536, 500, -1_000_000), (known, steps, texts, capacity) => {
      const bounds: Limits = { capacity, answers: capacity, pattern: 200, edges: 5_000 };
      let wanted: readonly Rule[] = known.slice(0, known.length >> 1);
      const versions = [{ wanted, matcher: compileMatcher(wanted, undefined, bounds) }];
      for (const step of steps) {
        wanted = step.reduce(
          (before, draw) => toggleRule(before, known[draw % known.length] ?? ruleOf('1'), draw),
          wanted,
        );
        versions.unshift({ wanted, matcher: compileMatcher(wanted, versions[0]?.matcher, bounds) });
        for (const version of [versions[0], versions[(step[0] ?? 0) % versions.length]]) {
          if (version !== undefined) expectToFindAsRe2Does(version.matcher, version.wanted, texts);
        }
      }
    }),
    { numRuns: runs },
  );
}

/** Removes a rule, or adds it at a position. */
const toggleRule = (before: readonly Rule[], rule: Rule, place: number): readonly Rule[] =>
  before.includes(rule) ? before.filter((one) => one !== rule) : before.toSpliced(place % (before.length + 1), 0, rule);

/** Groups capture as in RE2. */
export function capturesAsRe2Does(runs: number): void {
  fc.assert(
    fc.property(anyPattern, strings, (text, texts) => {
      const { syntax, groupCount } = parse(text);
      fc.pre(formOf(syntax) === 'merged');
      const search = new CaptureSearch(syntax, groupCount);
      const expression = RE2JS.compile(text);
      for (const string of texts)
        expect({ string, captures: search.find(string) }).toEqual({ string, captures: capturesOf(expression, string) });
    }),
    { numRuns: runs },
  );
}

function capturesOf(expression: RE2JS, text: string): string[] | null {
  const matcher = expression.matcher(text);
  return matcher.find()
    ? Array.from({ length: matcher.groupCount() + 1 }, (_capture, group) => matcher.group(group) ?? '')
    : null;
}

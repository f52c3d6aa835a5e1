import { RE2JS } from 're2js';
import { compileMatcher } from '#functions/dialplan/plan/matcher/matcher.ts';
import { lazyPattern } from '#functions/dialplan/plan/lazy-pattern.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { dialedStrings, realisticPatterns } from './dial-plans.ts';
import { warm } from './timing.ts';

/**
 * All matching rules of N, in the one pass of the evaluator, and pattern by pattern with the engines that a Node
 * process has.
 */
const measure: Benchmark = async () => [10, 100, 1_000, 10_000].flatMap(figuresAt);

function figuresAt(count: number): readonly Figure[] {
  const patterns = realisticPatterns(count);
  const strings = dialedStrings(patterns, 5_000, 1);
  const matcher = compileMatcher(patterns.map((text) => ({ pattern: lazyPattern(text) })));
  const merged = warm(strings, 10, (text) => matcher.matching(text));

  // As many tests as take about a second.
  const some = strings.slice(0, Math.max(64, Math.floor(Math.min(5_000, 2_000_000 / count))));
  const v8 = patterns.map((text) => new RegExp(text));
  const byV8 = warm(some, 1, (text) => v8.filter((expression) => expression.test(text)));
  const re2 = patterns.map((text) => RE2JS.compile(text));
  const byRe2 = warm(some, 1, (text) => re2.filter((expression) => expression.test(text)));

  const rules = `${count.toLocaleString('en')} rules`;
  const figure = (what: string, measured: number): Figure => ({ what: `${rules}: ${what}`, measured, unit: 'µs' });
  const better = Math.min(byV8.p50, byRe2.p50) / merged.p50;
  return [
    figure('matching, p50', merged.p50),
    figure('matching, p99', merged.p99),
    figure('V8 RegExp one after the other, p50', byV8.p50),
    figure('re2js one after the other, p50', byRe2.p50),
    {
      what: `${rules}: faster than the better of them`,
      measured: better,
      unit: '×',
      ...(count === 10_000 ? { must: { atLeast: 2_000 } } : {}),
    },
  ];
}

export default measure;

import { expect, test } from 'vitest';
import { RankedMatches } from './ranked-matches.ts';

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

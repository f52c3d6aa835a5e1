import { expect, test } from 'vitest';
import { alone, Automata, formOf, limits } from './automata.ts';
import { Integers } from './integers.ts';
import { parse } from './parse.ts';

const ruleOf = (text: string) => ({ pattern: { text } });

function matchingOf(automata: Automata<ReturnType<typeof ruleOf>>, text: string): number[] | null {
  const matches = new Integers();
  if (!automata.collect(text, matches)) return null;
  const found = new Set<number>();
  automata.each(matches, found);
  return [...found].sort((one, other) => one - other);
}

test('anchored and unanchored rules match by their numbers', () => {
  const automata = new Automata<ReturnType<typeof ruleOf>>(limits);
  expect(automata.numbersOf(['^12', '2', '^3', '2$'].map(ruleOf))).toEqual([0, 1, 2, 3]);
  expect(matchingOf(automata, '12')).toEqual([0, 1, 3]);
});

test('a known rule keeps its number, by identity', () => {
  const automata = new Automata<ReturnType<typeof ruleOf>>(limits);
  const [one, other] = [ruleOf('1'), ruleOf('1')];
  expect([automata.numbersOf([one]), automata.numbersOf([other, one])]).toEqual([[0], [1, 0]]);
  expect([automata.count, automata.known]).toEqual([2, 2]);
});

test('a rule that is too large, or beyond the edges, stays alone', () => {
  const automata = new Automata<ReturnType<typeof ruleOf>>({ ...limits, pattern: 5, edges: 8 });
  expect(automata.numbersOf(['1234567', '12', '345', '678', '9'].map(ruleOf))).toEqual([alone, 0, 1, alone, alone]);
  expect([automata.count, automata.known]).toEqual([2, 5]);
});

test('text that cannot be dialed is not collected', () => {
  const automata = new Automata<ReturnType<typeof ruleOf>>(limits);
  automata.numbersOf([ruleOf('1')]);
  expect([' ', 'é', '1'.repeat(65)].map((text) => matchingOf(automata, text))).toEqual([null, null, null]);
  expect(matchingOf(automata, '1'.repeat(64))).toEqual([0]);
});

test('a pattern is merged up to the size of the limit', () => {
  expect(formOf(parse('1'.repeat(20)).syntax, { pattern: 21 })).toBe('merged');
  expect(formOf(parse('1'.repeat(21)).syntax, { pattern: 21 })).toBe('single');
});

import { expect, test } from 'vitest';
import { condition, Nfa, root, wordOf } from './nfa.ts';
import { parse } from './parse.ts';
import { assertions } from './syntax.ts';

const add = (nfa: Nfa, ...patterns: readonly string[]): void =>
  patterns.forEach((text, rule) => nfa.add(parse(text).syntax, rule));

test('equal prefixes share their places', () => {
  const [one, both] = [new Nfa(), new Nfa()];
  add(one, '1234');
  add(both, '1234', '1235');
  // The common prefix 123, then one more place, one more edge to it, and one more match.
  expect([both.places - one.places, both.edges - one.edges]).toEqual([1, 2]);
});

test('an equal pattern adds a match only', () => {
  const nfa = new Nfa();
  add(nfa, '12');
  const { places, edges } = nfa;
  nfa.add(parse('12').syntax, 1);
  expect([nfa.places, nfa.edges]).toEqual([places, edges + 1]);
});

test('a pattern that is longer than any dialed string adds nothing', () => {
  const nfa = new Nfa();
  const { places, edges } = nfa;
  nfa.add(parse('1{65}').syntax, 0);
  expect([nfa.places, nfa.edges]).toEqual([places, edges]);
});

test('new sets are taken once', () => {
  const nfa = new Nfa();
  add(nfa, '[0-4]', '[0-4]a');
  expect(nfa.takeSets()).toHaveLength(2);
  expect(nfa.takeSets()).toEqual([]);
});

test('the changed places are those that existed and have new edges', () => {
  const nfa = new Nfa();
  add(nfa, '12');
  nfa.takeChanged();
  nfa.add(parse('13').syntax, 1);
  const changed = nfa.takeChanged();
  expect(changed?.size).toBe(1);
  expect(changed?.has(root)).toBe(false);
  expect(nfa.takeChanged()).toEqual(new Set());
});

test('assertions of all patterns are collected', () => {
  const nfa = new Nfa();
  add(nfa, '^1', '\\b2');
  expect(nfa.assertions).toBe(assertions.begin | assertions.boundary);
});

test('a condition label gives its assertions back, and is below every set', () => {
  const label = condition.of(assertions.begin | assertions.end);
  expect(label).toBeLessThan(condition.match);
  expect(condition.assertions(label)).toBe(assertions.begin | assertions.end);
});

test('the end of the text has a word of its own', () => {
  expect([wordOf(0x23), wordOf(0x41), wordOf(0x61), wordOf(null)]).toEqual([0, 1, 2, 3]);
});

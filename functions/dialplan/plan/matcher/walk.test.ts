import { expect, test } from 'vitest';
import { contains, wordCharacters } from './character-set.ts';
import { Nfa, root } from './nfa.ts';
import { parse } from './parse.ts';
import { before, Walk } from './walk.ts';

/** The rules that match a text from its start, by steps of the nondeterministic automaton alone. */
function matchesOf(patterns: readonly string[], text: string): number[] {
  const nfa = new Nfa();
  patterns.forEach((pattern, rule) => nfa.add(parse(pattern).syntax, rule));
  const walk = new Walk(nfa);
  const found = new Set<number>();
  let [places, known]: [number[], number] = [[root], before.nothing];
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : null;
    const isWord = code !== null && contains(wordCharacters, code);
    walk.begin(isWord ? before.word : 0);
    for (const place of places) walk.from(place);
    walk.step(known, { code, isWord });
    for (let index = 0; index < walk.matches.length; index += 1) found.add(walk.matches.at(index));
    known = walk.next.at(0);
    places = Array.from({ length: walk.next.length - 1 }, (_place, index) => walk.next.at(index + 1));
  }
  return [...found].sort((one, other) => one - other);
}

test('a step follows the edges of its character', () => {
  expect(matchesOf(['^12', '^1[3-5]', '^1.$', '^2'], '14')).toEqual([1, 2]);
});

test('assertions hold at the start, the end and word boundaries only', () => {
  expect(matchesOf(['^1$', '^1\\b', '^1\\B'], '1')).toEqual([0, 1]);
  expect(matchesOf(['^1$', '^1\\b', '^1\\B'], '12')).toEqual([2]);
  expect(matchesOf(['^1$', '^1\\b', '^1\\B'], '1#')).toEqual([1]);
});

test('repetitions lead back without a character', () => {
  expect(matchesOf(['^(12)+$', '^(12)*3', '^1?2?1?2?$'], '1212')).toEqual([0, 2]);
});

test('a place is reached once per step', () => {
  const nfa = new Nfa();
  nfa.add(parse('(1|1|[01])2').syntax, 0);
  const walk = new Walk(nfa);
  walk.begin(0);
  walk.from(root);
  walk.from(root);
  walk.reach(root);
  walk.reach(root);
  expect(walk.next.length).toBe(2);
});

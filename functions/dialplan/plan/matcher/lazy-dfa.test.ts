import { expect, test } from 'vitest';
import { ByteClasses } from './byte-classes.ts';
import { Integers } from './integers.ts';
import { LazyDfa } from './lazy-dfa.ts';
import { parse } from './parse.ts';

/** An automaton of rules, with `matching` as the callers of the matcher use it. */
function automaton(isAnchored: boolean, patterns: readonly string[], capacity = 65_536) {
  const classes = new ByteClasses();
  const dfa = new LazyDfa(isAnchored, classes, capacity);
  const add = (added: readonly string[], first: number): void => {
    added.forEach((text, at) => dfa.add(parse(text).syntax, first + at));
    dfa.distinguish();
    dfa.settle();
  };
  add(patterns, 0);
  const matching = (text: string): number[] => {
    const string = Uint8Array.from(text, (character) => classes.classOf[character.charCodeAt(0)] ?? 0);
    const matches = new Integers();
    dfa.makeRoom();
    dfa.collect(string, string.length, matches);
    const found = new Set<number>();
    for (let index = 0; index < matches.length; index += 1) dfa.eachOf(matches.at(index), found);
    return [...found].sort((one, other) => one - other);
  };
  return { dfa, add, matching };
}

test('an anchored automaton matches at the start only, an unanchored one anywhere', () => {
  expect(automaton(true, ['^12', '^2']).matching('123')).toEqual([0]);
  expect(automaton(false, ['12', '23', '3$', '4']).matching('123')).toEqual([0, 1, 2]);
});

test('a string takes the same transitions again', () => {
  const { matching } = automaton(false, ['1+2', '\\b2']);
  expect([matching('112'), matching('112'), matching('1#2')]).toEqual([[0], [0], [1]]);
});

test('a rule that is added later matches on explored transitions', () => {
  const { add, matching } = automaton(true, ['^123']);
  expect(matching('1234')).toEqual([0]);
  add(['^1234', '^12\\b', '^9'], 1);
  expect([matching('1234'), matching('12'), matching('9')]).toEqual([[0, 1], [2], [3]]);
});

test('beyond its capacity it starts over, and the results stay the same', () => {
  const patterns = ['1[0-4]*2', '[3-9]+0', '(12|21)+$'];
  const [roomy, cramped] = [automaton(false, patterns), automaton(false, patterns, -1_000_000)];
  for (const text of ['1012', '3330', '121221', '99912', '0'])
    expect(cramped.matching(text)).toEqual(roomy.matching(text));
});

test('a round ends when the sequences of rules exceed the capacity', () => {
  const { dfa, matching } = automaton(false, ['1', '2'], -1_000_000);
  const { round } = dfa;
  matching('12');
  matching('21');
  expect(dfa.round).toBeGreaterThan(round);
});

import { describe, expect, test } from 'vitest';
import { learnedPace, takeWithin } from './work-budget.ts';

const message = (group: string, items = 10) => ({ group, items });
const names = (messages: readonly { readonly group: string }[]) => messages.map(({ group }) => group).join('');

describe('a run', () => {
  test('takes what fits into its budget, and leaves the rest in its order', () => {
    const messages = [message('a', 40), message('a', 40), message('a', 30), message('a', 1)];
    const { taken, rest } = takeWithin(messages, { ofRun: 100, ofGroup: 100 });
    expect([taken.length, rest]).toEqual([2, messages.slice(2)]);
  });

  test('takes from each group in turn', () => {
    const messages = [message('a'), message('a'), message('a'), message('b'), message('c')];
    expect(names(takeWithin(messages, { ofRun: 40, ofGroup: 40 }).taken)).toBe('abca');
  });

  test('gives no group more than its part, and what it leaves to others', () => {
    const messages = [message('a'), message('a'), message('a'), message('b'), message('b')];
    expect(names(takeWithin(messages, { ofRun: 100, ofGroup: 20 }).taken)).toBe('abab');
  });

  test('takes one message even if no time is left', () => {
    expect(names(takeWithin([message('a'), message('b')], { ofRun: 0, ofGroup: 0 }).taken)).toBe('a');
    expect(takeWithin([], { ofRun: 0, ofGroup: 0 })).toEqual({ taken: [], rest: [] });
  });
});

describe('the pace', () => {
  test('approaches what was seen', () => {
    const pace = learnedPace();
    expect(pace.itemsIn(1_000)).toBe(200);
    for (let run = 0; run < 12; run += 1) pace.learn(1_000, 2_000);
    expect(Math.round(pace.itemsIn(2_000))).toBe(1_000);
    for (let run = 0; run < 12; run += 1) pace.learn(100, 2_000);
    expect(Math.round(pace.itemsIn(2_000))).toBe(100);
  });

  test('is not lowered by runs of few items, and never to nothing', () => {
    const pace = learnedPace();
    pace.learn(1, 500);
    expect(pace.itemsIn(1_000)).toBe(200);
    for (let run = 0; run < 20; run += 1) pace.learn(100, 1_000_000);
    expect(pace.itemsIn(1_000)).toBe(20);
    expect(pace.itemsIn(-1)).toBe(0);
  });
});

import { expect, test } from 'vitest';
import { nextEvents, wordsOfWalkStep } from './walk-words.ts';

test('a step of a walk says what was heard, typed and decided', () => {
  const menu = { type: 'menu', played: [{ kind: 'speech', text: 'Sales: 1' }], digits: '1', exit: 'choices.1' };
  expect(wordsOfWalkStep(menu)).toEqual({ title: 'Ask for a key', text: '“Sales: 1” · typed: 1 · key 1' });
  const dial = { type: 'dial', played: [], digits: '', exit: 'no_answer' };
  expect(wordsOfWalkStep(dial)).toEqual({ title: 'Ring people', text: 'no answer' });
  const play = { type: 'play', played: [{ kind: 'file', file: 'file_1' }], digits: '', exit: 'next' };
  expect(wordsOfWalkStep(play).text).toBe('A sound');
});

test('what may happen next is what the call waits for, or the end of the call; nothing after it', () => {
  expect(nextEvents('dial').map(({ event }) => event)).toContainEqual({ dial: 'busy' });
  for (const waitsFor of ['digits', 'dial', 'recorded', 'webhook', 'park'])
    expect(nextEvents(waitsFor).at(-1)?.event).toEqual({ hang_up: true });
  expect(nextEvents(null)).toEqual([]);
});

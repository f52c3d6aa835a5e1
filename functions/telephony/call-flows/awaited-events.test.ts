import { expect, test } from 'vitest';
import { isAwaited, isForFlow, isInput, type SettlingEvent } from './awaited-events.ts';

const id = 1;
const at = 0;

test('a digit is for the flow unless another party is called, talks, or takes a message', () => {
  const phases = [
    'playing',
    'listening',
    'pausing',
    'recording',
    'dialing',
    'talking',
    'depositing',
    'parked',
  ] as const;
  expect(phases.filter((phase) => isForFlow('1', phase))).toEqual(['playing', 'listening', 'pausing', 'recording']);
  expect(isForFlow('x', 'listening')).toBe(false);
});

test('an event ends only what it is the end of', () => {
  expect(isAwaited({ type: 'played', id, at }, 'playing')).toBe(true);
  expect(isAwaited({ type: 'played', id, at }, 'listening')).toBe(false);
  expect(isAwaited({ type: 'timer', id, at }, 'playing')).toBe(false);
});

test.each<[SettlingEvent, boolean]>([
  [{ type: 'dialed', id, at, outcome: 'busy' }, true],
  [{ type: 'dialed', id, at, outcome: 'unreachable' }, false],
  [{ type: 'recorded', id, at, file: 'file_1' }, true],
  [{ type: 'recorded', id, at, file: null }, false],
  [{ type: 'requested', id, at, answer: {} }, true],
  [{ type: 'requested', id, at, answer: undefined }, false],
  [{ type: 'deposited', id, at }, true],
  [{ type: 'sent', id, at, ok: true }, false],
])('%j is input: %s', (event, expected) => {
  expect(isInput(event)).toBe(expected);
});

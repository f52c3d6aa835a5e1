import { expect, test } from 'vitest';
import { isAlive, type LegState, legStates } from './leg-states.ts';

const transitions = Object.entries(legStates).flatMap(([state, events]) =>
  Object.entries(events).map(([event, transition]) => ({ state, event, ...transition })),
);

test('every state but the last can be left, and every state but the first is reached', () => {
  const states = Object.keys(legStates);
  expect(states.filter((state) => !transitions.some(({ state: from }) => from === state))).toEqual(['over']);
  expect(states.filter((state) => !transitions.some(({ to }) => to === state))).toEqual(['early']);
});

test('the end is reported exactly when a session ends, but for forks and dialogs that are handed over', () => {
  const wrong = transitions.filter(({ state, to, event, actions }) => {
    const ends = isAlive(state as LegState) && !isAlive(to) && event !== 'drop' && event !== 'hand over';
    return actions.includes('report') !== ends;
  });
  expect(wrong).toEqual([]);
});

test('a dialog leaves the table exactly when it is over', () => {
  expect(transitions.filter(({ to, actions }) => actions.includes('leave') !== (to === 'over'))).toEqual([]);
});

test('a BYE is sent exactly when the dialog begins to leave', () => {
  expect(transitions.filter(({ to, actions }) => actions.includes('send BYE') !== (to === 'leaving'))).toEqual([]);
});

import { expect, test } from 'vitest';
import { peopleOf } from './names.ts';
import { barsOf, legsOfRecords, legsOfState, legText } from './legs.ts';

const people = peopleOf([{ id: 'usr_1', name: 'Ann', extension: '201', numbers: [], isUser: true }]);
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 27, 10, 0, seconds)).toISOString();
const state = {
  legs: [
    { user_id: 'usr_1', target: 'u7', kind: 'line', timestamps: { created: at(0), answered: at(10), hangup: at(40) } },
    { user_id: null, number: '+4930', kind: 'gateway', timestamps: { trying: at(10), hangup: at(20) } },
    { kind: 'application', target: 'menu', timestamps: { created: at(20) } },
    { kind: 'sip', target: 'never', timestamps: {} },
  ],
};

test('legs have the names of their people, and one that never began is left out', () => {
  expect(legsOfState(state, people).map(({ name }) => name)).toEqual(['Ann (201)', '+4930', 'Announcement or menu']);
  expect(legsOfState(undefined, people)).toEqual([]);
  const record = { callee: '201', start_time: at(0), answer_time: null, end_time: at(5) };
  expect(legsOfRecords([record], people)).toMatchObject([{ name: 'Ann (201)', answered: null }]);
});

test('bars share one scale, and what goes on reaches until now', () => {
  expect(barsOf(legsOfState(state, people), Date.parse(at(40)))).toEqual([
    { name: 'Ann (201)', before: 0, ringing: 25, talking: 75 },
    { name: '+4930', before: 25, ringing: 25, talking: 0 },
    { name: 'Announcement or menu', before: 50, ringing: 50, talking: 0 },
  ]);
});

test('a leg is told in words', () => {
  const texts = legsOfState(state, people).map((leg) => legText(leg, Date.parse(at(80))));
  expect(texts).toEqual(['rang for 10 s, talked for 30 s', 'rang for 10 s', 'rang for 1:00']);
});

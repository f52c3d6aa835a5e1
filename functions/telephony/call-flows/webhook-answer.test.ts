import { expect, test } from 'vitest';
import { flowOf } from './flow-walk.fixture.ts';
import { readWebhookAnswer } from './webhook-answer.ts';

const { steps: known } = flowOf({ bye: { type: 'hangup' } });
const hangup = { type: 'hangup' };

test('an answer sets variables of its own names, as texts', () => {
  const variables = { name: 'Ada', count: 3, vip: true, list: [1], 'header.x_id': 'no', Caller: 'no', empty: null };
  expect(readWebhookAnswer({ variables }, known)).toEqual({
    variables: [
      ['name', 'Ada'],
      ['count', '3'],
      ['vip', 'true'],
    ],
    walk: null,
  });
});

test('an answer with steps may go to those of the flow', () => {
  const steps = { pause: { type: 'pause', seconds: 1, next: 'bye' } };
  expect(readWebhookAnswer({ start: 'pause', steps }, known)?.walk).toMatchObject({ start: 'pause', steps });
});

test.each([
  ['not an object', 'text'],
  ['a first step without steps', { start: 'bye' }],
  ['no first step', { steps: { bye: hangup } }],
  ['a first step of the flow', { start: 'bye', steps: { other: hangup } }],
  ['an unknown exit', { start: 'a', steps: { a: { type: 'pause', seconds: 1, next: 'nowhere' } } }],
  ['an inherited name as an exit', { start: 'a', steps: { a: { type: 'pause', seconds: 1, next: 'constructor' } } }],
  [
    'too many steps',
    { start: 's0', steps: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`s${at}`, hangup])) },
  ],
  [
    'a pattern, which would be compiled beside calls',
    { start: 'a', steps: { a: { type: 'branch', when: [{ variable: 'x', matches: '1', to: 'bye' }] } } },
  ],
])('an answer with %s cannot be used', (_what, answer) => {
  expect(readWebhookAnswer(answer, known)).toBeNull();
});

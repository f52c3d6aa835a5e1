import { expect, test } from 'vitest';
import type { Flow } from './flow-draft.ts';
import { lineOf, problemsOfDraft } from './flow-problems.ts';

const flow: Flow = {
  name: 'Reception',
  start: 'menu',
  steps: {
    menu: { type: 'menu', choices: {} },
    message: { type: 'voicemail' },
    bye: { type: 'hangup' },
  },
};
const schemas = {
  variants: new Map([
    ['menu', { required: ['choices', 'type'] }],
    ['voicemail', { required: ['mailbox', 'type'] }],
  ]),
  fieldsOf: (type: string) => (type === 'menu' ? ['timeout'] : ['next']),
};
const linesOf = (draft: Flow, rejected: Parameters<typeof problemsOfDraft>[2] = []): readonly string[] =>
  problemsOfDraft(draft, schemas, rejected).map((problem) => lineOf(draft, problem));

test('a draft says what its steps lack, and which no call reaches', () => {
  expect(linesOf(flow)).toEqual([
    'Ask for a key (menu): Keys is missing.',
    'Take a message (message): Mailbox is missing.',
    'Take a message (message): No call gets here.',
    'Hang up (bye): No call gets here.',
  ]);
  const whole = {
    ...flow,
    steps: {
      ...flow.steps,
      menu: { type: 'menu', choices: { 1: 'message' } },
      message: { type: 'voicemail', mailbox: '1', next: 'bye' },
    },
  };
  expect(linesOf(whole)).toEqual([]);
});

test('what the API rejects is said at its step, in place of what is missing', () => {
  const rejected = [
    { path: ['steps', 'menu', 'choices'], message: 'must have a choice' },
    { path: ['name'], message: 'is taken' },
  ];
  expect(linesOf({ ...flow, steps: { menu: { type: 'menu' } } }, rejected)).toEqual([
    'Ask for a key (menu): Keys: must have a choice',
    'name is taken',
  ]);
});

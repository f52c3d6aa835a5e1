import { expect, test } from 'vitest';
import { changesBetween, hasChanges } from './flow-changes.ts';
import type { Flow } from './flow-draft.ts';

const before: Flow = {
  name: 'Reception',
  start: 'welcome',
  steps: {
    welcome: { type: 'play', prompt: { say: 'Hello' }, next: 'menu' },
    menu: { type: 'menu', choices: { 1: 'bye' }, tries: 3 },
    bye: { type: 'hangup' },
  },
};
const names = ['name', 'start', 'extension'];

test('steps are added, removed and changed, each with its fields', () => {
  const after: Flow = {
    ...before,
    name: 'Front desk',
    steps: {
      welcome: { type: 'play', prompt: { say: 'Good morning' } },
      menu: { tries: 3, type: 'menu', choices: { 1: 'bye' } },
      message: { type: 'voicemail', mailbox: '204' },
    },
  };
  const { steps, fields } = changesBetween(before, after, names);
  expect(fields).toEqual(['name']);
  expect(steps.map(({ name, kind, fields: changed }) => [name, kind, changed])).toEqual([
    ['welcome', 'changed', ['prompt', 'next']],
    ['bye', 'removed', []],
    ['message', 'added', []],
  ]);
});

test('a flow with its names in another order is the same', () => {
  const same: Flow = { ...before, steps: Object.fromEntries(Object.entries(before.steps).toReversed()) };
  expect(hasChanges(changesBetween(before, same, names))).toBe(false);
  expect(hasChanges(changesBetween(before, { ...before, extension: '400' }, names))).toBe(true);
});

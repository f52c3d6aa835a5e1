import { expect, test } from 'vitest';
import { FlowSteps } from '../schema/call-flow.ts';
import { silentLoops } from './call-flow.ts';

const loopsOf = (steps: object): string[][] => silentLoops(FlowSteps.parse(steps));
const menu = { type: 'menu', choices: { '1': 'end' } };
const end = { type: 'hangup' };
const url = 'https://example.com';

test.each<[string, object]>([
  ['a menu without a digit', { ...menu, timeout: 'a' }],
  ['an input without digits', { type: 'collect', max: 4, into: 'x', timeout: 'a' }],
  ['a prompt', { type: 'play', prompt: { say: 'x' }, next: 'a' }],
  ['a pause', { type: 'pause', seconds: 1, next: 'a' }],
  ['a decision', { type: 'branch', when: [{ variable: 'x', equals: '1', to: 'end' }], else: 'a' }],
  ['a schedule', { type: 'time', schedule: 'sch_1', open: 'end', closed: 'a' }],
  ['a webhook without an answer', { type: 'webhook', url, next: 'end', failed: 'a' }],
  ['a message', { type: 'sms', to: '+15550100', text: 'x', next: 'end', failed: 'a' }],
  ['numbers that are denied', { type: 'dial', to: ['203'], denied: 'a' }],
  ['no free slot', { type: 'park', full: 'a' }],
])('%s leads a silent caller to the same step', (_what, a) => {
  expect(loopsOf({ a, end })).toEqual([['a']]);
});

test.each<[string, object]>([
  ['a digit', { ...menu, choices: { '1': 'a' }, invalid: 'a', timeout: 'end' }],
  ['digits', { type: 'collect', max: 4, into: 'x', next: 'a', invalid: 'a', timeout: 'end' }],
  ['phones that rang', { type: 'dial', to: ['203'], no_answer: 'a', busy: 'a', after: 'a' }],
  ['the end of its time in a slot', { type: 'park', timeout: 'a', after: 'a' }],
  ['what a caller said', { type: 'record', into: 'x', next: 'a' }],
  ['a message that was left', { type: 'voicemail', mailbox: '203', next: 'a' }],
  ['an answer of a server', { type: 'webhook', url, next: 'a', failed: 'end' }],
  ['another flow', { type: 'goto', flow: 'flow_2', step: 'a' }],
])('%s is no silence', (_what, a) => {
  expect(loopsOf({ a, end })).toEqual([]);
});

test('each loop is named once, with its steps in the order of the flow, and without those beside it', () => {
  const to = (step: string) => ({ type: 'goto', step });
  const steps = { before: to('b'), a: to('c'), b: to('a'), c: to('b'), d: { ...menu, timeout: 'e' }, e: to('d'), end };
  expect(loopsOf(steps)).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
});

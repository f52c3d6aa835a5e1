import { expect, test } from 'vitest';
import { callLimits, FlowCall, initialState } from './flow-call.ts';
import { flowOf } from './flow-walk.fixture.ts';

const flow = flowOf({ first: { type: 'hangup' } }, { language: 'de' });
const begun = () => new FlowCall(initialState(flow, { caller: '+4930123' }), 0);

test('a call begins with its variables, and the language of the flow', () => {
  expect(initialState(flow, { caller: '+4930123' }).variables).toEqual({ language: 'de', caller: '+4930123' });
});

test('a call is answered once', () => {
  const call = begun();
  call.answer();
  call.answer();
  expect(call.commands).toEqual([{ type: 'answer' }]);
});

test('a change of the call leaves the state before it as it was', () => {
  const before = initialState(flow, {});
  const stored = structuredClone(before);
  const call = new FlowCall(before, 0);
  call.enter('first');
  call.set([['x', '1']]);
  call.type('1');
  call.play([]);
  expect(before).toEqual(stored);
});

test('entries are counted by step, those of an answer apart', () => {
  const call = begun();
  expect([call.enter('first'), call.enter('first'), call.enter('constructor')]).toEqual([1, 2, 1]);
  call.state.answered_steps = { steps: flow.steps, next: null };
  expect(call.enter('first')).toBe(1);
  call.forgetEntries('answered');
  expect(call.state.entered).toEqual({ first: 2, constructor: 1 });
  call.forgetEntries('all');
  expect(call.state.entered).toEqual({});
});

test('a step of the flow ends those of an answer', () => {
  const call = begun();
  call.state.answered_steps = { steps: { other: { type: 'hangup', reason: 'busy' } }, next: null };
  expect(call.stepOf(flow, 'other')).toMatchObject({ reason: 'busy' });
  call.enter('first');
  expect([call.state.answered_steps, call.stepOf(flow, 'other')]).toEqual([null, undefined]);
});

test('what is played before the answer counts, and no clock that goes back adds to it', () => {
  const call = new FlowCall({ ...initialState(flow, {}), early: { left: 5_000, since: 10_000 } }, 12_000);
  call.played();
  expect(call.state.early).toEqual({ left: 3_000, since: null });
  const back = new FlowCall({ ...initialState(flow, {}), early: { left: 5_000, since: 10_000 } }, 0);
  back.played();
  expect(back.state.early.left).toBe(5_000);
});

test('digits are kept up to a limit, and taken in order', () => {
  const call = begun();
  for (const digit of `12${'3'.repeat(100)}`) call.type(digit);
  expect(call.state.typed).toHaveLength(callLimits.typed);
  expect([call.takeDigit(), call.takeDigit(), call.takeDigit()]).toEqual(['1', '2', '3']);
});

test('the end stops all timers', () => {
  const call = begun();
  call.startAlone();
  call.startTimer(5_000);
  call.end();
  expect(call.commands.filter(({ type }) => type === 'stop_timer')).toHaveLength(2);
  expect([call.state.alone, call.state.timer, call.state.phase]).toEqual([null, null, 'ended']);
});

import { expect, test } from 'vitest';
import { newCall, nextCall } from './call.ts';
import type { CallEvent, CallState } from './call-state.ts';
import { passageOf } from './passages.ts';

type Event = CallEvent<string>;
const limit = { seconds: null, isReserved: false };

const after = (state: CallState<string>, ...events: readonly Event[]): CallState<string> =>
  events.reduce((each, event) => nextCall(each, event).state, state);

const ringing = (targets: readonly string[], offer: string | undefined = 'offer'): CallState<string> =>
  after(newCall<string>(true, offer), { type: 'routed', attempts: [targets], limit });
const answer = (leg: string) => ({ type: 'answer', leg, sdp: 'described', at: 0 }) as const;
const progress = (leg: string) => ({ type: 'progress', leg, status: 183, sdp: 'described' }) as const;

test('the answer of the callee, and its early media, pass to the caller as answers', () => {
  const passage = { kind: 'answer', from: 'b1', to: 'a', sdp: 'described' };
  expect(passageOf(ringing(['x']), progress('b1'))).toEqual({ ...passage, isEarly: true });
  expect(passageOf(ringing(['x']), answer('b1'))).toEqual(passage);
});

test('early media of one of several phones pass to no one', () => {
  expect(passageOf(ringing(['x', 'y']), progress('b1'))).toBeUndefined();
  expect(passageOf(ringing(['x', 'y']), answer('b2'))).toMatchObject({ from: 'b2', to: 'a' });
});

test('a phone that answers after another one passes nothing on', () => {
  const answered = after(ringing(['x', 'y']), answer('b1'));
  expect(passageOf(answered, answer('b2'))).toBeUndefined();
});

test('the callee of a call without offer offers, and the caller answers in its ACK', () => {
  const state = after(newCall<string>(true), { type: 'routed', attempts: [['x']], limit });
  expect(passageOf(state, answer('b1'))).toMatchObject({ kind: 'offer', from: 'b1', to: 'a' });
  const acknowledgement = { type: 'acknowledge', leg: 'a', sdp: 'described' } as const;
  expect(passageOf(after(state, answer('b1')), acknowledgement)).toMatchObject({ kind: 'answer', from: 'a', to: 'b1' });
  expect(passageOf(state, acknowledgement)).toBeUndefined();
});

test('of a call of the API the source passes nothing on, and the destination offers to it', () => {
  const placed: Event = { type: 'placed', source: [['x']], destination: [['y']], limit };
  const calling = after(newCall<string>(false), placed);
  expect(passageOf(calling, answer('a1'))).toBeUndefined();
  const called = after(calling, answer('a1'));
  expect(passageOf(called, progress('b1'))).toBeUndefined();
  expect(passageOf(called, answer('b1'))).toMatchObject({ kind: 'offer', from: 'b1', to: 'a1' });
});

test('the new party of a transfer offers to the party that stays', () => {
  const transfer = { type: 'transfer', id: 't', side: 'source', isReferred: false, attempts: [['z']], limit } as const;
  const state = after(ringing(['x']), answer('b1'), transfer);
  expect(passageOf(state, answer('c1'))).toMatchObject({ kind: 'offer', from: 'c1', to: 'b1' });
  expect(passageOf(state, progress('c1'))).toBeUndefined();
});

test('an event without description passes nothing', () => {
  expect(passageOf(ringing(['x']), { type: 'progress', leg: 'b1', status: 180 })).toBeUndefined();
  expect(passageOf(ringing(['x']), { type: 'end', leg: 'b1', end: {} })).toBeUndefined();
});

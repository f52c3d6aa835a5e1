import { expect, test } from 'vitest';
import type { Session } from '#sip/session/session.ts';
import { newCall } from '../call/call.ts';
import type { CallState } from '../call/state.ts';
import type { Target } from '../routing/target.ts';
import { CallLegs } from './call-legs.ts';

const session = (callId: string) => ({ callId }) as Partial<Session> as Session;
const [caller, callee, ringing] = ['a', 'b1', 'b2'].map(session) as [Session, Session, Session];
const sessions = new Map([
  ['a', caller],
  ['b1', callee],
  ['b2', ringing],
]);

/** Legs a and b1 of a call that is up since the third second, and b2, which is not connected. */
function legsOf(state: Partial<CallState<Target>> = {}, isJoining = false) {
  const up: CallState<Target> = { ...newCall<Target>(true), phase: 'up', a: 'a', b: 'b1', answeredAt: 3_000, ...state };
  return new CallLegs({
    state: () => up,
    sessions: {
      get: (leg) => sessions.get(leg ?? ''),
      legsOf: (of) => [...sessions].filter(([, each]) => each === of).map(([leg]) => leg),
    },
    isJoining: () => isJoining,
  });
}

test('a connected leg has a side and a session, and one that is not connected has none', () => {
  const legs = legsOf();
  expect([legs.sideOf('a'), legs.sideOf('b1'), legs.sideOf('b2')]).toEqual(['source', 'destination', undefined]);
  expect([legs.sessionOf('source'), legs.sessionOf('destination')]).toEqual([caller, callee]);
  expect([legs.legOf(callee), legs.legOf(ringing)]).toEqual(['b1', undefined]);
});

test.each<[string, string | undefined, Partial<CallState<Target>>, boolean]>([
  ['is known while both parties are connected', 'b1', {}, false],
  ['is none before the call is up', undefined, { phase: 'joining' }, false],
  ['is none while parties are being joined to others', undefined, {}, true],
  ['is none when the other party has left', undefined, { b: undefined }, false],
])('the other leg of a party %s', (_when, other, state, isJoining) => {
  expect(legsOf(state, isJoining).otherOf('a')).toBe(other);
});

const heardAt = (source: number, destination: number, isExpected = true) => ({
  source: { at: source, packets: 0, isExpected },
  destination: { at: destination, packets: 0, isExpected },
});

test('the last sign of both is the last request, response or media of either; without a relay none is known', () => {
  const legs = legsOf();
  expect(legs.lastSignOfBoth(heardAt(0, 0))).toBe(3_000);
  legs.noteSign('a', 4_000);
  expect(legs.lastSignOfBoth(heardAt(0, 3_500))).toBe(4_000);
  expect(legs.lastSignOfBoth(heardAt(0, 5_000))).toBe(5_000);
  expect(legs.lastSignOfBoth(undefined)).toBe(undefined);
});

test('the last sign of a party that has left is its own media, if it sends any', () => {
  const legs = legsOf();
  legs.noteSign('b1', 9_000);
  expect(legs.lastSignOfLeft('b1', heardAt(7_000, 5_000))).toBe(5_000);
  expect(legs.lastSignOfLeft('b1', heardAt(7_000, 5_000, false))).toBe(undefined);
  expect(legs.lastSignOfLeft('b2', heardAt(7_000, 5_000))).toBe(undefined);
});

test('the second in which media were heard last is told by the number of packets since the answer', () => {
  const legs = legsOf();
  const spoken = { at: 8_500, packets: 260, isExpected: true };
  const silent = { at: 0, packets: 0, isExpected: true };
  expect(legs.lastSignOfBoth({ source: silent, destination: spoken })).toBe(8_200);
  expect(legs.lastSignOfLeft('b1', { source: silent, destination: spoken })).toBe(8_200);
});

import { nextState, signedOut, type Action } from '#browser-phone/state.ts';
import { expect, test } from 'vitest';
import { endedOf, withCalls, type RecentCall } from './recent-calls.ts';

/** The calls that are listed after these actions, each a millisecond after the one before. */
function after(...actions: readonly Action[]): readonly RecentCall[] {
  let state = signedOut;
  const recent = actions.reduce<readonly RecentCall[]>((before, action, at) => {
    state = nextState(state, action);
    return withCalls(before, state.calls, at);
  }, []);
  return endedOf(recent, state.calls);
}

const comes: Action = { kind: 'call', id: 'in', isIncoming: true, name: 'Ann', number: '201' };
const goes: Action = { kind: 'call', id: 'out', isIncoming: false, name: '', number: '203' };
const ended = (id: string): Action => ({ kind: 'ended', id, why: 'the call is over.' });

test('a call that ended before an answer is a missed one, and stays in the list', () => {
  const missed = { id: 'in', at: 0, party: 'Ann (201)', number: '201', isOutgoing: false, isAnswered: false };
  expect(after(comes, ended('in'))).toEqual([missed]);
});

test('a call is listed when it has ended, not while it rings or is talked to', () => {
  expect(after(comes)).toEqual([]);
  expect(after(comes, { kind: 'answered', id: 'in', at: 5 })).toEqual([]);
  expect(after(goes, comes, ended('in')).map(({ id }) => id)).toEqual(['in']);
});

test('an answered call stays answered, and the newest is first', () => {
  const list = after(comes, { kind: 'answered', id: 'in', at: 5 }, ended('in'), goes, ended('out'));
  expect(list.map(({ id, isAnswered }) => [id, isAnswered])).toEqual([
    ['out', false],
    ['in', true],
  ]);
});

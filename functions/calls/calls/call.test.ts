import { expect, test } from 'vitest';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import type { CallLeg } from '#telephony/call.ts';
import {
  assertActionAllowed,
  callFilters,
  CallIdInUrl,
  matchesFilters,
  presentAccepted,
  presentPlaced,
} from './call.ts';

test('the id of a call may have any form of letters, digits, hyphens and underscores', () => {
  const ids = ['call_01M80C4A3X5J5YNXFESCQD4901', 'c000daeuyzzoq-za3wqdi', 'x'.repeat(64)];
  expect(ids.map((id) => CallIdInUrl.safeParse(id).success)).toEqual([true, true, true]);
  const others = ['', 'x'.repeat(65), 'a/b', 'a b', 'a#b'];
  expect(others.map((id) => CallIdInUrl.safeParse(id).success)).toEqual([false, false, false, false, false]);
});

test('a placed call is created, at its address', () => {
  expect(presentPlaced('https://api.example.com', 'call_1')).toEqual({
    id: 'call_1',
    url: 'https://api.example.com/v1/Calls/call_1',
    status: 'created',
  });
});

test('an action is accepted; its outcome is an event', () => {
  expect(presentAccepted('call_1', 'hold')).toEqual({ id: 'call_1', action: 'hold', status: 'accepted' });
});

test('a call matches all filters or is not listed', () => {
  const call = aCall({ status: 'answered' });
  const matching = { status: 'answered', number: '+46890510', user_id: 'usr_1', gateway: 'gw_1' } as const;
  expect(matchesFilters(matching)(call)).toBe(true);
  const others = [{ status: 'ringing' }, { number: '+46890511' }, { user_id: 'usr_2' }, { gateway: 'gw_2' }] as const;
  expect(others.map((other) => matchesFilters({ ...matching, ...other })(call))).toEqual([false, false, false, false]);
});

test('the number of a withheld caller matches none', () => {
  const call = aCall({ privacy: true, direction: 'inbound' });
  expect([matchesFilters({ number: '+4610100555' })(call), matchesFilters({ number: '+46890510' })(call)]).toEqual([
    false,
    true,
  ]);
});

test('a plus that a query string made a blank is a plus', () => {
  expect(callFilters.number.parse(' 46890510')).toBe('+46890510');
});

const withSource = (fields: Partial<CallLeg>) =>
  aCall({
    status: 'answered',
    legs: [aLeg({ role: 'source', status: 'answered', ...fields }), aLeg({ status: 'answered' })],
  });
const onSource =
  (action: Parameters<typeof assertActionAllowed>[1]['action'], fields: Partial<CallLeg> = {}) =>
  () =>
    assertActionAllowed(withSource(fields), { action, leg: 'source' });

test.each(['created', 'ringing', 'hangup'] as const)('a call that is %s takes no action', (status) => {
  expect(() => assertActionAllowed({ ...withSource({}), status }, { action: 'transfer', leg: 'source' })).toThrow(
    'not answered',
  );
});

test.each([
  ['hold', { on_hold: true }],
  ['resume', { on_hold: false }],
  ['mute', { muted: true }],
  ['unmute', { muted: false }],
] as const)('%s is rejected when it is done already, and else allowed', (action, done) => {
  expect(onSource(action, done)).toThrow('already');
  const [[name, value]] = Object.entries(done) as [[string, boolean]];
  expect(onSource(action, { [name]: !value })).not.toThrow();
});

test('an action is about the present leg of its side: a transfer has ended the first', () => {
  const call = aCall({
    status: 'answered',
    legs: [...withSource({}).legs.slice(0, 1), aLeg({ status: 'hangup' }), aLeg({ status: 'answered', on_hold: true })],
  });
  expect(() => assertActionAllowed(call, { action: 'hold', leg: 'destination' })).toThrow('already on hold');
});

test('a side that is not connected takes no action', () => {
  const call = aCall({ status: 'answered', legs: [aLeg({ status: 'hangup' })] });
  expect(() => assertActionAllowed(call, { action: 'mute', leg: 'destination' })).toThrow('not connected');
});

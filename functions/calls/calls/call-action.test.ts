import { expect, test } from 'vitest';
import { aCall, aLeg } from '#schema/call.fixture.ts';
import type { CallLeg } from '#schema/call.ts';
import { assertActionAllowed } from './call-action.ts';

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

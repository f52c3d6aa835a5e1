import { expect, test } from 'vitest';
import { CallActionCommand, callCommands, EndCallCommand, PlaceCallCommand, TakeCallCommand } from './call-command.ts';

const phone = { type: 'phone', number: '+46890510' };
const common = {
  id: 'cmd_01KAFB5Q4S0000000000000000',
  organization: 1_001,
  call: 'call_01KAFB5Q4S0000000000000000',
  timeout_seconds: 5,
};
const caller = { id: 'usr_1', user_id: 'usr_1', own_only: false };
const place = {
  ...common,
  kind: 'place-call',
  source: phone,
  destination: phone,
  options: { timeout: 30, caller_id: null },
  meta: { order: 7 },
  header: { 'X-Order': '7' },
  caller,
};

test('a call is placed with everything that its INVITEs need', () => {
  expect(PlaceCallCommand.parse(place)).toEqual(place);
  const missing = ['call', 'source', 'destination', 'options', 'caller'].map(
    (field) => PlaceCallCommand.safeParse({ ...place, [field]: undefined }).success,
  );
  expect(missing).toEqual([false, false, false, false, false]);
});

test('a call ends for a known cause', () => {
  const end = { ...common, kind: 'end-call', cause: 'TRUNK_DELETED', by: 'system' };
  expect(EndCallCommand.parse(end)).toEqual(end);
  expect(EndCallCommand.safeParse({ ...end, cause: 'BOREDOM' }).success).toBe(false);
});

test('an action names its leg and its caller, whose rights a transfer is decided by', () => {
  const hold = { ...common, kind: 'call-action', action: 'hold', leg: 'source', caller };
  expect(CallActionCommand.parse(hold)).toEqual(hold);
});

test('a call is taken with its media, also from a task that tells less of them', () => {
  const legs = (heard: object) => ({
    source: { tag: 'a', kind: 'webrtc', ...heard },
    destination: { tag: 'b1', kind: 'rtp' },
  });
  const take = (heard: object, more: object) => ({
    ...{ ...common, kind: 'take-call', task: 'task_1', version: 3 },
    state: {
      ...{ isIncoming: true, answeredAt: 1, limit: { seconds: null, isReserved: false }, transferLegs: 0, sides: [] },
      channels: { kept: [], source: [], destination: [] },
      media: { relay: '127.0.0.1:22222', ...legs(heard), ...more },
    },
  });
  const agreed = { from: 'source', offer: 'v=0', answer: 'v=0' };
  for (const each of [take({ heard: '8.8.8.8' }, { agreed }), take({}, {})])
    expect(TakeCallCommand.parse(each)).toEqual(each);
});

test('every command may be unreachable, as its task may die', () => {
  const unreachable = Object.values(callCommands).map(
    ({ outcome }) => outcome.safeParse({ kind: 'unreachable' }).success,
  );
  expect(unreachable).toEqual([true, true, true, true, true]);
});

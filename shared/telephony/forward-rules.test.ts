import { expect, test } from 'vitest';
import { CallHandling } from './call-handling.ts';
import { forwardViolations, type KnownTargets } from './forward-rules.ts';

const user = { id: 'usr_1', extension: '203', direct_number: '+46701000001' };
const known: KnownTargets = {
  targets: new Set(['user usr_1', 'user usr_2', 'device dev_1', 'device dev_2', 'schedule sched_1', 'voicemail 203']),
  ownDevices: new Set(['dev_1']),
  ownNumbers: new Set(['+46701000002']),
  isEmergency: (dialed) => ['112', '911'].includes(dialed),
  numberOf: (dialed) => (/^\+?46/.test(dialed) ? `+${dialed.replace('+', '')}` : null),
};
const violationsOf = (settings: object) => forwardViolations(CallHandling.parse(settings), user, known);

test.each([
  [{ forward: { always: '203' } }, 'forward.always', 'is the user itself'],
  [{ forward: { busy: '+46701000001' } }, 'forward.busy', 'is the user itself'],
  [{ when_closed: '46701000002' }, 'when_closed', 'is the user itself'],
  [{ forward: { busy: { type: 'user', id: 'usr_1' } } }, 'forward.busy.id', 'is the user itself'],
  [{ forward: { busy: { type: 'device', id: 'dev_1' } } }, 'forward.busy.id', 'is the user itself'],
  [{ forward: { no_answer: '112' } }, 'forward.no_answer', 'is an emergency number'],
  [{ follow_me: [{ number: '204' }, { number: '911' }] }, 'follow_me[1].number', 'is an emergency number'],
  [
    { forward: { unreachable: { type: 'user', id: 'usr_9' } } },
    'forward.unreachable.id',
    'is no user of the organization',
  ],
  [{ when_closed: { type: 'ring_group', id: 'rgrp_9' } }, 'when_closed.id', 'is no ring group of the organization'],
  [{ schedule: 'sched_9' }, 'schedule', 'is no schedule of the organization'],
])('%j is rejected', (settings, path, message) => {
  expect(violationsOf(settings)).toEqual([{ path, message }]);
});

test('others, numbers outside and the own mailbox are accepted', () => {
  const forward = {
    always: '204',
    busy: '+15550100',
    no_answer: { type: 'voicemail', id: '203' },
    unreachable: { type: 'device', id: 'dev_2' },
  };
  expect(violationsOf({ forward, schedule: 'sched_1', when_closed: { type: 'user', id: 'usr_2' } })).toEqual([]);
});

test('a user without extension and number may forward to any', () => {
  const without = { id: 'usr_1', extension: null, direct_number: null };
  expect(forwardViolations(CallHandling.parse({ forward: { always: '204' } }), without, known)).toEqual([]);
});

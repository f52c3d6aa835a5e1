import { expect, test } from 'vitest';
import { handlingActions, handlingReasons } from '#telephony/call-handling.ts';
import { peopleOf } from './names.ts';
import { dispositionOf, failureOf, silenceOf, stepsOf, storyOfState, type CallState } from './state.ts';

const people = peopleOf([
  { id: 'usr_1', name: 'Ann', extension: '201', numbers: [], isUser: true },
  { id: 'usr_2', name: 'Bob', extension: '202', numbers: [], isUser: true },
]);
const party = (user: string) => ({ scheme: 'sip', user, name: '', userParam: {} }) as const;
const plan = { key: 'DE', name: 'Germany', globalPrefix: '00', localPrefix: '0', cc: '49' } as const;
const created = '2026-11-27T21:15:00.000Z';
const call = {
  ...{ id: 'call_1', url: '', status: 'trying', direction: 'internal', user_id: 'usr_1', hangup: null },
  source: { dialplan: plan, asserted: null, caller: party('201'), privacy: false },
  destination: { dialplan: plan, req: party('202'), to: party('u2') },
  auth: { user: 'u1', domain: 'example.com' },
  number: { caller: null, called: null, asserted: null, diverter: null, billing: null },
  ...{ recording_id: null, blocked_by: null, meta: {}, header: {}, timestamps: { created }, legs: [], handling: [] },
  digits: [],
} as const satisfies CallState;

test('a call that goes on is told as it is now', () => {
  expect(storyOfState(call, people)).toMatch(/^Ann \(201\) is calling Bob \(202\) since /);
  const answered = { ...call, timestamps: { created, answered: created } };
  expect(storyOfState(answered, people)).toMatch(/^Ann \(201\) is talking to Bob \(202\) since /);
});

test('who is not heard in a call is named', () => {
  const missing = (...sides: readonly ('source' | 'destination')[]) => ({
    ...call,
    audio_missing: sides.map((side) => ({ side, since: created, cause: 'no_packets' as const })),
  });
  const texts = [call, missing('source'), missing('destination'), missing('source', 'destination')].map((each) =>
    silenceOf(each, people),
  );
  expect(texts).toEqual([undefined, 'Ann (201) is not heard', 'Bob (202) is not heard', 'Neither side is heard']);
});

test('a call that ended is told by its outcome, and why it failed is its cause', () => {
  const hangup = { cause: 'DESTINATION_OUT_OF_ORDER', q850: 27, sip_code: 480, by: 'system' } as const;
  const ended = { ...call, hangup, timestamps: { created, hangup: created } } as const;
  expect(storyOfState(ended, people)).toMatch(/the call failed: no phone was signed in there\.$/);
  expect(failureOf(ended)).toMatch(/no phone/);
  const talked = { ...ended, timestamps: { created, answered: created, hangup: '2026-11-27T21:16:03.400Z' } };
  expect(storyOfState(talked, people)).toMatch(/they spoke for 1:03\.$/);
  expect([failureOf(talked), failureOf(call)]).toEqual([undefined, undefined]);
  expect(['USER_BUSY', 'NO_ANSWER', 'ORIGINATOR_CANCEL', 'NO_ROUTE'].map(dispositionOf)).toEqual([
    ...['BUSY', 'NO ANSWER', 'CANCELLED', 'FAILED'],
  ]);
});

test('each step for a called user is told', () => {
  const every = handlingActions.flatMap((action) =>
    handlingReasons.map((reason) => ({ user_id: 'usr_2', action, reason, denied: null })),
  );
  for (const text of stepsOf({ handling: every }, people)) expect(text).toMatch(/^Bob \(202\): .*[a-z]\.$/);
  const denied = { user_id: 'usr_9', action: 'forward', reason: 'BUSY', denied: 'FORWARD_LOOP' } as const;
  expect(stepsOf({ handling: [denied] }, people)[0]).toMatch(/^A user: the call was not forwarded/);
});

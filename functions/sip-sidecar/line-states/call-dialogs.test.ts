import { expect, test } from 'vitest';
import type { Call } from '#telephony/call.ts';
import { phoneParty } from '../calls/call/calls.fixture.ts';
import { runningCall } from '../calls/running/running-call.fixture.ts';
import type { RunningCall } from '../calls/running/running-call.ts';
import { type Target } from '../calls/routing/target.ts';
import { noParty } from '../calls/call/record.ts';
import { sipUri } from '#sip/uri.ts';
import { dialogsOfCall } from './call-dialogs.ts';

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
} as const;
const target = (extension: string, user: string | null = null): Target => ({
  party: { ...phoneParty(extension), user_id: user },
  uri: sipUri({ user: extension, host: '192.0.2.1' }),
  to: { kind: 'phone', flow },
  trust: 'phone',
  callerNumber: null,
  channels: [],
  limits: {},
});
const limit = { seconds: null, isReserved: false } as const;

/** What the phones of a call see, such as `202 recipient early`. */
const seenIn = (call: RunningCall): string[] =>
  dialogsOfCall(call).map(({ extension, dialog }) => `${extension} ${dialog.direction} ${dialog.state}`);

async function calling(facts: Partial<Call> = {}) {
  const made = await runningCall('201', '202', { facts });
  made.call.dispatch({ type: 'routed', attempts: [[target('202', 'usr_bob'), target('203')]], limit });
  return made.call;
}

test('a caller and each phone that rings see the call, until one answers', async () => {
  const call = await calling();
  expect(seenIn(call).toSorted()).toEqual(['201 initiator trying', '202 recipient trying', '203 recipient trying']);
  call.dispatch({ type: 'progress', leg: 'b1', status: 180 });
  expect(seenIn(call).toSorted()).toEqual(['201 initiator early', '202 recipient early', '203 recipient early']);
  const [ringing] = dialogsOfCall(call).filter(({ extension }) => extension === '203');
  call.dispatch({ type: 'answer', leg: 'b2', sdp: 'answer', at: 0 });
  expect(seenIn(call).toSorted()).toEqual(['201 initiator confirmed', '203 recipient confirmed']);
  const [talking] = dialogsOfCall(call).filter(({ extension }) => extension === '203');
  expect(talking?.dialog.id).toBe(ringing?.dialog.id);
  call.dispatch({ type: 'end', leg: 'a', end: {} });
  expect(seenIn(call)).toEqual([]);
});

test('a call names the user of a phone, and its other party', async () => {
  const found = dialogsOfCall(await calling({ source: sourceNamed('Ann') })).find(
    ({ extension }) => extension === '202',
  );
  expect([found?.user, found?.dialog.remote]).toEqual(['usr_bob', { user: '201', name: 'Ann' }]);
});

const sourceNamed = (name: string): Call['source'] => ({
  endpoint: { type: 'device', id: 'dev_201' },
  caller: { scheme: 'sip', user: '201', name },
  asserted: null,
});

test('a caller that withholds its number is not named', async () => {
  const call = await calling({ privacy: true, source: sourceNamed('Ann') });
  const remotes = dialogsOfCall(call).map(({ extension, dialog }) => [extension, dialog.remote === null]);
  expect(Object.fromEntries(remotes)).toEqual({ 201: false, 202: true, 203: true });
});

test('trunks and gateways are no lines', async () => {
  const { call } = await runningCall('201', '202', { party: { ...noParty, kind: 'trunk', target: '+15551234567' } });
  expect(seenIn(call)).toEqual(['201 initiator trying']);
});

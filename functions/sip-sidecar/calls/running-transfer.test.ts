import { expect, test } from 'vitest';
import { organizationOf } from '../../../test/support/people.fixture.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { Call, Channel } from '../../../shared/schema/call.ts';
import type { IncomingSession, SessionListener, StoredSession } from '../../../shared/sip/session/session.ts';
import { AppError } from '../../../shared/errors.ts';
import { sipUri } from '../../../shared/sip/uri.ts';
import { newCall } from './call.ts';
import { newLeg, newRecord } from './call-record.ts';
import { CallWriter } from './call-writer.ts';
import { callFacts, phoneParty } from './calls.fixture.ts';
import type { Failure } from './hunt.ts';
import { joinCalls } from './join-calls.ts';
import { RunningCall } from './running-call.ts';
import type { Target } from './target.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
} as const;

const deviceChannel = (id: string, direction: Channel['direction']): Channel => ({ kind: 'device', id, direction });

const phone = (extension: string): Target => ({
  party: phoneParty(extension),
  uri: sipUri({ user: extension, host: '192.0.2.1' }),
  to: { kind: 'phone', flow },
  isTrusted: false,
  callerNumber: null,
  channels: [deviceChannel(`dev_${extension}`, 'inbound')],
  limits: {},
});

/** A session whose peer answers every offer, and what it was asked for. */
function fakeSession(name: string) {
  const log: string[] = [];
  const session: IncomingSession = {
    callId: name,
    offered: `offer-${name}`,
    progress: (status) => void log.push(`progress ${status}`),
    answer: (sdp) => void log.push(`answer ${sdp}`),
    reject: (status) => void log.push(`reject ${status}`),
    end: () => void log.push('end'),
    offer: async (sdp) => {
      log.push(`offer ${sdp ?? 'none'}`);
      return { sdp: `sdp-${name}` };
    },
    acknowledge: (sdp) => void log.push(`acknowledge ${sdp}`),
    info: async () => 200,
    refer: async () => 202,
    stored: () => ({ callId: name }) as Partial<StoredSession> as StoredSession,
  };
  return { session, log };
}

/** A call of a phone with an extension to another one, which is answered. */
async function answeredCall(caller: string, callee: string, isFull = false) {
  const sessions = new Map([[caller, fakeSession(caller)]]);
  const listeners = new Map<string, SessionListener>();
  const legs = [newLeg('source', phoneParty(caller), at), newLeg('destination', phoneParty(callee), at)];
  const writer = new CallWriter(
    {
      commit: async ({ channels }) => {
        if (isFull && channels.some(({ kind }) => kind === 'number'))
          throw new AppError('CALL_LIMIT', 'The number is full');
      },
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
    newRecord({ ...callFacts(), legs }, at),
  );
  const call = new RunningCall({
    carrier: {
      invite: async ({ party: { target } }, _facts, listener) => {
        const made = fakeSession(target);
        sessions.set(target, made);
        listeners.set(target, listener);
        return made.session;
      },
      now: () => at,
      fault: (error) => {
        throw error;
      },
      renew: async () => null,
      onLeft: () => undefined,
      onRefer: () => undefined,
      onOver: () => undefined,
    },
    organization: organizationOf(1_001),
    writer,
    state: newCall<Target>(true, 'offer'),
    ringTime: 60_000,
    maxForwards: undefined,
  });
  await writer.create({});
  call.parties.channels.set('source', [deviceChannel(`dev_${caller}`, 'outbound')]);
  call.attach(sessions.get(caller)!.session);
  call.dispatch({ type: 'routed', attempts: [[phone(callee)]], limit: { seconds: null, isReserved: false } });
  const isInvited = (extension: string) => eventually(() => listeners.has(extension));
  await isInvited(callee);
  listeners.get(callee)!.onAnswer({ sdp: `sdp-${callee}` });
  await writer.settled();
  return { call, listeners, isInvited, log: (extension: string) => sessions.get(extension)!.log, sessions };
}
type Answered = Awaited<ReturnType<typeof answeredCall>>;

function begin({ call }: Answered, extension: string, more: { readonly channels?: readonly Channel[] } = {}) {
  const settled: Failure[] = [];
  void call.transfer({
    id: 't',
    side: 'destination',
    isReferred: false,
    attempts: [[phone(extension)]],
    channels: [],
    limits: {},
    limited: { side: 'destination', reservation: 't', limit: { seconds: null, isReserved: false }, from: 0 },
    presented: call.record,
    onProgress: () => undefined,
    onSettled: (outcome) => void settled.push(outcome),
    ...more,
  });
  return settled;
}

const statesOf = ({ legs }: Call) => legs.map(({ target, status }) => `${target} ${status}`);
const devicesOf = ({ channels }: Call) => channels.map(({ id }) => id);

test('a transfer changes the parties, the channels and the media of the call, and keeps its id', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  expect(made.log('202')).toEqual([]);
  made.listeners.get('203')!.onAnswer({ sdp: 'sdp-203' });
  await eventually(() => settled.length > 0);
  await made.call.writer.settled();
  expect(settled).toEqual([{ status: 200 }]);
  expect(made.log('201').slice(1)).toEqual(['offer sdp-203']);
  expect([made.log('203'), made.log('202')]).toEqual([['acknowledge sdp-201'], ['end']]);
  expect(statesOf(made.call.record)).toEqual(['201 answered', '202 hangup', '203 answered']);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_203']);
  expect(made.call.sessionOf('destination')?.callId).toBe('203');
});

test('a transfer to a busy phone leaves the parties, the channels and the media as they were', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  made.listeners.get('203')!.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
  await made.call.writer.settled();
  expect(settled).toMatchObject([{ status: 486 }]);
  expect([made.log('201').slice(1), made.log('202')]).toEqual([[], []]);
  expect(statesOf(made.call.record)).toEqual(['201 answered', '202 answered', '203 hangup']);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_202']);
});

test('a transfer to a number without a channel left fails before anyone is called', async () => {
  const made = await answeredCall('201', '202', true);
  const settled = begin(made, '203', { channels: [{ kind: 'number', id: '+15550100', direction: 'inbound' }] });
  await eventually(() => settled.length > 0);
  expect([settled, made.listeners.has('203')]).toEqual([[{ status: 486, q850: 34 }], false]);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_202']);
});

test('a call that ends during a transfer settles it, and ends the new party', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  await eventually(() => made.sessions.has('203'));
  made.call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await made.call.writer.settled();
  expect([settled, made.log('203')]).toEqual([[{ status: 487 }], ['end']]);
  expect([made.call.record.status, made.call.record.channels]).toEqual(['hangup', []]);
});

test('an attended transfer joins the parties that stay of two calls, which end together', async () => {
  const [one, other] = [await answeredCall('201', '202'), await answeredCall('202', '203')];
  const joined: string[] = [];
  const status = await joinCalls(
    { call: one.call, side: 'destination' },
    { call: other.call, side: 'source' },
    () => void joined.push('reported'),
  );
  expect([status, joined]).toEqual([200, ['reported']]);
  expect([one.log('201').slice(1), other.log('203')]).toEqual([
    ['offer sdp-203'],
    ['offer none', 'acknowledge sdp-201'],
  ]);
  // The dialog that was replaced is hung up; the phone hangs up that of its REFER.
  expect([one.log('202'), other.log('202').slice(1)]).toEqual([[], ['end']]);
  await Promise.all([one.call.writer.settled(), other.call.writer.settled()]);
  expect([statesOf(one.call.record), statesOf(other.call.record)]).toEqual([
    ['201 answered', '202 hangup'],
    ['202 hangup', '203 answered'],
  ]);
  expect([devicesOf(one.call.record), devicesOf(other.call.record)]).toEqual([['dev_201'], ['dev_203']]);
  other.listeners.get('203')!.onEnd({ by: 'peer' });
  await Promise.all([one.call.writer.settled(), other.call.writer.settled()]);
  expect([one.call.record.status, other.call.record.status]).toEqual(['hangup', 'hangup']);
  expect(one.log('201').at(-1)).toBe('end');
});

test('after an attended transfer offers pass between the parties of both calls', async () => {
  const [one, other] = [await answeredCall('201', '202'), await answeredCall('202', '203')];
  await joinCalls({ call: one.call, side: 'destination' }, { call: other.call, side: 'source' }, () => undefined);
  const answers: object[] = [];
  other.listeners.get('203')!.onOffer({ sdp: 'hold', respond: (answer) => void answers.push(answer) });
  await eventually(() => answers.length > 0);
  expect([one.log('201').at(-1), answers]).toEqual(['offer hold', [{ sdp: 'sdp-201' }]]);
});

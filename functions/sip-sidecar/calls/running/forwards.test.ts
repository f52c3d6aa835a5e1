import { describe, expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { callCdrs } from '../call/cdr.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import type { Failure } from '../call/hunt.ts';
import { noParty } from '../call/record.ts';
import type { Target, DecidedCall, DecideUserCall, UndecidedCall } from '../routing/target.ts';
import { phoneTarget, runningCall } from './running-call.fixture.ts';

const unlimited = { seconds: null, isReserved: false };
const ann = { id: 'usr_ann', extension: '202', number: '+46890510' };

const deferred = (decide: DecideUserCall): Target => ({
  ...{ party: { ...noParty, kind: 'device', target: '202' }, uri: sipUri({ user: '202', host: 'user.invalid' }) },
  ...{ to: { kind: 'deferred', decide }, trust: 'phone', callerNumber: null, channels: [], limits: {} },
});
/** A number outside, as if it were a phone. */
const outside = (): Target => ({ ...phoneTarget('+15551234567'), party: gatewayParty('gw_1') });

const peer = { host: '192.0.2.9', port: 5_060, transport: 'udp' } as const;
const claim = { org_id: 1_001, id: null, since: null, consent: null };

type Step = (call: UndecidedCall, failures: readonly Failure[]) => DecidedCall;

const forwardsTo = (call: UndecidedCall, target: Target, followUp?: Target): DecidedCall => ({
  ...{ entries: [], attempts: [[target]], followUp, by: ann, isRecorded: false },
  forward: { count: call.nextForward(), by: ann, limit: { seconds: 60, isReserved: true } },
});
const fails: DecidedCall = { entries: [], failure: { status: 486, q850: 17, by: 'us' } };

/** A call of 201 to Ann, who decides so. */
async function callToAnn(step: Step) {
  const made = await runningCall('201', '202');
  const decide: DecideUserCall = async (call, failed) => step(call, failed);
  made.call.dispatch({ type: 'routed', attempts: [[deferred(decide)]], limit: unlimited });
  return made;
}

/** Ann forwards the call to a number, and then to no one. */
const toNumber: Step = (call) => {
  const next = deferred(async () => fails);
  return forwardsTo(call, outside(), next);
};

test('a forward that is answered limits the call, and is charged by its CDR alone', async () => {
  const { call, listeners, released } = await callToAnn(toNumber);
  await expect.poll(() => listeners.has('+15551234567')).toBe(true);
  listeners.get('+15551234567')!.onAnswer({ sdp: 'answer' });
  expect([call.state.limit, call.parties.sides]).toMatchObject([
    { seconds: 60, isReserved: true },
    [{ side: 'destination', reservation: `${call.record.id}/forward-1`, from: 0 }],
  ]);
  call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await call.writer.settled();
  expect(callCdrs(call.record).map(({ leg, caller, disposition }) => [leg, caller, disposition])).toEqual([
    ['a', '201', 'ANSWERED'],
    ['f1', '+46890510', 'ANSWERED'],
  ]);
  expect(released).toEqual([]);
});

test('the leg of a forward has the time of its INVITE', async () => {
  const { call, listeners } = await callToAnn(toNumber);
  await expect.poll(() => listeners.has('+15551234567')).toBe(true);
  const { status, timestamps } = call.record.legs[2]!;
  expect([status, timestamps.trying]).toEqual(['trying', call.record.created_at]);
});

test('a forward that fails gives back what it has reserved, once, and the next is decided', async () => {
  const { call, listeners, released } = await callToAnn(toNumber);
  await expect.poll(() => listeners.has('+15551234567')).toBe(true);
  listeners.get('+15551234567')!.onFailure({ by: 'peer', status: 503, reason: 'Gone' });
  await expect.poll(() => call.record.hangup).toMatchObject({ sip_code: 486 });
  expect([released, call.parties.sides]).toEqual([[`${call.record.id}/forward-1`], []]);
  expect(call.record.legs[2]).toMatchObject({ status: 'hangup', sip_code: 503, forward: { number: 1 } });
});

test('a forward that is not made gives back what it has reserved', async () => {
  const { call, released } = await callToAnn((of) => {
    of.nextForward();
    return fails;
  });
  await expect.poll(() => call.record.hangup).toMatchObject({ sip_code: 486 });
  expect(released).toEqual([`${call.record.id}/forward-1`]);
});

test('the caller that hangs up while a forward is decided pays for none', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const made = await runningCall('201', '202');
  const { call, listeners, released } = made;
  const decide: DecideUserCall = async (of) => {
    await promise;
    return toNumber(of, []);
  };
  call.dispatch({ type: 'routed', attempts: [[deferred(decide)]], limit: unlimited });
  call.dispatch({ type: 'end', leg: 'a', end: { by: 'peer' } });
  resolve(undefined);
  await expect.poll(() => released).toEqual([`${call.record.id}/forward-1`]);
  expect([listeners.size, call.record.legs.length]).toEqual([0, 2]);
});

test('a forward that is not made, as the phone has answered, gives its channel back', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { call, listeners, released } = await runningCall('201', '202');
  const decide: DecideUserCall = async (of) => {
    const decided = { ...forwardsTo(of, { ...outside(), isBeside: true }), isBeside: true as const };
    expect(await of.takeChannels(1, [{ kind: 'number', id: '+15551234567', direction: 'inbound' }], {})).toBe(true);
    await promise;
    return decided;
  };
  call.dispatch({ type: 'routed', attempts: [[phoneTarget('203'), deferred(decide)]], limit: unlimited });
  await expect.poll(() => call.record.channels.some(({ kind }) => kind === 'number')).toBe(true);
  await expect.poll(() => listeners.has('203')).toBe(true);
  listeners.get('203')!.onAnswer({ sdp: 'answer' });
  resolve(undefined);
  await expect.poll(() => released).toEqual([`${call.record.id}/forward-1`]);
  await call.writer.settled();
  expect([call.state.phase, call.record.channels.map(({ kind }) => kind)]).toEqual(['up', ['device']]);
});

test('a failure of the store while a forward is decided ends the call, and keeps no reservation', async () => {
  const { call, released } = await runningCall('201', '202', { isFaulty: true });
  const decide: DecideUserCall = async (of) => {
    of.nextForward();
    throw new Error('the store is gone');
  };
  call.dispatch({ type: 'routed', attempts: [[deferred(decide)]], limit: unlimited });
  await expect.poll(() => call.record.hangup).toMatchObject({ sip_code: 503 });
  expect(released).toEqual([`${call.record.id}/forward-1`]);
});

test('a phone that takes the call after a forward has failed is not that of the forward', async () => {
  const { call, listeners } = await callToAnn((of) =>
    forwardsTo(
      of,
      outside(),
      deferred(async () => ({
        ...{ entries: [], attempts: [[phoneTarget('203')]], followUp: undefined, by: undefined },
        ...{ forward: undefined, isRecorded: false },
      })),
    ),
  );
  await expect.poll(() => listeners.has('+15551234567')).toBe(true);
  listeners.get('+15551234567')!.onFailure({ by: 'peer', status: 486, reason: 'Busy' });
  await expect.poll(() => listeners.has('203')).toBe(true);
  listeners.get('203')!.onAnswer({ sdp: 'answer' });
  await call.writer.settled();
  expect(call.record.legs.slice(1)).toMatchObject([
    { ...phoneParty('203'), status: 'answered' },
    { status: 'hangup', sip_code: 486 },
  ]);
  expect(call.state.limit).toEqual(unlimited);
});

describe('a number that rings beside a phone', () => {
  /** 202 rings beside the phone 203, by a forward. */
  async function besidePhone(target: Target = outside()) {
    const made = await runningCall('201', '202');
    const decide: DecideUserCall = async (call) => {
      return { ...forwardsTo(call, { ...target, isBeside: true }), isBeside: true };
    };
    made.call.dispatch({ type: 'routed', attempts: [[phoneTarget('203'), deferred(decide)]], limit: unlimited });
    await expect.poll(() => made.listeners.has('+15551234567')).toBe(true);
    return made;
  }

  test('that declines gives back at once what it has reserved and taken, and the phone rings on', async () => {
    const channel = { kind: 'gateway', id: 'gw_1', direction: 'outbound' } as const;
    const { call, listeners, released } = await besidePhone({
      ...{ ...outside(), to: { kind: 'peer', peer, account: null, claim }, trust: 'stranger', channels: [channel] },
    });
    expect(call.record.channels).toEqual([channel]);
    listeners.get('+15551234567')!.onFailure({ by: 'peer', status: 603, reason: 'Decline' });
    expect([released, call.state.phase]).toEqual([[`${call.record.id}/forward-1`], 'calling']);
    expect(call.record.channels).toEqual([]);
    listeners.get('203')!.onAnswer({ sdp: 'answer' });
    expect([call.state.phase, call.state.limit]).toEqual(['up', unlimited]);
  });

  test('keeps what it has reserved while it rings, and gives it back when the phone answers', async () => {
    const { call, listeners, released } = await besidePhone();
    expect(released).toEqual([]);
    listeners.get('203')!.onAnswer({ sdp: 'answer' });
    expect(released).toEqual([`${call.record.id}/forward-1`]);
    call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
    expect(callCdrs(call.record).map(({ leg, disposition }) => [leg, disposition])).toEqual([
      ['a', 'ANSWERED'],
      ['f1', 'NO ANSWER'],
    ]);
  });

  test('that takes the call limits it, and does not say that it was forwarded before', async () => {
    const { call, listeners, sessions } = await besidePhone();
    listeners.get('+15551234567')!.onAnswer({ sdp: 'answer' });
    expect(call.state.limit).toEqual({ seconds: 60, isReserved: true });
    expect(sessions.get('201')!.log).not.toContain('progress 181');
    expect(sessions.get('203')!.log).toContain('end');
  });
});

test('two forwards that are decided at the same time do not give back what the other one has reserved', async () => {
  const { call, released } = await runningCall('201', '202');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const slow: DecideUserCall = async (of) => {
    const decided = forwardsTo(of, outside());
    await promise;
    return decided;
  };
  const quick: DecideUserCall = async (of) => {
    of.nextForward();
    resolve(undefined);
    return fails;
  };
  call.dispatch({ type: 'routed', attempts: [[deferred(slow), deferred(quick)]], limit: unlimited });
  await expect.poll(() => released).toEqual([`${call.record.id}/forward-2`]);
});

import { expect, test } from 'vitest';
import { StaleWrite } from '#dynamodb/commit.ts';
import { eventually } from '#test/support/eventually.ts';
import { callCdrs } from '../call/cdr.ts';
import type { CallMedia } from '../../media/call-media.ts';
import { directMedia } from '../../media/media-service.ts';
import { acceptedCall } from '../call/call.ts';
import type { Target } from '../routing/target.ts';
import { answeredCall, runningCall } from './running-call.fixture.ts';

/** When a call ends whose party is lost, in seconds after its answer. */

const answered = Date.parse('2026-11-22T10:00:00.000Z');
const at = (seconds: number): number => answered + seconds * 1_000;

/** A call whose relay has heard its parties last at these times; undefined: it has no relay. */
async function callHeard(heard: { readonly source: number; readonly destination: number } | undefined) {
  let now = answered;
  const parties = heard && {
    source: { at: at(heard.source), packets: 0, isExpected: true },
    destination: { at: at(heard.destination), packets: 0, isExpected: true },
  };
  const media = { ...directMedia(), heard: async () => parties };
  const made = await answeredCall('201', '202', { media, now: () => new Date(now) });
  const end = async (): Promise<number> => {
    await made.call.writer.settled();
    return (Date.parse(made.call.record.timestamps.hangup ?? '') - answered) / 1_000;
  };
  return { ...made, end, wait: (seconds: number) => (now = at(seconds)) };
}

test('a party that is lost ends the call for both', async () => {
  const { call, log } = await callHeard({ source: 0, destination: 0 });
  call.lose('destination', await call.heard());
  expect([log('201').at(-1), log('202').at(-1)]).toEqual(['end', 'end']);
  expect(call.record.hangup).toMatchObject({ cause: 'RECOVERY_ON_TIMER_EXPIRE', by: 'callee' });
});

test('the call ended when the party was heard last', async () => {
  const { call, wait, end } = await callHeard({ source: 40, destination: 30 });
  wait(100);
  call.lose('source', await call.heard());
  expect(await end()).toBe(40);
});

test('it ended not before the other party was heard last: a silent listener pays', async () => {
  const { call, wait, end } = await callHeard({ source: 10, destination: 99 });
  wait(100);
  call.lose('source', await call.heard());
  expect(await end()).toBe(99);
});

test('it ended not before a request or response of a party, its answer, or later than now', async () => {
  const request = await callHeard({ source: 10, destination: 10 });
  request.wait(70);
  request.listeners.get('202')?.onSign?.();
  request.wait(100);
  request.call.lose('source', await request.call.heard());
  const silent = await callHeard({ source: -20, destination: -20 });
  silent.call.lose('source', await silent.call.heard());
  const ahead = await callHeard({ source: 200, destination: 200 });
  ahead.wait(100);
  ahead.call.lose('source', await ahead.call.heard());
  expect([await request.end(), await silent.end(), await ahead.end()]).toEqual([70, 0, 100]);
});

test.each([
  ['with a relay', { source: 250, destination: 240 }, 250],
  ['without a relay, where what the parties say is not known', undefined, 268],
] as const)('a session timer ends a call %s, and so does a request that is not sent', async (_what, heard, seconds) => {
  for (const by of ['timer', 'transport'] as const) {
    const { call, wait, end, listeners } = await callHeard(heard);
    wait(268);
    listeners.get('202')?.onEnd({ by, status: 408 });
    await eventually(() => expect(call.state.phase).toBe('over'));
    expect(await end()).toBe(seconds);
  }
});

test.each([
  ['when its media were heard last', { source: 27, destination: 21 }, 21],
  ['now, without a relay', undefined, 28],
] as const)('a party that knows its dialog no more has left %s', async (_what, heard, seconds) => {
  const { call, wait, end, listeners } = await callHeard(heard);
  wait(28);
  listeners.get('202')?.onSign?.();
  listeners.get('202')?.onEnd({ by: 'peer', status: 481 });
  await eventually(() => expect(call.state.phase).toBe('over'));
  expect(await end()).toBe(seconds);
  expect(call.record.hangup).toMatchObject({ cause: 'NORMAL_CLEARING', by: 'callee' });
});

test('a call that came from another task ended not before its answer', async () => {
  const nothing = { at: 0, packets: 0, isExpected: true };
  const media = { ...directMedia(), heard: async () => ({ source: nothing, destination: nothing }) };
  const state = acceptedCall<Target>({
    isIncoming: true,
    answeredAt: answered,
    limit: { seconds: null, isReserved: false },
    transferLegs: 0,
  });
  const { call } = await runningCall('201', '202', { media, now: () => new Date(at(50)) }, state);
  call.lose('source', await call.heard());
  expect(call.record.timestamps.hangup).toBe(new Date(answered).toISOString());
});

test('a party that hangs up ends the call now', async () => {
  const { call, wait, end, listeners } = await callHeard({ source: 10, destination: 10 });
  wait(100);
  listeners.get('202')?.onEnd({ by: 'peer' });
  await eventually(() => expect(call.state.phase).toBe('over'));
  expect(await end()).toBe(100);
});

/** A call of a caller that only its address identifies, and what is known of it when it is answered. */
async function unprovenCall() {
  const log: string[] = [];
  const media = {
    ...directMedia(),
    holdBack: () => void log.push('held back'),
    open: () => void log.push('opened'),
  };
  const made = await answeredCall('201', '202', { media, onUnacknowledged: () => void log.push('unacknowledged') });
  return { ...made, events: log, listener: made.call.traffic.listenerOf('a') };
}

test('a caller by address that does not acknowledge the answer pays and hears nothing, and is counted', async () => {
  const { call, events, listener } = await unprovenCall();
  listener.onEnd({ by: 'timer' });
  await eventually(() => expect(call.state.phase).toBe('over'));
  expect(events).toEqual(['held back', 'unacknowledged']);
  expect(callCdrs(call.record).map(({ answer_time: time, disposition }) => [time, disposition])).toEqual([
    [undefined, 'CANCELLED'],
  ]);
});

test('one that does pays from the answer, and its media are opened then', async () => {
  const { call, events, listener } = await unprovenCall();
  listener.onSign?.();
  listener.onSign?.();
  expect(events).toEqual(['held back', 'opened']);
  listener.onEnd({ by: 'timer' });
  await eventually(() => expect(call.state.phase).toBe('over'));
  expect(events).toEqual(['held back', 'opened']);
  expect(callCdrs(call.record)[0]?.disposition).toBe('ANSWERED');
});

test('what the callee sends proves nothing of the caller', async () => {
  const { events, listeners } = await unprovenCall();
  listeners.get('202')?.onSign?.();
  expect(events).toEqual(['held back']);
});

test('a callee that hangs up before the ACK is nothing that its caller did', async () => {
  const { call, events, listeners } = await unprovenCall();
  listeners.get('202')?.onEnd({ by: 'peer' });
  expect([call.state.phase, events]).toEqual(['over', ['held back']]);
});

test('a caller that has authenticated pays without ACK', async () => {
  const { call } = await callHeard(undefined);
  call.traffic.listenerOf('a').onEnd({ by: 'timer' });
  await eventually(() => expect(call.state.phase).toBe('over'));
  expect(callCdrs(call.record)[0]?.disposition).toBe('ANSWERED');
});

test.each([
  ['an outbound call is the 200 of its carrier', 'outbound', 5],
  ['an inbound call is the 200 to its carrier', 'inbound', 6],
] as const)('the answer of %s, however long a relay needs for its description', async (_what, direction, seconds) => {
  let now = answered;
  const pass: CallMedia['pass'] = async ({ kind, sdp }) => {
    if (kind === 'answer') now = at(6);
    return sdp;
  };
  const { call } = await answeredCall('201', '202', {
    ...{ facts: { direction }, media: { ...directMedia(), pass }, now: () => new Date(now) },
    onRinging: () => (now = at(5)),
  });
  await eventually(() => expect(call.record.status).toBe('answered'));
  call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  expect(callCdrs(call.record)[0]?.answer_time).toBe(new Date(at(seconds)).toISOString());
});

/** A call that ends, whose end the store takes later. */
async function endingCall() {
  const log: string[] = [];
  let stored: Promise<unknown> = Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const media = { ...directMedia(), close: async () => void log.push('closed'), leave: () => void log.push('left') };
  const { call } = await answeredCall('201', '202', { media, commit: () => stored });
  stored = promise;
  call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  return { call, log, resolve, reject };
}

test('the relay has a call until its end is stored: a task that takes it over asks when it was heard', async () => {
  const { log, resolve } = await endingCall();
  expect(log).toEqual([]);
  resolve(undefined);
  await eventually(() => expect(log).toEqual(['closed']));
});

test('the relay has a call that another task carries', async () => {
  const { call, log, reject } = await endingCall();
  reject(new StaleWrite());
  await eventually(() => expect([call.writer.isLost, log]).toEqual([true, ['left']]));
});

// Own cloud: stops and kills tasks, and the media relay.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { samplesOfWav, timesHeard } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '../support/eventually.ts';
import type { RtpParty } from '../support/rtp-party.fixture.ts';
import { needs } from '../support/tools.ts';
import { sessionsAtOwnRelay, sidesOf, taskAddressOf, taskOf, untilKnown } from './handover.fixture.ts';
import { processesOf } from './processes.ts';
import { dataOf, recordedWav, toneParty } from './recorded-calls.fixture.ts';
import { expectHeard, speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { allCdrs, liveCalls, signalTask, startTaskCloud, type OwnTaskCloud } from './sidecar-tasks.fixture.ts';
import {
  converse,
  expectEnd,
  newSoftphones,
  refer,
  type Conversation,
  type RegisteredSoftphone,
} from './softphones.fixture.ts';
import { outcome, type Body } from './tenant.fixture.ts';

/** Calls whose media pass the relay of `npm start`, and that are recorded, when their task or the relay ends. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: OwnTaskCloud;
beforeAll(async () => {
  // It starts a relay of its own, which records.
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
});
afterAll(() => everything.disposeAsync());

let extension = 201;
let ann: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let cem: RegisteredSoftphone;
beforeEach(async () => {
  const [first, second] = cloud.tasks;
  if (second === undefined) throw new Error('no task');
  // One may have taken the place of a task that the test before has stopped.
  await untilKnown(cloud, first, second, everything);
  await untilKnown(cloud, second, first, everything);
  const extensions = [0, 1, 2].map(() => String(extension++));
  const made = await newSoftphones(cloud.tenant, extensions, first);
  [ann, bob, cem] = made as [RegisteredSoftphone, RegisteredSoftphone, RegisteredSoftphone];
  for (const { phone } of made) everything.use(phone);
});

/** Sends a signal to the task of a call. */
const signalTaskOf = ({ caller }: Conversation, signal: 'SIGTERM' | 'SIGKILL') =>
  signalTask(cloud, taskAddressOf(caller), signal);

/** Stops the task of a call, and waits until both parties have that of another one. */
async function move(call: Conversation): Promise<void> {
  const before = taskOf(call.caller);
  expect(before).not.toBe('');
  signalTaskOf(call, 'SIGTERM');
  await eventually(() => expect(sidesOf([call]).map(taskOf)).not.toContain(before), 20_000);
  expect(sidesOf([call]).map(({ isUp }) => isUp)).toEqual([true, true]);
}

const liveCall = () =>
  eventually(async () => {
    const [live, ...others] = await liveCalls(cloud);
    expect([live?.['status'], others]).toEqual(['answered', []]);
    return live as Body & { readonly id: string };
  });

const expectSessions = (count: number) =>
  eventually(async () => expect(await sessionsAtOwnRelay(cloud)).toBe(count), 30_000);

/** The CDR of a call, of which there is one. */
const cdrOf = ({ id }: { readonly id: string }): Promise<Body> =>
  eventually(async () => {
    const [cdr, ...others] = (await allCdrs(cloud.tenant)).filter((each) => each['call_id'] === id);
    if (cdr === undefined) throw new Error('there is no CDR');
    expect(others).toEqual([]);
    return cdr;
  }, 30_000);

/** Where the relay hears both parties. */
const relayedAt = (call: Conversation) => sidesOf([call]).map(({ remote }) => /^m=audio (\d+)/m.exec(remote)?.[1]);

test('a call that moves is heard through the same relay, also after hold and a transfer', async () => {
  const speakers = await Promise.all([ann, bob, cem].map(({ phone }) => speakerOf(phone)));
  for (const { party } of speakers) everything.use(party);
  const [one, other, third] = speakers as [Speaker, Speaker, Speaker];
  const call = await converse(ann.phone, bob.phone, bob.extension);
  const live = await liveCall();
  const before = relayedAt(call);
  await expectHeard([one, call.caller], [other, call.callee]);
  await move(call);
  await expectHeard([one, call.caller], [other, call.callee]);
  expect(await call.caller.offer('sendonly')).toMatch(/ recvonly$/);
  expect(await call.callee.offer('sendrecv')).toMatch(/ sendrecv$/);
  await expectHeard([one, call.caller], [other, call.callee]);
  expect(relayedAt(call)).toEqual(before);
  const { status } = await refer(call.callee, cem.extension, { host: bob.phone.domain });
  expect(status).toBe(202);
  const transferred = await cem.phone.nextCall();
  await expectEnd(call.callee, 'ended by peer');
  await expectHeard([one, call.caller], [third, transferred]);
  await expectSessions(1);
  transferred.hangUp();
  await expectEnd(call.caller, 'ended by peer');
  await expectSessions(0);
  expect(await cdrOf(live)).toMatchObject({ disposition: 'ANSWERED' });
});

/** Packets that a party has to say: two seconds. */
const spoken = 100;

/** A call that is recorded, with a tone of each party. */
async function recordedCall() {
  const [source, destination] = [ann, bob].map(({ device: id }) => ({ type: 'device', id }));
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination, options: { record: true } });
  expect(outcome(placed)).toBe('201');
  const call = { caller: await ann.phone.nextCall(), callee: await bob.phone.nextCall() };
  await eventually(() => expect(call.callee.log.at(-1)).toBe('acknowledged'), 20_000);
  let at = 0;
  const frequencies = { low: [440, 600], high: [1_000, 1_700] } as const;
  const [low, high] = [
    await toneParty(ann.phone, () => frequencies.low[at] ?? 0),
    await toneParty(bob.phone, () => frequencies.high[at] ?? 0),
  ];
  for (const party of [low, high]) everything.use(party);
  low.speakTo(call.caller);
  high.speakTo(call.callee);
  /** Both speak and hear enough from now on. */
  const speak = async (): Promise<void> => {
    const from = [low, high].map(({ sent, packets }) => ({ sent, packets }));
    const isEnough = ({ sent, packets }: RtpParty, of: number): boolean =>
      sent - (from[of]?.sent ?? 0) >= spoken && packets - (from[of]?.packets ?? 0) >= spoken / 2;
    await eventually(() => [low, high].every(isEnough), 30_000);
  };
  return { call, speak, next: () => (at += 1), frequencies };
}

/** Milliseconds of a tone in a channel, of which a block begins each 5 ms. */
const heard = (wav: Buffer, channel: 0 | 1, frequency: number) => 5 * timesHeard(frequency, samplesOfWav(wav, channel));

test('a recorded call that moves is one file, with what both parties say before and after', async () => {
  const { call, speak, next, frequencies } = await recordedCall();
  await speak();
  const { id, recording_id: recording } = await liveCall();
  expect(recording).toBe(id.replace('call_', 'file_'));
  await move(call);
  next();
  await speak();
  expect(await liveCall()).toMatchObject({ id, recording_id: recording });
  expect(await call.callee.offer('sendonly')).toMatch(/ recvonly$/);
  expect(await call.callee.offer('sendrecv')).toMatch(/ sendrecv$/);
  await speak();
  await expectSessions(1);
  call.caller.hangUp();
  await expectEnd(call.callee, 'ended by peer');
  await expectSessions(0);
  const wav = await recordedWav(cloud.tenant, String(recording));
  for (const [channel, own, others] of [
    [0, frequencies.low, frequencies.high],
    [1, frequencies.high, frequencies.low],
  ] as const) {
    for (const frequency of own) expect(heard(wav, channel, frequency)).toBeGreaterThan(1_000);
    for (const frequency of others) expect(heard(wav, channel, frequency)).toBe(0);
  }
  expect(await cdrOf({ id })).toMatchObject({ disposition: 'ANSWERED', custom: { recording_id: recording } });
  const files = (await cloud.tenant.ask('GET', '/files?kind=recording')).body as { readonly data: readonly Body[] };
  expect(files.data.filter(({ name }) => name === id)).toHaveLength(1);
});

test('a recorded call whose task is killed ends at both sides and at the relay, and becomes a file', async () => {
  const { call, speak, frequencies } = await recordedCall();
  await speak();
  const { id, recording_id: recording } = await liveCall();
  expect(dataOf(await cloud.tenant.ask('GET', `/files/${String(recording)}`))).toMatchObject({ state: 'pending' });
  signalTaskOf(call, 'SIGKILL');
  for (const side of sidesOf([call])) await expectEnd(side, 'ended by peer');
  await expectSessions(0);
  const wav = await recordedWav(cloud.tenant, String(recording));
  expect(heard(wav, 0, frequencies.low[0])).toBeGreaterThan(1_000);
  expect(heard(wav, 1, frequencies.high[0])).toBeGreaterThan(1_000);
  expect(await cdrOf({ id })).toMatchObject({ custom: { recording_id: recording } });
  const { body } = await cloud.tenant.ask('GET', `/Calls/${id}`);
  expect(body).toMatchObject({ status: 'hangup', hangup: { cause: 'SYSTEM_SHUTDOWN' }, recording_id: recording });
});

/** Ids of the rtpengine processes that this system has started: each has a session of its own. */
const engines = (): number[] => {
  const own = new Set(processesOf(cloud.cloud.pid));
  return execFileSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, program]) => program === 'rtpengine' && own.has(Number(pid)))
    .map(([pid]) => Number(pid));
};

test('a media relay that has died ends its calls, and is started again for others', async () => {
  expect(cloud.cloud.printed()).toMatch(/Media relay +rtpengine, started/);
  const [one, other] = (await Promise.all([ann, bob].map(({ phone }) => speakerOf(phone)))) as [Speaker, Speaker];
  for (const { party } of [one, other]) everything.use(party);
  const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, bob.extension);
  const { callee } = await annCallsBob();
  const [before, ...others] = engines();
  // Without an id, kill(2) would end the tests.
  if (before === undefined) throw new Error('there is no relay');
  expect(others).toEqual([]);
  process.kill(before, 'SIGKILL');
  await expectEnd(callee, 'ended by peer');
  await eventually(() => expect(engines()).toHaveLength(1), 20_000);
  // Calls are rejected until the new one answers.
  const again = await eventually(annCallsBob, 20_000);
  expect(again.callee.remote).not.toContain(`m=audio ${ann.phone.mediaPort} `);
  await expectHeard([one, again.caller], [other, again.callee]);
});

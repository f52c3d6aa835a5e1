import { afterAll, beforeAll, expect, test } from 'vitest';
import { sipUri } from '../../shared/sip/uri.ts';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { needs } from '../support/tools.ts';
import { startRtpEngine, type RtpEngine } from './peers/rtpengine.ts';
import { expectHeard, speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { liveCalls, startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones, type Conversation } from './softphones.fixture.ts';
import { outcome } from './tenant.fixture.ts';

/** Calls whose media pass a relay: rtpengine, with a voice for each phone. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let relay: RtpEngine;
let cloud: TaskCloud;
let ann: Speaker;
let bob: Speaker;
let cem: Speaker;
let devices: readonly string[];
beforeAll(async () => {
  relay = everything.use(await startRtpEngine());
  cloud = await startTaskCloud(1, { MEDIA_RELAY: relay.name });
  everything.defer(() => cloud.cloud.stop());
  const made = await newSoftphones(cloud.tenant, ['201', '202', '203'], cloud.tasks[0]);
  devices = made.map(({ device }) => device);
  [ann, bob, cem] = (await Promise.all(
    made.map(async ({ phone }) => {
      const speaker = await speakerOf(phone);
      everything.use(speaker.party);
      everything.use(phone);
      return speaker;
    }),
  )) as [Speaker, Speaker, Speaker];
});
afterAll(() => everything.disposeAsync());

const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, '202');

/** The relay has no more calls than those of the platform. */
const expectNothingLeft = () => eventually(async () => expect(await relay.sessions()).toBe(0));

async function hangUp(caller: SoftCall, callee: SoftCall): Promise<void> {
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  await expectNothingLeft();
}

test('both sides hear one another through the relay, and no description names the other side', async () => {
  const { caller, callee } = await annCallsBob();
  for (const { remote } of [caller, callee]) {
    expect(remote).toContain('c=IN IP4 127.0.0.1');
    for (const { phone } of [ann, bob]) {
      expect(remote).not.toContain(phone.place.address);
      expect(remote).not.toContain(`m=audio ${phone.mediaPort} `);
    }
  }
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('a call that is held and resumed has its voices again', async () => {
  const { caller, callee } = await annCallsBob();
  expect(await caller.offer('sendonly')).toMatch(/ recvonly$/);
  expect(await caller.offer('sendrecv')).toMatch(/ sendrecv$/);
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('the parties of a call of the API hear one another', async () => {
  const [source, destination] = devices.map((id) => ({ type: 'device', id }));
  const joined = ['answered', 'acknowledged', 'offer', 'acknowledged'];
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination });
  expect(outcome(placed)).toBe('201');
  const [caller, callee] = [await ann.phone.nextCall(), await bob.phone.nextCall()];
  await eventually(() => expect([caller.log, callee.log.at(-1)]).toEqual([joined, 'acknowledged']));
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

/** Replaces Bob in the call of Ann, when its answer is stored. */
const transferToCem = () =>
  eventually(async () => {
    const [live] = await liveCalls(cloud);
    const destination = { type: 'device', id: devices[2] };
    const asked = await cloud.tenant.ask('POST', `/Calls/${String(live?.['id'])}/actions`, {
      action: 'transfer',
      destination,
    });
    expect(outcome(asked)).toBe('202');
  });

test('a party that takes the place of another one is heard', async () => {
  const { caller, callee } = await annCallsBob();
  await transferToCem();
  const third = await cem.phone.nextCall();
  await expectEnd(callee, 'ended by peer');
  await expectHeard([ann, caller], [cem, third]);
  await hangUp(caller, third);
});

test('a call goes on when the new party is not there', async () => {
  const { caller, callee } = await annCallsBob();
  cem.phone.answers = 486;
  await transferToCem();
  await cem.phone.nextCall();
  cem.phone.answers = 'answer';
  await expectHeard([ann, caller], [bob, callee]);
  await hangUp(caller, callee);
});

test('the parties of two calls that are joined hear one another', async () => {
  const first = await annCallsBob();
  const second = await converse(bob.phone, cem.phone, '203');
  const { domain } = bob.phone;
  await first.callee.session.refer(
    { to: sipUri({ user: '203', host: domain }), replaces: second.caller.dialog },
    () => undefined,
  );
  await expectEnd(second.caller, 'ended by peer');
  await expectHeard([ann, first.caller], [cem, second.callee]);
  await hangUp(first.caller, second.callee);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually, past } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { liveCalls, sharedTaskCloud, type TaskAddress, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { newSlotKey, showsSlot } from '../slot-keys.fixture.ts';
import { converse, expectEnd, expectReport, refer } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant, type Body } from '../tenant.fixture.ts';

/** Calls that phones park and fetch (RFC 5359 §2.15), at two tasks, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: SharedTaskCloud;
let other: AdministeredTenant;
let [here, there]: [TaskAddress, TaskAddress] = [
  { address: '', port: 0 },
  { address: '', port: 0 },
];
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [here, there] = cloud.tasks;
  other = await newAdministeredTenant('parks', { cloud: cloud.cloud, operator: cloud.operator });
  await useExtensions(other);
});
afterAll(() => everything.disposeAsync());

let extension = 300;
const phoneAt = async (
  task: TaskAddress,
  tenant = cloud.tenant,
): Promise<ToneListener & { readonly extension: string }> => {
  const own = String(extension++);
  const phone = await ToneListener.of(await newLine(tenant, own), task);
  everything.use(phone);
  return Object.assign(phone, { extension: own });
};

/** A phone with a key that shows a slot. */
const keyAt = (task: TaskAddress, slot: string, tenant = cloud.tenant): Promise<Phone> =>
  newSlotKey(tenant, { task, slot }, everything);

/** A call of two phones, of which the second one parks it. */
async function talking() {
  const [caller, parker] = [await phoneAt(here), await phoneAt(here)];
  const call = await converse(caller.phone, parker.phone, parker.extension);
  caller.voice.sendTo(call.caller.remote);
  await caller.voice.speak(200);
  return { caller, parker, call };
}

const isLoud = (payload: Buffer): boolean => Math.max(...decodeG711(0, payload).map(Math.abs)) > 500;

const expectUp = (...calls: readonly SoftCall[]): Promise<void> =>
  eventually(() => expect(calls.map(({ isUp }) => isUp)).toEqual(calls.map(() => true)), 20_000);

/** The dialog of a parked call, as a key shows it (RFC 4235 §4.1.2). */
function shownDialog({ notified }: Phone) {
  const text = String(notified.at(-1)?.body);
  const of = (name: string): string => new RegExp(` ${name}="([^"]+)"`).exec(text)?.[1] ?? '';
  return { callId: of('call-id'), toTag: of('local-tag'), fromTag: of('remote-tag'), earlyOnly: false };
}

/** Waits until a phone hears something for a second. */
async function expectMusic({ voice }: ToneListener): Promise<void> {
  const before = voice.heard.length;
  await eventually(() => expect(voice.heard.slice(before).filter(isLoud).length).toBeGreaterThan(40), 20_000);
}

const expectTalk = (speaker: ToneListener, listener: ToneListener): Promise<void> =>
  eventually(async () => {
    const before = listener.voice.heard.length;
    await speaker.voice.speak(600, 1_000);
    expect(listener.tonesSince(before)).toEqual(['menu']);
  }, 20_000);

test('a phone parks its call by REFER, keys show the slot, and a phone at another task fetches it', async () => {
  const { caller, parker, call } = await talking();
  const [key, foreign] = [await keyAt(there, '701'), await keyAt(there, '701', other)];
  const { status, reports } = await refer(call.callee, '*85', { host: parker.phone.domain });
  expect(status).toBe(202);
  await expectReport(reports, 200);
  await expectEnd(call.callee, 'ended by peer');
  await expectMusic(caller);
  await showsSlot(key, '701', 'recipient confirmed');
  const stranger = (await phoneAt(there, other)).phone.call('*85701');
  await eventually(() => expect(stranger.log.at(-1)).toBe('failed 404'), 20_000);
  const fetcher = await phoneAt(there);
  const fetched = await fetcher.call('*85701');
  caller.voice.sendTo(call.caller.remote);
  await expectTalk(caller, fetcher);
  await expectTalk(fetcher, caller);
  await showsSlot(key, '701', 'terminated');
  expect(lampOf(foreign, 'park/701')).toBe('terminated');
  const again = fetcher.phone.call('*85701');
  await eventually(() => expect(again.log.at(-1)).toBe('failed 404'), 20_000);
  fetched.call.hangUp();
  await expectEnd(call.caller, 'ended by peer');
});

test('a phone parks the call that it has by dialing the code, and the next call gets the next slot', async () => {
  const [first, second] = [await talking(), await talking()];
  for (const { parker, call } of [first, second]) {
    await call.callee.offer('sendonly');
    const dialed = await parker.call('*85');
    await expectEnd(dialed.call, 'ended by peer');
    await expectEnd(call.callee, 'ended by peer');
  }
  // The calls of the codes are over at the phones a moment before they are stored as over.
  await eventually(async () => {
    const slots = (await liveCalls(cloud)).map(({ destination }) => (destination as { to: Body }).to['user']);
    expect(slots).toHaveLength(2);
  }, 10_000);
  const fetcher = await phoneAt(here);
  const fetched = await fetcher.call('*85702');
  second.caller.voice.sendTo(second.call.caller.remote);
  await expectTalk(second.caller, fetcher);
  await expectMusic(first.caller);
  fetched.call.hangUp();
  await expectEnd(second.call.caller, 'ended by peer');
  first.call.caller.hangUp();
});

test('the caller parks, too, and the slot is free when the parked party hangs up', async () => {
  const { parker: called, call } = await talking();
  called.voice.sendTo(call.callee.remote);
  await called.voice.speak(200);
  const key = await keyAt(here, '719');
  const { reports } = await refer(call.caller, 'park/719', { host: called.phone.domain });
  await expectReport(reports, 200);
  await expectEnd(call.caller, 'ended by peer');
  await expectMusic(called);
  await showsSlot(key, '719', 'recipient confirmed');
  const taken = await talking();
  const rejected = await refer(taken.call.callee, '*85719', { host: called.phone.domain });
  await expectReport(rejected.reports, 486);
  taken.call.caller.hangUp();
  call.callee.hangUp();
  await showsSlot(key, '719', 'terminated');
});

test('the API parks the caller, and phones fetch it by Replaces of what a key shows, or of its dialog', async () => {
  const { caller, call } = await talking();
  const [live] = await liveCalls(cloud);
  const path = `/Calls/${String(live?.['id'])}/actions`;
  expect(outcome(await other.ask('POST', path, { action: 'park' }))).toBe('404 NOT_FOUND');
  expect(outcome(await cloud.tenant.ask('POST', path, { action: 'park', leg: 'both' }))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await cloud.tenant.ask('POST', path, { action: 'park' }))).toBe('202');
  await expectEnd(call.callee, 'ended by peer');
  await expectMusic(caller);
  const key = await keyAt(there, '701');
  await showsSlot(key, '701', 'recipient confirmed');
  const dialog = shownDialog(key);
  const [fetcher, stranger] = [await phoneAt(there), await phoneAt(there, other)];
  const rejected = [
    stranger.phone.call('park/701', { replaces: dialog }),
    fetcher.phone.call('park/701', { replaces: { ...dialog, callId: 'call_another-park' } }),
    fetcher.phone.call('park/701', { replaces: { ...dialog, toTag: '702' } }),
  ];
  for (const each of rejected) await expectEnd(each, 'failed 481');
  expect(outcome(await cloud.tenant.ask('POST', path, { action: 'park' }))).toBe('409 INVALID_CALL_STATE');
  const fetched = fetcher.phone.call('park/701', { replaces: dialog });
  await expectUp(call.caller, fetched);
  await showsSlot(key, '701', 'terminated');
  // The API decides by what is stored, a moment after the phones are joined.
  await eventually(async () => {
    expect(outcome(await cloud.tenant.ask('POST', path, { action: 'park' }))).toBe('202');
  }, 10_000);
  await expectEnd(fetched, 'ended by peer');
  const party = call.caller.dialog;
  await expectEnd(stranger.phone.call('701', { replaces: party }), 'failed 481');
  const again = fetcher.phone.call('701', { replaces: party });
  await expectUp(call.caller, again);
  again.hangUp();
  await expectEnd(call.caller, 'ended by peer');
  for (const type of ['call.parked', 'call.fetched'])
    await eventually(async () => {
      const { body } = await cloud.tenant.ask('GET', `/events/call/${String(live?.['id'])}?type=${type}`);
      // The slot of the first time may not be free yet when the call is parked again.
      expect(JSON.stringify(body).match(/"slot":"70[12]"/g)).toHaveLength(2);
    });
});

test('a parked party that offers again, as to refresh its session, hears music on', async () => {
  const { caller, parker, call } = await talking();
  const { reports } = await refer(call.callee, '*85', { host: parker.phone.domain });
  await expectReport(reports, 200);
  await expectMusic(caller);
  await call.caller.offer('sendrecv');
  await expectMusic(caller);
  call.caller.hangUp();
});

test('a call that no one fetches returns to who parked it', async () => {
  const set = await cloud.tenant.ask('POST', '/orgs/me', {
    settings: { park: { first: '750', last: '750', return_seconds: 10 } },
  });
  expect(outcome(set)).toBe('200');
  const { caller, parker, call } = await talking();
  const { reports } = await refer(call.callee, '*85', { host: parker.phone.domain });
  await expectReport(reports, 200);
  const full = await talking();
  const rejected = await refer(full.call.callee, '*85', { host: full.parker.phone.domain });
  await expectReport(rejected.reports, 486);
  const [newest] = await liveCalls(cloud);
  const action = await cloud.tenant.ask('POST', `/Calls/${String(newest?.['id'])}/actions`, { action: 'park' });
  expect(outcome(action)).toBe('409 NO_FREE_SLOT');
  full.call.caller.hangUp();
  const returned = await parker.answer();
  caller.voice.sendTo(call.caller.remote);
  await expectTalk(caller, parker);
  returned.call.hangUp();
  await expectEnd(call.caller, 'ended by peer');
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings: { park: null } }))).toBe('200');
});

test('a phone at another task fetches a call while it rings at who parked it', async () => {
  const set = await cloud.tenant.ask('POST', '/orgs/me', {
    settings: { park: { first: '770', last: '770', return_seconds: 10 } },
  });
  expect(outcome(set)).toBe('200');
  const [fetcher, { caller, parker, call }] = [await phoneAt(there), await talking()];
  const { reports } = await refer(call.callee, '*85770', { host: parker.phone.domain });
  await expectReport(reports, 200);
  const { length: before } = parker.phone.calls;
  parker.phone.answers = 'ring';
  await eventually(() => expect(parker.phone.calls.length).toBe(before + 1), 20_000);
  const fetched = await fetcher.call('*85770');
  await eventually(() => expect(parker.phone.calls.at(-1)?.log.at(-1)).toBe('ended by peer'), 20_000);
  caller.voice.sendTo(call.caller.remote);
  await expectTalk(caller, fetcher);
  await expectTalk(fetcher, caller);
  const again = fetcher.phone.call('*85770');
  await eventually(() => expect(again.log.at(-1)).toBe('failed 404'), 20_000);
  const [live] = await liveCalls(cloud);
  fetched.call.hangUp();
  await expectEnd(call.caller, 'ended by peer');
  await eventually(async () => {
    const { body } = await cloud.tenant.ask('GET', `/events/call/${String(live?.['id'])}?type=call.fetched`);
    expect(JSON.stringify(body)).toContain('"slot":"770"');
  }, 20_000);
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings: { park: null } }))).toBe('200');
});

test('a call that is fetched while it returns to who parked it is taken by one of both', async () => {
  const slots = ['760', '761', '762', '763'];
  const set = await cloud.tenant.ask('POST', '/orgs/me', {
    settings: { park: { first: '760', last: '763', return_seconds: 10 } },
  });
  expect(outcome(set)).toBe('200');
  const all = await Promise.all(
    slots.map(async (slot) => ({ slot, fetcher: await phoneAt(here), ...(await talking()) })),
  );
  await Promise.all(
    all.map(async ({ slot, parker, fetcher, call }, at) => {
      const { reports } = await refer(call.callee, `*85${slot}`, { host: parker.phone.domain });
      await expectReport(reports, 200);
      const { length: before } = parker.phone.calls;
      await past(9_900 + 60 * at);
      const fetched = fetcher.phone.call(`*85${slot}`);
      const returned = () => parker.phone.calls.at(before);
      const isUp = (): readonly boolean[] => [fetched.isUp, returned()?.isUp === true];
      await eventually(() => expect(isUp().toSorted()).toEqual([false, true]), 20_000);
      expect(call.caller.isUp).toBe(true);
      const taker = fetched.isUp ? fetched : (returned() ?? expect.fail('no call'));
      call.caller.hangUp();
      await expectEnd(taker, 'ended by peer');
    }),
  );
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings: { park: null } }))).toBe('200');
});

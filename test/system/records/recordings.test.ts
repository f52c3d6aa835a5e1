import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#sounds/g711.ts';
import { announcementSound, beepSound } from '#functions/media-relay/recordings/notice-sound.ts';
import { blocksWith, samplesOfWav, shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import type { RtpParty } from '#test/support/rtp-party.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { dataOf, recordedWav, toneParty } from '../recorded-calls.fixture.ts';
import { allCdrs, liveCalls, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, expectJoined, newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import { outcome, tenantPassword, uniqueName, type AdministeredTenant, type Body } from '../tenant.fixture.ts';

/** Calls that are recorded: from their media to the file. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let cem: RegisteredSoftphone;

beforeAll(async () => {
  // It starts a relay of its own, as one is installed.
  cloud = await sharedTaskCloud();
  const made = await newSoftphones(cloud.tenant, ['201', '202', '203'], cloud.tasks[0]);
  [ann, bob, cem] = made;
  for (const { phone } of made) everything.use(phone);
});
afterAll(() => everything.disposeAsync());

/** A phone says a tone. */
const tone = ({ phone }: RegisteredSoftphone, frequency: number): Promise<RtpParty> =>
  toneParty(phone, () => frequency);

type Placed = { readonly id: string; readonly caller: SoftCall; readonly callee: SoftCall };

async function place(options: Body): Promise<Placed> {
  const [source, destination] = [ann, bob].map(({ device: id }) => ({ type: 'device', id }));
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination, options });
  expect(outcome(placed)).toBe('201');
  const [caller, callee] = [await ann.phone.nextCall(), await bob.phone.nextCall()];
  await eventually(() => expect(callee.log.at(-1)).toBe('acknowledged'), 20_000);
  return { id: (placed.body as { id: string }).id, caller, callee };
}

/** Packets with a tone, by their positions. */
const packetsWith = (frequency: number, { received }: RtpParty): number[] =>
  received.flatMap((payload, at) => (shareOf(frequency, [...decodeG711(0, payload)]) > 0.8 ? [at] : []));

const beep = 1_400;

/** Waits until a party hears the other one, which it does not before the end of the notice. */
async function expectNotice(party: RtpParty, other: number): Promise<void> {
  await eventually(() => packetsWith(other, party).length > 10, 30_000);
  const [first] = packetsWith(other, party);
  expect(packetsWith(beep, party).length).toBeGreaterThan(10);
  expect(first).toBeGreaterThan(packetsWith(beep, party).at(-1) ?? Infinity);
}

/** Seconds that both speak. */
const spoken = 2;

/** Two phones in a call whose recording has begun: waits until both have spoken and heard the notice. */
async function speak({ id, caller, callee }: Placed): Promise<string> {
  using low = await tone(ann, 440);
  using high = await tone(bob, 1_000);
  low.speakTo(caller);
  high.speakTo(callee);
  await eventually(() => Math.min(low.sent, high.sent) >= spoken * 50, 30_000);
  const recording = id.replace('call_', 'file_');
  expect(await liveCalls(cloud)).toMatchObject([{ id, recording_id: recording }]);
  expect(dataOf(await cloud.tenant.ask('GET', `/files/${recording}`))).toMatchObject({ name: id, state: 'pending' });
  await expectNotice(low, 1_000);
  await expectNotice(high, 440);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  return recording;
}

/** Waits for the file of a recording: the caller speaks on its left channel, the callee on its right one. */
async function expectStereo(recording: string): Promise<void> {
  const wav = await recordedWav(cloud.tenant, recording);
  const [left, right] = [samplesOfWav(wav, 0), samplesOfWav(wav, 1)];
  expect(left.length).toBeGreaterThan(spoken * 4_000);
  expect([blocksWith(440, left) > 0.6, blocksWith(1_000, left)]).toEqual([true, 0]);
  expect([blocksWith(1_000, right) > 0.6, blocksWith(440, right)]).toEqual([true, 0]);
}

test('a call with options.record is announced, and is a stereo file: caller left, callee right', async () => {
  const { ask } = cloud.tenant;
  const placed = await place({ record: true });
  const recording = await speak(placed);
  await expectStereo(recording);
  const { id } = placed;
  expect((await ask('GET', `/Calls/${id}`)).body).toMatchObject({ status: 'hangup', recording_id: recording });
  await eventually(async () => {
    const [cdr] = (await allCdrs(cloud.tenant)).filter((each) => each['call_id'] === id);
    expect(cdr?.['custom']).toEqual({ recording_id: recording });
  }, 30_000);
});

/** Has the calls to 202 recorded. @returns the id of the policy */
async function recordCallsToBob({ ask }: AdministeredTenant): Promise<string> {
  const conditions = { pattern: '^202$' };
  const policy = { name: uniqueName('recorded'), status: 'active', conditions, actions: { allow: true, record: true } };
  const saved = await ask('PUT', '/dialplan/policy', policy);
  expect(outcome(saved)).toBe('201');
  return (saved.body as { readonly policy: { readonly id: string } }).policy.id;
}

test('a call of a phone is recorded by a policy with record, and not without it', async () => {
  const { ask } = cloud.tenant;
  const id = await recordCallsToBob(cloud.tenant);
  expect((await ask('POST', '/dialplan/evaluate', { called: '202' })).body).toMatchObject({
    decision: { record: true },
  });
  const conversation = await converse(ann.phone, bob.phone, '202');
  const [live] = await liveCalls(cloud);
  await expectStereo(await speak({ ...conversation, id: String(live?.['id']) }));
  expect(outcome(await ask('POST', '/dialplan/policy', { id, actions: { record: null } }))).toBe('200');
  const { caller, callee } = await converse(ann.phone, bob.phone, '202');
  expect(await liveCalls(cloud)).toMatchObject([{ recording_id: null }]);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('a call to a number is recorded as the number says', async () => {
  const { ask } = cloud.tenant;
  const number = await newNumber(cloud.tenant, { type: 'device', id: bob.device }, cloud.operator);
  expect(outcome(await ask('POST', `/numbers/${number}`, { record: true }))).toBe('200');
  const conversation = await converse(ann.phone, bob.phone, number);
  const [live] = await liveCalls(cloud);
  await expectStereo(await speak({ ...conversation, id: String(live?.['id']) }));
  expect((await ask('POST', `/numbers/${number}`, { record: false })).body).toMatchObject({ data: { record: false } });
  const { caller, callee } = await converse(ann.phone, bob.phone, number);
  expect(await liveCalls(cloud)).toMatchObject([{ recording_id: null }]);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('where no relay records, a call goes on that a policy wants recorded, and an event has the reason', async () => {
  // The shared cloud has no relay.
  const tenant = await newPeerTenant();
  await useExtensions(tenant);
  await recordCallsToBob(tenant);
  const [one, other] = await newSoftphones(tenant, ['201', '202']);
  using first = one.phone;
  using second = other.phone;
  const { caller, callee } = await converse(first, second, '202');
  await expectJoined([first, caller], [second, callee]);
  const { calls } = (await tenant.ask('GET', '/Calls')).body as { readonly calls: readonly Body[] };
  expect(calls).toMatchObject([{ recording_id: null }]);
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/events/call/${String(calls[0]?.['id'])}?type=call.recording_failed`);
    expect(body).toMatchObject({ data: { events: [{ data: { reason: 'RECORDING_UNAVAILABLE' } }] } });
  }, 20_000);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('who has not the scope recordings:read learns nothing of recordings', async () => {
  const { ask } = cloud.tenant;
  const { data } = (await ask('GET', '/files?kind=recording')).body as { data: readonly Body[] };
  expect(data.length).toBeGreaterThan(0);
  const username = uniqueName('manager');
  const person = { username, password: tenantPassword, roles: ['manager'], must_change_password: false };
  expect(outcome(await ask('PUT', '/users', person))).toBe('201');
  const token = await cloud.tenant.logIn(username);
  expect((await ask('GET', '/files?kind=recording', undefined, { token })).body).toMatchObject({ data: [] });
  expect(outcome(await ask('GET', `/files/${String(data[0]?.['id'])}`, undefined, { token }))).toMatch(/^404/);
  expect(outcome(await ask('DELETE', `/files/${String(data[0]?.['id'])}`, undefined, { token }))).toMatch(/^404/);
});

/** Changes country and notice of the organization. */
async function setNotice(country: string, notice: string | null): Promise<string> {
  return outcome(await cloud.tenant.ask('POST', '/orgs/me', { country, settings: { recording_notice: notice } }));
}

/** Samples that a party has received. */
const heardBy = ({ received }: RtpParty): number[] => received.flatMap((payload) => [...decodeG711(0, payload)]);

/** How alike sounds of the same length are: 1 for the same one. */
function likeness(one: readonly number[], other: readonly number[]): number {
  const product = (left: readonly number[], right: readonly number[]): number =>
    left.reduce((sum, sample, at) => sum + sample * (right[at] ?? 0), 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

/** Waits until a party that hears nothing else has heard a sound, once and whole: all of its packets of 20 ms. */
async function expectHeard(party: RtpParty, sound: Buffer): Promise<void> {
  const samples = samplesOfWav(sound, 0);
  const whole = samples.slice(0, samples.length - (samples.length % 160));
  await eventually(() => expect(heardBy(party).length).toBeGreaterThanOrEqual(whole.length), 10_000);
  const heard = heardBy(party);
  expect(heard.length).toBeLessThanOrEqual(whole.length + 160);
  // A busy machine swaps some packets.
  expect(likeness(whole, heard)).toBeGreaterThan(0.8);
}

const speechIn = (language: string): Promise<Buffer> =>
  readFile(new URL(`../../../functions/media-relay/assets/${language}.ul`, import.meta.url));

test('both parties hear the announcement of their country, and a party that joins them hears it alone', async () => {
  using low = await tone(ann, 440);
  using high = await tone(bob, 1_000);
  using third = await tone(cem, 600);
  const { id, caller, callee } = await place({ record: true });
  const sound = announcementSound(await speechIn('de'));
  for (const party of [low, high]) await expectHeard(party, sound);
  const destination = { type: 'device', id: cem.device };
  expect(outcome(await cloud.tenant.ask('POST', `/Calls/${id}/actions`, { action: 'transfer', destination }))).toBe(
    '202',
  );
  const joined = await cem.phone.nextCall();
  await expectHeard(third, sound);
  // The party that stays knows it.
  await expectHeard(low, sound);
  await expectEnd(callee, 'ended by peer');
  caller.hangUp();
  await expectEnd(joined, 'ended by peer');
});

test('an organization in a country that permits it has a beep, or nothing', async () => {
  expect(await setNotice('BR', null)).toBe('200');
  {
    using low = await tone(ann, 440);
    using high = await tone(bob, 1_000);
    const { caller, callee } = await place({ record: true });
    for (const party of [low, high]) await expectHeard(party, beepSound());
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  }
  expect(await setNotice('JP', 'none')).toBe('200');
  using low = await tone(ann, 440);
  using high = await tone(bob, 1_000);
  const { id, caller, callee } = await place({ record: true });
  low.speakTo(caller);
  const isOfAnn = (payload: Buffer): boolean => shareOf(440, [...decodeG711(0, payload)]) > 0.8;
  // A beep would be over.
  await eventually(() => high.received.filter(isOfAnn).length >= 100, 30_000);
  expect([low.packets, high.received.every(isOfAnn)]).toEqual([0, true]);
  const { body } = await cloud.tenant.ask('GET', `/Calls/${id}`);
  expect(body).toMatchObject({ recording_id: id.replace('call_', 'file_') });
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('a notice that is weaker than the country demands is rejected, as is a country that demands more', async () => {
  expect(await setNotice('JP', 'none')).toBe('200');
  for (const [change, path] of [
    [{ country: 'DE', settings: { recording_notice: 'beep' } }, 'settings.recording_notice'],
    [{ country: 'BR' }, 'country'],
    [{ country: 'DE' }, 'country'],
  ] as const) {
    const { status, body } = await cloud.tenant.ask('POST', '/orgs/me', change);
    const error = { code: 'RECORDING_NOTICE_REQUIRED', details: [{ path }] };
    expect([status, body]).toMatchObject([422, { error }]);
  }
  expect(await setNotice('DE', null)).toBe('200');
  expect((await cloud.tenant.ask('GET', '/orgs/me')).body).toMatchObject({ data: { country: 'DE', settings: {} } });
});

test('a call without options.record has no recording and no notice', async () => {
  using low = await tone(ann, 440);
  const { id, caller, callee } = await place({});
  low.speakTo(caller);
  await eventually(() => low.sent >= 25, 20_000);
  expect(packetsWith(beep, low)).toEqual([]);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  expect((await cloud.tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({ recording_id: null });
});

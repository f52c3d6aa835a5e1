import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, type Conversation } from '../softphones.fixture.ts';
import { outcome, type Body } from '../tenant.fixture.ts';

/** What parties hear of whom the other one, or the API, holds the call. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let own: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  bob = everything.use(await ToneListener.register(tenant, task, '202'));
  own = (await uploadTones(tenant)).welcome;
});
afterAll(() => everything.disposeAsync());

const set = async (settings: Body): Promise<string> =>
  outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings }));

/** The share of packets since, of a party, that are loud; NaN: it got none. */
function loudness({ voice }: ToneListener, since: number): number {
  const packets = voice.heard.slice(since).map((payload) => [...decodeG711(0, payload)]);
  return packets.filter((samples) => samples.some((sample) => Math.abs(sample) > 500)).length / packets.length;
}

/** A call of both, who say nothing. */
async function connected(): Promise<Conversation> {
  const call = await converse(ann.phone, bob.phone, '202');
  ann.voice.sendTo(call.caller.remote);
  bob.voice.sendTo(call.callee.remote);
  await Promise.all([ann.voice.speak(200), bob.voice.speak(200)]);
  return call;
}

/** Waits until a party hears something for a while. @param least packets */
async function expectMusic(listener: ToneListener, tone?: string, least = 40): Promise<void> {
  const before = listener.voice.heard.length;
  await eventually(() => expect(listener.voice.heard.length).toBeGreaterThan(before + least), 20_000);
  if (tone === undefined) expect(loudness(listener, before)).toBeGreaterThan(0.5);
  else expect(listener.tonesSince(before).at(-1)).toBe(tone);
}

/** While the other one speaks with a tone of 1,000 Hz. */
async function expectTalk(speaker: ToneListener, listener: ToneListener): Promise<void> {
  await eventually(async () => {
    const before = listener.voice.heard.length;
    await speaker.voice.speak(600, 1_000);
    expect(listener.tonesSince(before)).toEqual(['menu']);
  }, 20_000);
}

const isSilent = (listener: ToneListener, since: number): boolean =>
  listener.voice.heard.length === since || loudness(listener, since) === 0;

/** Waits until a party, who speaks, hears nothing: packets on their way are read after a hold is confirmed. */
async function expectSilence(listener: ToneListener, during: () => Promise<void>): Promise<void> {
  const speakThrough = async (): Promise<boolean> => {
    const before = listener.voice.heard.length;
    await listener.voice.speak(200);
    return isSilent(listener, before);
  };
  await eventually(speakThrough, 5_000);
  const before = listener.voice.heard.length;
  await during();
  expect(isSilent(listener, before)).toBe(true);
}

test.each(['sendonly', 'inactive'] as const)(
  'either phone holds (%s): the other one hears music, and it none',
  async (direction) => {
    expect(await set({ music_on_hold: own })).toBe('200');
    const { caller, callee } = await connected();
    for (const [holder, held, call] of [
      [ann, bob, caller],
      [bob, ann, callee],
    ] as const) {
      await call.offer(direction);
      await expectMusic(held, 'welcome');
      await expectSilence(holder, () => expectMusic(held, 'welcome', 80));
      await call.offer('sendrecv');
      await expectTalk(ann, bob);
      await expectTalk(bob, ann);
    }
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  },
);

test('without a file of its own an organization has the piece of the platform, and with none silence', async () => {
  expect(await set({ music_on_hold: null })).toBe('200');
  const first = await connected();
  await first.caller.offer('sendonly');
  await expectMusic(bob);
  first.caller.hangUp();
  await expectEnd(first.callee, 'ended by peer');

  expect(await set({ music_on_hold: 'none' })).toBe('200');
  const second = await connected();
  await second.caller.offer('sendonly');
  await expectSilence(bob, () => ann.voice.speak(1_500));
  second.caller.hangUp();
  await expectEnd(second.callee, 'ended by peer');
});

test('if both hold, neither hears music', async () => {
  expect(await set({ music_on_hold: own })).toBe('200');
  const { caller, callee } = await connected();
  await caller.offer('sendonly');
  await expectMusic(bob, 'welcome');
  await callee.offer('inactive');
  const neither = (): Promise<void> => expectSilence(ann, () => bob.voice.speak(1_000));
  await expectSilence(bob, neither);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('a party that the API holds hears music until the API resumes it', async () => {
  expect(await set({ music_on_hold: own })).toBe('200');
  const { caller, callee } = await connected();
  const { tenant } = cloud;
  const { calls } = (await tenant.ask('GET', '/Calls')).body as { readonly calls: readonly Body[] };
  const id = String(calls.find(({ status }) => status === 'answered')?.['id']);
  const act = async (action: string): Promise<string> =>
    outcome(await tenant.ask('POST', `/Calls/${id}/actions`, { action, leg: 'destination' }));
  expect(await act('hold')).toBe('202');
  await expectMusic(bob, 'welcome');
  await expectSilence(ann, () => expectMusic(bob, 'welcome', 80));
  expect(await act('resume')).toBe('202');
  await expectTalk(ann, bob);
  await expectTalk(bob, ann);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
});

test('music and prompts are ready sounds of the organization', async () => {
  for (const [settings, path] of [
    [{ music_on_hold: 'file_0000000000000000000000000000' }, 'settings.music_on_hold'],
    [{ prompts: { goodbye: 'file_0000000000000000000000000000' } }, 'settings.prompts.goodbye'],
    [{ prompts: { 'good-evening': own } }, 'settings.prompts.good-evening'],
  ] as const) {
    const answer = await cloud.tenant.ask('POST', '/orgs/me', { settings });
    expect([outcome(answer), JSON.stringify(answer)]).toEqual(['422 VALIDATION_FAILED', expect.stringContaining(path)]);
  }
  const other = await uploadSound(cloud.tenant, wavTone(600, 0.5));
  expect(await set({ prompts: { goodbye: own, 'enter-pin': other } })).toBe('200');
  expect(await set({ prompts: { goodbye: null } })).toBe('200');
  const { body } = await cloud.tenant.ask('GET', '/orgs/me');
  expect(JSON.stringify(body)).toContain(`"prompts":{"enter-pin":"${other}"}`);
});

test('music that is no audio is rejected, and what plays goes on to be the music', async () => {
  expect(await set({ music_on_hold: own })).toBe('200');
  const header = wavTone(600, 0.5).subarray(0, 44);
  const silent = await uploadSound(cloud.tenant, Buffer.concat([header, Buffer.alloc(0)]), 'rejected');
  const text = await uploadSound(cloud.tenant, Buffer.from('no audio'), 'rejected');
  for (const music_on_hold of [silent, text]) expect(await set({ music_on_hold })).toBe('422 VALIDATION_FAILED');
  const { body } = await cloud.tenant.ask('GET', '/orgs/me');
  expect(JSON.stringify(body)).toContain(`"music_on_hold":"${own}"`);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, useExtensions, newFlow } from '../calls.fixture.ts';
import { untilKnown } from '../handover.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { liveCalls, sharedTaskCloud, type TaskAddress, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { newSlotKey, showsSlot } from '../slot-keys.fixture.ts';
import { expectEnd } from '../softphones.fixture.ts';
import { outcome } from '../tenant.fixture.ts';

/** Flows that park their calls: the music is one tone, and each exit of the step another one. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: SharedTaskCloud;
let [here, there] = Array.from({ length: 2 }, (): TaskAddress => ({ address: '', port: 0 })) as [
  TaskAddress,
  TaskAddress,
];
let long: string;
let short: string;

/** A number whose flow parks the caller: `bye` is heard where it finds no slot, or waits in vain, `menu` afterwards. */
async function parkingNumber(
  timeout_seconds: number,
  sounds: Readonly<Record<'menu' | 'bye', string>>,
): Promise<string> {
  const id = await newFlow(cloud.tenant, {
    slot: { type: 'park', timeout_seconds, timeout: 'bye', full: 'bye', after: 'menu' },
    menu: { type: 'play', prompt: { file: sounds.menu } },
    bye: { type: 'play', prompt: { file: sounds.bye } },
  });
  return newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
}

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [here, there] = cloud.tasks;
  await untilKnown(cloud, here, there, everything);
  await useExtensions(cloud.tenant);
  const { welcome, ...sounds } = await uploadTones(cloud.tenant);
  const park = { first: '730', last: '730', return_seconds: 120 };
  const set = await cloud.tenant.ask('POST', '/orgs/me', { settings: { music_on_hold: welcome, park } });
  expect(outcome(set)).toBe('200');
  [long, short] = [await parkingNumber(600, sounds), await parkingNumber(5, sounds)];
});
afterAll(() => everything.disposeAsync());

let extension = 300;
const phoneAt = async (task: TaskAddress): Promise<ToneListener> =>
  everything.use(await ToneListener.register(cloud.tenant, task, String(extension++)));

const expectMusic = ({ tones }: HeardCall): Promise<void> =>
  eventually(() => expect(tones().at(-1)).toBe('welcome'), 20_000);

const expectTalk = (speaker: ToneListener, listener: ToneListener): Promise<void> =>
  eventually(async () => {
    const before = listener.voice.heard.length;
    await speaker.voice.speak(600, 1_500);
    expect(listener.tonesSince(before)).toEqual(['bye']);
  }, 20_000);

/** A phone fetches the call of the slot, talks, and hangs up: the flow goes on. */
async function fetchAndLeave(caller: ToneListener, parked: HeardCall): Promise<void> {
  const fetcher = await phoneAt(there);
  const fetched = await fetcher.call('*85730');
  await expectTalk(caller, fetcher);
  await expectTalk(fetcher, caller);
  fetched.call.hangUp();
  await expectEnd(parked.call, 'ended by peer');
  expect(parked.tones().slice(-2)).toEqual(['bye', 'menu']);
}

test('a caller waits in a slot until a phone fetches it, and hears the flow when that hangs up', async () => {
  const [caller, late] = [await phoneAt(here), await phoneAt(here)];
  const key = await newSlotKey(cloud.tenant, { task: there, slot: '730' }, everything);
  await showsSlot(key, '730', 'terminated');
  const parked = await caller.call(long);
  await expectMusic(parked);
  await showsSlot(key, '730', 'recipient confirmed');
  const [{ id } = {}] = await liveCalls(cloud);
  const second = await late.call(long);
  await expectEnd(second.call, 'ended by peer');
  expect(second.tones()).toEqual(['bye']);
  await fetchAndLeave(caller, parked);
  await showsSlot(key, '730', 'terminated');
  for (const type of ['call.parked', 'call.fetched'])
    await eventually(async () => {
      const { body } = await cloud.tenant.ask('GET', `/events/call/${String(id)}?type=${type}`);
      expect(JSON.stringify(body)).toContain('"slot":"730"');
    });
});

test('a call that no one fetches in time leaves its slot', async () => {
  const caller = await phoneAt(here);
  const parked = await caller.call(short);
  await expectMusic(parked);
  await expectEnd(parked.call, 'ended by peer');
  expect(parked.tones()).toEqual(['welcome', 'bye']);
  const fetcher = await phoneAt(here);
  await eventually(() => expectEnd(fetcher.phone.call('*85730'), 'failed 404'), 20_000);
});

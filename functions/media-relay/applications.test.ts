import { createHash, randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { soundHeader, soundObject, type Sound } from '#schema/sound.ts';
import { taskPoster } from '#sidecar/post.ts';
import { eventType } from '#test/support/voices.fixture.ts';
import { hasTelephoneEvents } from '#sip/sdp/telephone-events.ts';
import { eventually } from '#test/support/eventually.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { description, TelephoneEvents } from '#test/support/telephone-events.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { temporaryFolder } from '#test/system/peers/program.ts';
import { RelayedApplicationMedia } from '../sip-sidecar/media/application-media.ts';
import { applicationDescription } from '../sip-sidecar/media/application-description.ts';
import { NgClient } from '../sip-sidecar/media/ng-client.ts';
import { RelayedMedia } from '../sip-sidecar/media/relayed-media.ts';
import { Relays } from '../sip-sidecar/media/relays.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { encodeMu, shareOf, toneOf } from './recordings/recording.fixture.ts';
import { startRelay } from './relay.ts';
import { settingsFrom } from './settings.ts';

/** What applications of a task of the sidecar ask a relay with the real rtpengine. */

needs('rtpengine');

const here = '127.0.0.1';
const secrets = { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' };
const everything = new AsyncDisposableStack();
const objects = memoryObjects();
const folder = everything.use(temporaryFolder());
const ng = new NgClient();
let relays: Relays;
let relay: string;

/** A task of the sidecar. */
function newTask(): RelayedApplicationMedia {
  const post = taskPoster({ secrets, clock: () => new Date(), fetch });
  const media = new RelayedApplicationMedia({ relays, post, now: Date.now, fault: () => undefined });
  everything.defer(() => media.close());
  media.refresh();
  return media;
}

beforeAll(async () => {
  const first = randomInt(8_000, 15_900) * 2;
  const [port, control] = [await freePort(), await freePort()];
  const environment = {
    MEDIA_ADDRESS: here,
    MEDIA_PORTS: `${first}-${first + 60}`,
    PORT_NG: String(port),
    PORT_CONTROL: String(control),
    PORT_HEALTH: String(await freePort()),
    HEALTH_HOST: here,
    SOUND_DIR: folder.path,
  };
  const none = () => undefined;
  const leases = { read: async () => [], write: async () => undefined, remove: async () => undefined };
  const dependencies = { environment, print: none, fault: none, note: none, objects, secrets, leases };
  const started = await startRelay(settingsFrom(environment), dependencies);
  everything.defer(() => started.close());
  everything.defer(() => ng.close());
  relay = `${here}:${port}`;
  const hosts = [{ host: here, port, control }];
  const lookup = async (host: string) => [host];
  relays = new Relays({ hosts, client: ng, lookup, onLost: none, readLeases: async () => [], now: Date.now });
  await eventually(async () => {
    await relays.refresh();
    return relays.alive.length === 1;
  });
});
afterAll(() => everything.disposeAsync());

/** A call whose caller has an application as its peer. */
async function callOf(call: string): Promise<TelephoneEvents> {
  const phone = everything.use(await TelephoneEvents.open(here));
  const form = { flags: ['trust-address'], replace: ['origin'], ICE: 'remove' } as const;
  const parties = { 'call-id': call, 'from-tag': 'a', 'to-tag': 'application', ...form } as const;
  await relays.ask(relay, { command: 'offer', ...parties, sdp: phone.offer });
  const sdp = description({ address: here, port: 9 });
  const { sdp: answer = '' } = await relays.ask(relay, { command: 'answer', ...parties, sdp });
  phone.sendTo(answer);
  await phone.speak(40);
  return phone;
}

/** A description without telephone events. */
const withoutEvents = (sdp: string): string =>
  sdp.replace(/^(m=audio .*) 101\r$/m, '$1\r').replaceAll(/^a=(?:rtpmap|fmtp):101 .*\r\n/gm, '');

/** Hears the digits of a call. */
function hear(task: RelayedApplicationMedia, call: string): () => string {
  const heard: string[] = [];
  task.onDigit({ relay, call }, ({ digit }) => void heard.push(digit));
  return () => heard.join('');
}

/** Half a second of a tone, in the bucket. */
async function storedTone(): Promise<Sound> {
  const samples = Buffer.from(toneOf(1_000, 0, 4_000).map(encodeMu));
  const bytes = Buffer.concat([soundHeader(samples.length), samples]);
  const sound = { organization: 1_001, sha256: createHash('sha256').update(bytes).digest('hex') };
  await objects.put(soundObject(sound), bytes);
  return sound;
}

test('12 digits of 80 ms come as 12, to every task', async () => {
  const phone = await callOf('call_digits');
  const tasks = [newTask(), newTask()];
  await eventually(() => tasks.every((task) => task.digitPosition(relay) !== undefined));
  const heard = tasks.map((task) => hear(task, 'call_digits'));
  await phone.press('111223456789');
  await phone.press('*0#ABCD', { gap: 40, ends: 1 });
  await eventually(() => expect(heard.map((digits) => digits())).toEqual(Array(2).fill('111223456789*0#ABCD')));
});

test('a party without telephone events presses digits as tones, also while a sound plays', async () => {
  const applications = newTask();
  await eventually(() => applications.digitPosition(relay) !== undefined);
  const chosen = { choose: () => relay, ask: relays.ask.bind(relays) };
  const own = { relays: chosen, allowsPrivate: true, onRelay: () => undefined, fault: () => undefined, applications };
  const media = new RelayedMedia('call_tones', own);
  everything.defer(() => media.close());
  media.expectApplication('b1');
  const phone = everything.use(await TelephoneEvents.open(here));
  const sdp = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: withoutEvents(phone.offer) });
  const heard: string[] = [];
  media.hearDigits('a', (digit, way) => void heard.push(`${digit} ${way}`));
  const answer = applicationDescription(sdp) ?? '';
  phone.sendTo(await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: answer }));
  await phone.speak(40);
  await phone.sound('18*');
  await media.play('a', await storedTone(), 10);
  await phone.sound('0#', { milliseconds: 60, gap: 60 });
  // Its answer has no events, so that they are no digits of this party.
  await phone.press('7');
  await phone.sound('D');
  await eventually(() => expect(heard).toEqual(Array.from('18*0#D', (digit) => `${digit} inband`)));
});

test.each(['phone', 'trunk'])(
  'digits of a phone with events and of a trunk with tones reach each other, called by the %s',
  async (caller) => {
    const chosen = { choose: () => relay, ask: relays.ask.bind(relays) };
    const own = { relays: chosen, allowsPrivate: true, onRelay: () => undefined, fault: () => undefined };
    const media = new RelayedMedia(`call_by_${caller}`, own);
    everything.defer(() => media.close());
    const phone = everything.use(await TelephoneEvents.open(here));
    const trunk = everything.use(await TelephoneEvents.open(here));
    const [a, b1] = caller === 'phone' ? [phone, trunk] : [trunk, phone];
    media.limitAudio(caller === 'phone' ? 'b1' : 'a', { codecs: ['G.711'], isInband: true });
    const offered = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: a.offer });
    expect(hasTelephoneEvents(offered)).toBe(caller === 'trunk');
    const [, events = eventType] = /^a=rtpmap:(\d+) telephone-event/m.exec(offered) ?? [];
    const described =
      caller === 'phone' ? withoutEvents(b1.offer) : b1.offer.replaceAll(String(eventType), `${events}`);
    b1.sendTo(offered);
    a.sendTo(await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: described }));
    phone.eventType = Number(events);
    await Promise.all([phone.speak(100), trunk.speak(100)]);
    await Promise.all([phone.press('5', { milliseconds: 200 }), trunk.speak(400)]);
    const isHeard = (frequency: number): boolean =>
      trunk.samples.some((samples) => shareOf(frequency, [...samples]) > 0.4);
    await eventually(() => expect([770, 1_336, 697, 1_209].map(isHeard)).toEqual([true, true, false, false]));
    await Promise.all([trunk.sound('8', { milliseconds: 200 }), phone.speak(500)]);
    const codes = (): readonly number[] => phone.heard.filter(({ length }) => length === 4).map(([code = -1]) => code);
    await eventually(() => expect([...new Set(codes())]).toEqual([8]));
  },
);

test('a digit is heard while a sound plays', async () => {
  const task = newTask();
  await eventually(() => task.digitPosition(relay) !== undefined);
  const phone = await callOf('call_typed');
  const digits = hear(task, 'call_typed');
  await task.play({ relay, call: 'call_typed', tag: 'a' }, await storedTone(), 10);
  await phone.press('42#');
  await eventually(() => expect(digits()).toBe('42#'));
});

test('a task that takes the call over hears what was pressed while no one listened', async () => {
  const phone = await callOf('call_moved');
  const before = newTask();
  await eventually(() => before.digitPosition(relay) !== undefined);
  const digits = hear(before, 'call_moved');
  await phone.press('12');
  await eventually(() => expect(digits()).toBe('12'));
  const position = before.digitPosition(relay);
  before.close();
  await phone.press('34');
  const after = newTask();
  const heard: string[] = [];
  after.onDigit({ relay, call: 'call_moved' }, ({ digit }) => void heard.push(digit), position);
  await phone.press('56');
  await eventually(() => expect(heard.join('')).toBe('3456'));
});

test('a sound is fetched, heard, and stopped', async () => {
  const phone = await callOf('call_heard');
  const task = newTask();
  const party = { relay, call: 'call_heard', tag: 'a' };
  expect(await task.play(party, await storedTone(), 20)).toBe(10_000);
  await eventually(() => phone.heard.length >= 40);
  await task.stop(party);
  const samples = phone.heard.slice(10, 40).flatMap((payload) => [...decodeG711(0, payload)]);
  expect(shareOf(1_000, samples)).toBeGreaterThan(0.95);
  expect(readdirSync(folder.path)).toHaveLength(1);
  const packets = phone.heard.length;
  await phone.speak(400);
  expect(phone.heard.length - packets).toBeLessThan(10);
});

test('a sound that is not stored does not play, nor does one for a party or a relay that is not there', async () => {
  const sound = await storedTone();
  const task = newTask();
  await callOf('call_none');
  const party = { relay, call: 'call_none', tag: 'a' };
  await expect(task.play(party, { ...sound, organization: 1_002 })).rejects.toMatchObject({ reason: 'missing' });
  await expect(task.play({ ...party, tag: 'z' }, sound)).rejects.toMatchObject({ reason: 'unavailable' });
  await expect(task.prepare('10.0.0.9:1', sound)).rejects.toMatchObject({ reason: 'unavailable' });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, expectReport, refer, type Conversation } from '../softphones.fixture.ts';
import { outcome } from '../tenant.fixture.ts';

/** Who hears what of parked calls: each party speaks with a tone of its own, and the music is another one. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let music: string;
const names = ['ann', 'bob', 'cem', 'dan', 'eve', 'fay'] as const;
type Name = (typeof names)[number];
const phones = new Map<Name, ToneListener>();
const phoneOf = (name: Name): ToneListener => phones.get(name) ?? expect.fail(`there is no ${name}`);
const extensionOf = (name: Name): string => String(201 + names.indexOf(name));

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  for (const name of names)
    phones.set(name, everything.use(await ToneListener.register(cloud.tenant, task, extensionOf(name))));
  music = (await uploadTones(cloud.tenant)).welcome;
});
afterAll(() => everything.disposeAsync());

const playMusic = async (music_on_hold: string): Promise<void> =>
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings: { music_on_hold } }))).toBe('200');

/** Tones by what they are: the welcome is the music. */
const frequencies = { menu: 1_000, bye: 1_500 } as const;

async function talk(one: Name, other: Name): Promise<Conversation> {
  const call = await converse(phoneOf(one).phone, phoneOf(other).phone, extensionOf(other));
  phoneOf(one).voice.sendTo(call.caller.remote);
  phoneOf(other).voice.sendTo(call.callee.remote);
  await Promise.all([phoneOf(one).voice.speak(200), phoneOf(other).voice.speak(200)]);
  return call;
}

/** The caller is parked by the other one. */
async function park(caller: Name, parker: Name): Promise<Conversation> {
  const call = await talk(caller, parker);
  const { reports } = await refer(call.callee, '*85', { host: phoneOf(parker).phone.domain });
  await expectReport(reports, 200);
  await expectEnd(call.callee, 'ended by peer');
  return call;
}

/** What each phone hears while some speak. */
async function heardWhile(speakers: Readonly<Partial<Record<Name, keyof typeof frequencies>>>) {
  const before = new Map([...phones].map(([name, { voice }]) => [name, voice.heard.length]));
  await Promise.all(
    names.map(async (name) => {
      const tone = speakers[name];
      if (tone !== undefined) await phoneOf(name).voice.speak(1_500, frequencies[tone]);
    }),
  );
  return Object.fromEntries(
    [...phones].map(([name, phone]) => [name, [...new Set(phone.tonesSince(before.get(name) ?? 0))]]),
  );
}

const nothing: Readonly<Record<Name, readonly string[]>> = { ann: [], bob: [], cem: [], dan: [], eve: [], fay: [] };

test('RFC 5359 §2.15: parked parties hear music only, and no one hears them but who fetches them', async () => {
  await playMusic(music);
  const [ann, cem] = [await park('ann', 'bob'), await park('cem', 'dan')];
  const others = await talk('bob', 'eve');
  await eventually(async () =>
    expect(await heardWhile({ ann: 'menu', cem: 'bye', eve: 'bye' })).toEqual({
      ...nothing,
      ...{ ann: ['welcome'], cem: ['welcome'], bob: ['bye'] },
    }),
  );
  const fetched = await phoneOf('fay').call('*85701');
  phoneOf('ann').voice.sendTo(ann.caller.remote);
  await eventually(async () =>
    expect(await heardWhile({ ann: 'menu', cem: 'bye', fay: 'bye' })).toEqual({
      ...nothing,
      ...{ ann: ['bye'], fay: ['menu'], cem: ['welcome'] },
    }),
  );
  fetched.call.hangUp();
  await expectEnd(ann.caller, 'ended by peer');
  cem.caller.hangUp();
  others.caller.hangUp();
  await expectEnd(others.callee, 'ended by peer');
});

const isLoud = (payload: Buffer): boolean => Math.max(...decodeG711(0, payload).map(Math.abs)) > 500;

test('without music a parked party hears silence, and the piece of the platform by default', async () => {
  for (const [setting, isHeard] of [
    ['none', false],
    ['default', true],
  ] as const) {
    await playMusic(setting);
    const { caller } = await park('ann', 'bob');
    const { voice } = phoneOf('ann');
    const listen = async (): Promise<boolean> => {
      const before = voice.heard.length;
      await voice.speak(1_500);
      return voice.heard.slice(before).filter(isLoud).length > 40;
    };
    if (isHeard) await eventually(async () => expect(await listen()).toBe(true));
    else expect([await listen(), await listen()]).toEqual([false, false]);
    caller.hangUp();
  }
});

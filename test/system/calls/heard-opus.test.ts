import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksWith, samplesOfWav } from '#functions/media-relay/recordings/recording.fixture.ts';
import type { Direction } from '#sip/sdp/sdp.ts';
import { eventually, past } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { voices } from '#test/support/voices.fixture.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { converse, expectEnd } from '../softphones.fixture.ts';
import { recordedWav } from '../recorded-calls.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, type Body } from '../tenant.fixture.ts';

/** Callers of applications that speak Opus only, with whose tones and digits the relay joins PCMU. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let bob: ToneListener;
let flow: string;
let number: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant } = cloud;
  bob = everything.use(await ToneListener.register(tenant, cloud.tasks[0], '201'));
  const { welcome, menu, bye } = await uploadTones(tenant, { menu: 6 });
  expect(outcome(await tenant.ask('POST', '/orgs/me', { settings: { music_on_hold: welcome } }))).toBe('200');
  flow = await newFlow(tenant, {
    welcome: { type: 'play', prompt: { file: welcome }, next: 'menu' },
    menu: {
      ...{ type: 'collect', prompt: { file: menu }, min: 3, max: 3, timeout_seconds: 20 },
      ...{ into: 'typed', next: 'check', timeout: 'end' },
    },
    check: {
      type: 'branch',
      when: [
        { variable: 'typed', equals: '111', to: 'ring' },
        { variable: 'typed', equals: '222', to: 'memo' },
        { variable: 'typed', equals: '456', to: 'bye' },
      ],
      else: 'end',
    },
    ring: { type: 'dial', to: ['201'], ring_seconds: 20, after: 'bye' },
    memo: { type: 'record', max_seconds: 60, into: 'memo', next: 'bye' },
    bye: { type: 'play', prompt: { file: bye }, next: 'end' },
    end: { type: 'hangup' },
  });
  number = await newNumber(tenant, { type: 'flow', id: flow }, cloud.operator);
});
afterAll(() => everything.disposeAsync());

let extension = 301;

/** The newest file of what was said. */
async function newestRecording(): Promise<Body | undefined> {
  const { body } = await cloud.tenant.ask('GET', '/files?kind=recording');
  return (body as { readonly data: readonly Body[] }).data
    .toSorted((one, other) => String(one['created_at']).localeCompare(String(other['created_at'])))
    .at(-1);
}

/** While the other one speaks with a tone of 1,000 Hz. */
async function expectTalk([speaker, from]: Talking, [listener, to]: Talking): Promise<void> {
  speaker.voice.sendTo(from.remote);
  listener.voice.sendTo(to.remote);
  await eventually(async () => {
    const before = listener.voice.heard.length;
    await Promise.all([speaker.voice.speak(800, 1_000), listener.voice.speak(800)]);
    expect(listener.tonesSince(before)).toContain('menu');
  }, 20_000);
}
type Talking = readonly [ToneListener, SoftCall];

async function expectMusic(
  [holder, call]: Talking,
  [held, other]: Talking,
  direction: Direction = 'sendonly',
): Promise<void> {
  await call.offer(direction);
  const before = held.voice.heard.length;
  await eventually(() => expect(held.voice.heard.length).toBeGreaterThan(before + 60), 20_000);
  expect(held.tonesSince(before + 30)).toEqual(['welcome']);
  await call.offer('sendrecv');
  await expectTalk([holder, call], [held, other]);
  await expectTalk([held, other], [holder, call]);
}

describe.each(['Opus', 'Opus with events of 8 kHz'] as const)('%s', (name) => {
  let ann: ToneListener;
  beforeAll(async () => {
    ann = everything.use(await ToneListener.register(cloud.tenant, cloud.tasks[0], String(extension++), voices[name]));
  });

  test('is heard in a flow, types, and talks with a phone of PCMU, which either holds', async () => {
    const coming = bob.phone.nextCall();
    const { call, tones: heard } = await ann.call(number);
    await eventually(() => expect(heard()).toEqual(['welcome', 'menu']), 20_000);
    await ann.voice.press('111', { gap: 40 });
    const rung = await coming;
    await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
    const [caller, callee] = [
      [ann, call],
      [bob, rung],
    ] as const;
    await expectTalk(caller, callee);
    await expectTalk(callee, caller);
    await expectMusic(caller, callee);
    await expectMusic(callee, caller);
    rung.hangUp();
    ann.voice.sendTo(call.remote);
    await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
    expect(heard().at(-1)).toBe('bye');
  }, 90_000);

  test('is recorded', async () => {
    const before = await newestRecording();
    const { call, tones: heard } = await ann.call(number);
    await ann.voice.press('222', { gap: 40 });
    await eventually(() => expect(heard().at(-1)).toBe('beep'), 20_000);
    await past(500);
    await ann.voice.speak(1_500, 1_000);
    await ann.voice.press('#');
    await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
    const file = await eventually(async () => {
      const newest = await newestRecording();
      expect(newest?.['id']).not.toBe(before?.['id']);
      return String(newest?.['id']);
    }, 20_000);
    const said = samplesOfWav(await recordedWav(cloud.tenant, file), 0);
    expect(said.length / 8_000).toBeGreaterThan(1.3);
    expect(said.length / 8_000).toBeLessThan(3);
    expect(blocksWith(1_000, said.slice(-8_000))).toBeGreaterThan(0.9);
  }, 60_000);

  test('is called by the API for a flow', async () => {
    const body = { source: { type: 'device', id: ann.device }, destination: { type: 'flow', id: flow } };
    expect(outcome(await cloud.tenant.ask('POST', '/Calls', body))).toBe('201');
    const { call, tones: heard } = await ann.answer();
    await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
    await ann.voice.press('456', { gap: 40 });
    await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
    expect(heard()).toEqual(['welcome', 'menu', 'bye']);
  }, 60_000);

  test('calls a phone of PCMU, and both hear each other', async () => {
    const { caller, callee } = await converse(ann.phone, bob.phone, '201');
    await expectTalk([ann, caller], [bob, callee]);
    await expectTalk([bob, callee], [ann, caller]);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  }, 60_000);
});

test.each([
  ['video only', ['m=video 4000 RTP/AVP 96', 'a=rtpmap:96 VP8/90000']],
  ['neither PCMU, PCMA nor Opus', ['m=audio 4000 RTP/AVP 18 9 97', 'a=rtpmap:97 iLBC/8000']],
  ['audio that it rejects', ['m=audio 0 RTP/AVP 0']],
])('a caller with %s is rejected', async (_, media) => {
  const call = bob.phone.call(number, { media });
  await eventually(() => expect(call.isOver).toBe(true), 20_000);
  expect(call.log.at(-1)).toBe('failed 488');
});

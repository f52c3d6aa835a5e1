import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#functions/media-relay/recordings/g711.ts';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { TelephoneEvents } from '../support/telephone-events.fixture.ts';
import { needs } from '../support/tools.ts';
import { newLines, newNumber, useExtensions } from './calls.fixture.ts';
import { ownAddress } from './peers/sip-server.ts';

import { allCdrs, startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { logInAsOperator, outcome, texts, uniqueName, type Body } from './tenant.fixture.ts';
import { wavTone } from '../support/wav.fixture.ts';
import { uploadSound } from './sounds.fixture.ts';

/** Menus that a phone hears and walks through by digits, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: { readonly phone: Softphone; readonly voice: TelephoneEvents };
let bob: Softphone;
let number: string;

/** Frequencies of what is played. */
const tones = { welcome: 440, menu: 1_000, bye: 1_500 } as const;

beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const { tenant, tasks } = cloud;
  await useExtensions(tenant);
  const [first, second] = await newLines(tenant, ['201', '202']);
  if (first === undefined || second === undefined || tasks[0] === undefined) throw new Error('there are no phones');
  const phone = everything.use(await Softphone.open(tasks[0], { from: ownAddress(), account: first, hasDigits: true }));
  bob = everything.use(await Softphone.open(tasks[0], { from: ownAddress(), account: second, hasDigits: true }));
  for (const each of [phone, bob]) expect(await each.register()).toBe(200);
  ann = { phone, voice: everything.use(await TelephoneEvents.open(phone.place.address, phone.mediaPort)) };
  const [welcome, menu, bye] = await Promise.all(
    Object.values(tones).map((frequency) => uploadSound(tenant, wavTone(frequency, 0.6))),
  );
  const flow = await tenant.ask('PUT', '/callflows/new', {
    name: uniqueName('menu'),
    start: 'welcome',
    steps: {
      welcome: { type: 'play', prompt: { file: welcome }, next: 'menu' },
      menu: { type: 'menu', prompt: { file: menu }, choices: { 1: 'ring', 2: 'bye', 3: 'digits' }, timeout: 'bye' },
      digits: { type: 'collect', max: 12, into: 'typed', next: 'check', timeout: 'bye' },
      check: { type: 'branch', when: [{ variable: 'typed', equals: '123456789012', to: 'ring' }], else: 'bye' },
      ring: { type: 'dial', to: ['202'], ring_seconds: 10, busy: 'bye' },
      bye: { type: 'play', prompt: { file: bye }, next: 'end' },
      end: { type: 'hangup' },
    },
  });
  expect(outcome(flow)).toBe('201');
  const operator = await logInAsOperator(cloud.cloud);
  number = await newNumber(tenant, { type: 'flow', id: texts(flow)['id'] ?? '' }, operator);
});
afterAll(() => everything.disposeAsync());

/** The tones that a phone has heard since a packet, in their order. */
function heardSince(before: number): readonly string[] {
  const packets = ann.voice.heard.slice(before).map((payload) => [...decodeG711(0, payload)]);
  const names = packets.map(
    (samples) => Object.entries(tones).find(([, frequency]) => shareOf(frequency, samples) > 0.7)?.[0],
  );
  return names.filter((name, at): name is string => name !== undefined && name !== names[at - 1]);
}

type Heard = { readonly call: SoftCall; readonly tones: () => readonly string[] };

/** Calls the number, and speaks so that its digits are no first packet. */
async function callFlow(): Promise<Heard> {
  const before = ann.voice.heard.length;
  const call = ann.phone.call(number);
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  ann.voice.sendTo(call.remote);
  await ann.voice.speak(100);
  return { call, tones: () => heardSince(before) };
}

const cdrsTo = async (count: number): Promise<readonly Body[]> =>
  eventually(async () => {
    const found = (await allCdrs(cloud.tenant)).filter(({ callee }) => callee === number);
    if (found.length < count) throw new Error(`${found.length} of ${count} CDRs`);
    return found;
  }, 20_000);

test('a caller hears the welcome and the menu, types its choice, and hears what follows', async () => {
  const { call, tones: heard } = await callFlow();
  await eventually(() => expect(heard()).toEqual(['welcome', 'menu']), 20_000);
  await ann.voice.press('2');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard()).toEqual(['welcome', 'menu', 'bye']);
  expect((await cdrsTo(1)).at(-1)).toMatchObject({ disposition: 'ANSWERED' });
});

test('a digit stops the prompt, and the choice rings a phone, which the caller then hears', async () => {
  const { call, tones: heard } = await callFlow();
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  const coming = bob.nextCall();
  await ann.voice.press('1');
  const rung = await coming;
  await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
  await eventually(() => expect(call.remote).toContain('m=audio'));
  using voice = await TelephoneEvents.open(bob.place.address, bob.mediaPort);
  voice.sendTo(rung.remote);
  ann.voice.sendTo(call.remote);
  const before = ann.voice.heard.length;
  await Promise.all([voice.speak(500), ann.voice.speak(500)]);
  expect(ann.voice.heard.length - before).toBeGreaterThan(10);
  expect(voice.heard.length).toBeGreaterThan(10);
  call.hangUp();
  await eventually(() => expect(rung.log.at(-1)).toBe('ended by peer'), 20_000);
  expect((await cdrsTo(2)).length).toBe(2);
});

test('twelve digits of 80 ms, typed while the prompt plays, are all heard once', async () => {
  const { call } = await callFlow();
  const coming = bob.nextCall();
  await ann.voice.press('3123456789012', { gap: 40 });
  const rung = await coming;
  call.hangUp();
  await eventually(() => expect(rung.isOver).toBe(true), 20_000);
});

test('digits of INFO count, and a caller who says nothing hears the end', async () => {
  const { call, tones: heard } = await callFlow();
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  expect(await call.session.info('application/dtmf-relay', Buffer.from('Signal=2\r\nDuration=100\r\n'))).toBe(200);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard().at(-1)).toBe('bye');
});

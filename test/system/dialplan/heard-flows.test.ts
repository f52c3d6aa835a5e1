import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { allCdrs, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, type Body } from '../tenant.fixture.ts';

/** Menus that a phone hears and walks through by digits, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let number: string;
let flow: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  bob = everything.use(await ToneListener.register(tenant, task, '202'));
  const { welcome, menu, bye } = await uploadTones(tenant);
  flow = await newFlow(tenant, {
    welcome: { type: 'play', prompt: { file: welcome }, next: 'menu' },
    menu: {
      type: 'menu',
      prompt: { file: menu },
      choices: { 1: 'ring', 2: 'bye', 3: 'digits', 4: 'music' },
      timeout: 'bye',
    },
    digits: { type: 'collect', max: 12, into: 'typed', next: 'check', timeout: 'bye' },
    check: { type: 'branch', when: [{ variable: 'typed', equals: '123456789012', to: 'ring' }], else: 'bye' },
    ring: { type: 'dial', to: ['202'], ring_seconds: 10, busy: 'bye' },
    music: { type: 'dial', to: ['202'], ring_seconds: 5, music: welcome, no_answer: 'bye' },
    bye: { type: 'play', prompt: { file: bye }, next: 'end' },
    end: { type: 'hangup' },
  });
  const operator = cloud.operator;
  number = await newNumber(tenant, { type: 'flow', id: flow }, operator);
});
afterAll(() => everything.disposeAsync());

const cdrsTo = async (count: number): Promise<readonly Body[]> =>
  eventually(async () => {
    const found = (await allCdrs(cloud.tenant)).filter(({ callee }) => callee === number);
    if (found.length < count) throw new Error(`${found.length} of ${count} CDRs`);
    return found;
  }, 20_000);

/** When the call of a CDR ended, as `GET /Calls/{id}` says it, in Unix milliseconds. */
async function endOfCall({ call_id: id }: Body): Promise<number> {
  const { body } = await cloud.tenant.ask('GET', `/Calls/${String(id)}`);
  return Date.parse((body as { timestamps: { hangup: string } }).timestamps.hangup);
}

test('a caller hears the welcome and the menu, types its choice, and hears what follows', async () => {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(heard()).toEqual(['welcome', 'menu']), 20_000);
  await ann.voice.press('2');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard()).toEqual(['welcome', 'menu', 'bye']);
  expect((await cdrsTo(1)).at(-1)).toMatchObject({ disposition: 'ANSWERED' });
});

test('a digit stops the prompt, and the choice rings a phone, which the caller then hears', async () => {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  bob.phone.answers = 'ring';
  const coming = bob.phone.nextCall();
  await ann.voice.press('1');
  const rung = await coming;
  await eventually(() => expect(heard().at(-1)).toBe('ringing'), 20_000);
  rung.answer();
  bob.phone.answers = 'answer';
  await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
  await eventually(() => expect(call.remote).toContain('m=audio'));
  const { voice } = bob;
  voice.sendTo(rung.remote);
  ann.voice.sendTo(call.remote);
  const before = ann.voice.heard.length;
  await Promise.all([voice.speak(500), ann.voice.speak(500)]);
  expect(ann.voice.heard.length - before).toBeGreaterThan(10);
  expect(voice.heard.length).toBeGreaterThan(10);
  expect(heard()).toEqual(['welcome', 'menu', 'ringing']);
  call.hangUp();
  await eventually(() => expect(rung.log.at(-1)).toBe('ended by peer'), 20_000);
  const cdrs = await cdrsTo(2);
  expect(cdrs.length).toBe(2);
  const ends = cdrs.map(({ end_time: end, end_ms: milliseconds }) => Date.parse(String(end)) + Number(milliseconds));
  expect(await Promise.all(cdrs.map(endOfCall))).toEqual(ends);
});

test('a caller gets packets of silence while a menu waits, and none beside the phone that answers', async () => {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  const menu = ann.voice.heard.length;
  // A menu of a second, and what follows it.
  await eventually(() => expect(ann.voice.heard.length).toBeGreaterThan(menu + 150), 20_000);
  const last = decodeG711(0, ann.voice.heard.at(-1) ?? Buffer.alloc(0));
  expect(last.every((sample) => Math.abs(sample) < 10)).toBe(true);
  const coming = bob.phone.nextCall();
  await ann.voice.press('1');
  const rung = await coming;
  await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
  await eventually(async () => {
    const before = ann.voice.heard.length;
    await past(500);
    expect(ann.voice.heard.length).toBe(before);
  }, 20_000);
  call.hangUp();
  await eventually(() => expect(rung.isOver).toBe(true), 20_000);
});

test('twelve digits of 80 ms, typed while the prompt plays, are all heard once', async () => {
  const { call } = await ann.call(number);
  const coming = bob.phone.nextCall();
  await ann.voice.press('3123456789012', { gap: 40 });
  const rung = await coming;
  call.hangUp();
  await eventually(() => expect(rung.isOver).toBe(true), 20_000);
});

test('digits of INFO count, and a caller who says nothing hears the end', async () => {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  expect(await call.session.info('application/dtmf-relay', Buffer.from('Signal=2\r\nDuration=100\r\n'))).toBe(200);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard().at(-1)).toBe('bye');
});

test('the API calls a phone, which then hears a flow and answers it', async () => {
  const body = { source: { type: 'device', id: ann.device }, destination: { type: 'flow', id: flow } };
  expect(outcome(await cloud.tenant.ask('POST', '/Calls', body))).toBe('201');
  const { call, tones: heard } = await ann.answer();
  await eventually(() => expect(heard()).toEqual(['welcome', 'menu']), 20_000);
  await ann.voice.press('2');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard()).toEqual(['welcome', 'menu', 'bye']);
  await eventually(async () => {
    const found = (await allCdrs(cloud.tenant)).filter(({ callee }) => callee === flow);
    expect(found.map(({ disposition }) => disposition)).toEqual(['ANSWERED']);
  }, 20_000);
});

test('a flow that does not exist is no destination, and a flow is no source', async () => {
  const [source, destination] = [
    { type: 'device', id: ann.device },
    { type: 'flow', id: flow },
  ];
  const place = async (body: object) => outcome(await cloud.tenant.ask('POST', '/Calls', body));
  expect(await place({ source, destination: { type: 'flow', id: 'flow_missing' } })).toBe('400 INVALID_PARAMETER');
  expect(await place({ source: destination, destination: source })).toBe('400 INVALID_PARAMETER');
});

test('music plays while a phone rings, and ends when it does not answer', async () => {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
  bob.phone.answers = 'ring';
  await ann.voice.press('4');
  await eventually(() => expect(heard()).toEqual(['welcome', 'menu', 'welcome']), 20_000);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard()).toEqual(['welcome', 'menu', 'welcome', 'bye']);
  bob.phone.answers = 'answer';
});

test('the action playback of a template plays a sound by its name before the answer, and ends', async () => {
  const { tenant } = cloud;
  const { bye } = await uploadTones(tenant);
  const name = texts(await tenant.ask('GET', `/files/${bye}`))['name'] ?? '';
  const rule = { priority: 1, pattern: '^804$', action: 'playback', destination: name.toUpperCase() };
  const template = { name: 'Sounds', rules: [rule], variables: {} };
  expect(outcome(await tenant.ask('PUT', '/dialplan/template', template))).toMatch(/^20[01]$/);
  const { call, tones: heard } = await ann.listen('804');
  await eventually(() => expect(call.log).toEqual(['183', 'failed 480']), 20_000);
  expect(heard()).toEqual(['bye']);
});

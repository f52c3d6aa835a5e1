import { decodeG711 } from '#sounds/g711.ts';
import { samplesOfWav, shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { dataOf, recordedWav } from '../recorded-calls.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';

/** What flows record of a caller, and the digits that they send. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let operator: string;
let tones: Awaited<ReturnType<typeof uploadTones>>;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  tones = await uploadTones(cloud.tenant);
  operator = cloud.operator;
});
afterAll(() => everything.disposeAsync());

/** A number with a flow. */
const newMenu = async (steps: Readonly<Record<string, Body>>, start: string): Promise<string> =>
  newNumber(cloud.tenant, { type: 'flow', id: await newFlow(cloud.tenant, steps, { start }) }, operator);

const memo = (max: number) => ({
  memo: { type: 'record', max_seconds: max, into: 'memo', next: 'said' },
  said: { type: 'play', prompt: { file: tones.menu }, next: 'end' },
  end: { type: 'hangup' },
});

/** The recordings, the newest one first. */
async function recordings(): Promise<readonly Body[]> {
  const { body } = await cloud.tenant.ask('GET', '/files?kind=recording');
  return (body as { readonly data: readonly Body[] }).data.toSorted((one, other) =>
    String(other['created_at']).localeCompare(String(one['created_at'])),
  );
}

/** What the caller said in a new recording. */
async function saidAfter(before: readonly Body[]): Promise<readonly number[]> {
  const file = await eventually(async () => {
    const [newest] = await recordings();
    expect(newest?.['id']).not.toBe(before[0]?.['id']);
    return String(newest?.['id']);
  });
  return samplesOfWav(await recordedWav(cloud.tenant, file), 0);
}

test('a caller is recorded from the beep until it presses the key, and the flow goes on', async () => {
  const before = await recordings();
  const { call, tones: heard } = await ann.call(await newMenu(memo(60), 'memo'));
  await eventually(() => expect(heard()).toEqual(['beep']), 10_000);
  await past(500);
  await ann.voice.speak(1_500, 1_000);
  await ann.voice.press('#');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 10_000);
  expect(heard()).toEqual(['beep', 'menu']);
  const said = await saidAfter(before);
  expect(said.length / 8_000).toBeGreaterThan(1.3);
  expect(said.length / 8_000).toBeLessThan(3);
  expect(shareOf(1_000, said.slice(-8_000))).toBeGreaterThan(0.9);
});

test('a recording ends with its time', async () => {
  const before = await recordings();
  const { call } = await ann.call(await newMenu(memo(1), 'memo'));
  await ann.voice.speak(3_000, 700);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 10_000);
  const said = await saidAfter(before);
  expect(Math.abs(said.length / 8_000 - 1)).toBeLessThan(0.5);
});

test('what was said is kept when the caller hangs up', async () => {
  const before = await recordings();
  const { call, tones: heard } = await ann.call(await newMenu(memo(60), 'memo'));
  await eventually(() => expect(heard()).toEqual(['beep']), 10_000);
  await past(500);
  await ann.voice.speak(1_000, 700);
  call.hangUp();
  const said = await saidAfter(before);
  expect(shareOf(700, said.slice(-4_000))).toBeGreaterThan(0.9);
  const { items } = { items: await recordings() };
  expect(dataOf(await cloud.tenant.ask('GET', `/files/${String(items[0]?.['id'])}`))).toMatchObject({ state: 'ready' });
});

test('a flow sends digits as tones', async () => {
  const number = await newMenu({ send: { type: 'dtmf', digits: '5#', next: 'end' }, end: { type: 'hangup' } }, 'send');
  const before = ann.voice.heard.length;
  const { call } = await ann.call(number);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 10_000);
  const packets = ann.voice.heard.slice(before).map((payload) => [...decodeG711(0, payload)]);
  const keys = packets.flatMap((samples) => {
    const has = (frequency: number): boolean => shareOf(frequency, samples) > 0.3;
    if (has(770) && has(1_336)) return ['5'];
    return has(941) && has(1_477) ? ['#'] : [];
  });
  expect(keys.filter((key, at) => key !== keys[at - 1])).toEqual(['5', '#']);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { allCdrs, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';

/** Flows that go on with the caller when the party that they called has hung up. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let number: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks, operator } = cloud;
  const [first] = tasks;
  ann = everything.use(await ToneListener.register(tenant, first, '201'));
  bob = everything.use(await ToneListener.register(tenant, first, '202'));
  const { welcome, menu, bye } = await uploadTones(tenant);
  const id = await newFlow(tenant, {
    ring: { type: 'dial', to: ['202'], ring_seconds: 10, after: 'ask', busy: 'end' },
    ask: { type: 'menu', prompt: { file: menu }, choices: { 1: 'again', 2: 'bye' }, timeout: 'end' },
    again: { type: 'dial', to: ['202'], ring_seconds: 10, after: 'bye', busy: 'welcome' },
    welcome: { type: 'play', prompt: { file: welcome }, next: 'end' },
    bye: { type: 'play', prompt: { file: bye }, next: 'end' },
    end: { type: 'hangup' },
  });
  number = await newNumber(tenant, { type: 'flow', id }, operator);
});
afterAll(() => everything.disposeAsync());

/** Bob answers the next call of the flow. */
async function bobAnswers(): Promise<SoftCall> {
  const rung = await bob.phone.nextCall();
  await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
  return rung;
}

async function hearsMenu({ call, tones }: HeardCall): Promise<void> {
  await eventually(() => expect(tones().at(-1)).toBe('menu'), 20_000);
  ann.voice.sendTo(call.remote);
  await ann.voice.speak(100);
}

test('the flow goes on when the called hangs up, and calls it again', async () => {
  const heard = await ann.call(number);
  (await bobAnswers()).hangUp();
  await hearsMenu(heard);
  await ann.voice.press('1');
  const second = await bobAnswers();
  second.hangUp();
  await eventually(() => expect(heard.call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(heard.tones().filter((tone) => tone !== 'ringing')).toEqual(['menu', 'bye']);
  await eventually(async () => {
    const found = (await allCdrs(cloud.tenant)).filter(({ callee }) => callee === number);
    expect(found.map(({ disposition }) => disposition)).toEqual(['ANSWERED']);
  }, 20_000);
});

test('when the caller hangs up, the called does not ring on', async () => {
  const { call } = await ann.call(number);
  const rung = await bobAnswers();
  call.hangUp();
  await eventually(() => expect(rung.log.at(-1)).toBe('ended by peer'), 20_000);
});

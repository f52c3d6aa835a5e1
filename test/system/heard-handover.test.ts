import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { newNumber } from './calls.fixture.ts';
import { taskAddressOf, taskOf, untilKnown } from './handover.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from './heard-tones.fixture.ts';
import { allCdrs, signalTask, startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Body } from './tenant.fixture.ts';

/** Calls in a flow whose task stops or dies. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let number: string;
/** Seconds of the first prompt, in which the task stops. */
const long = 6;

beforeAll(async () => {
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const { tenant, operator } = cloud;
  const { welcome, menu, bye } = await uploadTones(tenant, { welcome: long });
  const flow = await tenant.ask('PUT', '/callflows/new', {
    name: uniqueName('moved'),
    start: 'welcome',
    steps: {
      welcome: { type: 'play', prompt: [{ file: welcome }, { file: menu }], next: 'digits' },
      digits: { type: 'collect', min: 5, max: 5, into: 'typed', next: 'check', timeout: 'end', timeout_seconds: 20 },
      check: { type: 'branch', when: [{ variable: 'typed', equals: '12345', to: 'right' }], else: 'end' },
      right: { type: 'play', prompt: { file: bye }, next: 'end' },
      end: { type: 'hangup' },
    },
  });
  expect(outcome(flow)).toBe('201');
  number = await newNumber(tenant, { type: 'flow', id: texts(flow)['id'] ?? '' }, operator);
});
afterAll(() => everything.disposeAsync());

let extension = 201;
beforeEach(async () => {
  const [first, second] = cloud.tasks;
  if (first === undefined || second === undefined) throw new Error('no task');
  await untilKnown(cloud, first, second, everything);
  await untilKnown(cloud, second, first, everything);
  ann = everything.use(await ToneListener.register(cloud.tenant, first, String(extension++)));
});

/** The CDRs of calls to the flow. */
const cdrs = async (): Promise<readonly Body[]> =>
  (await allCdrs(cloud.tenant)).filter(({ callee }) => callee === number);

async function callAndType(digits: string): Promise<HeardCall> {
  const heard = await ann.call(number);
  await eventually(() => expect(heard.tones()).toEqual(['welcome']), 20_000);
  await ann.voice.press(digits, { gap: 40 });
  return heard;
}

/** Packets of 20 ms that a phone has heard since there were so many. */
const secondsHeardSince = (before: number): number => (ann.voice.heard.length - before) / 50;

test('a call whose task stops hears the prompt to its end, and no digit is lost or counted twice', async () => {
  const before = ann.voice.heard.length;
  const { call, tones } = await callAndType('12');
  const task = taskOf(call);
  signalTask(cloud, taskAddressOf(call), 'SIGTERM');
  await ann.voice.press('3', { gap: 40 });
  await eventually(() => expect(taskOf(call)).not.toBe(task), 20_000);
  expect(tones()).toEqual(['welcome']);
  await ann.voice.press('4');
  await eventually(() => expect(tones()).toEqual(['welcome', 'menu']), 20_000);
  await ann.voice.press('5');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(tones()).toEqual(['welcome', 'menu', 'bye']);
  expect(secondsHeardSince(before)).toBeLessThan(long + 10);
  const [cdr, ...others] = await eventually(async () => {
    const found = await cdrs();
    expect(found.length).toBeGreaterThan(0);
    return found;
  }, 20_000);
  expect([cdr?.['disposition'], others]).toEqual(['ANSWERED', []]);
});

test('a call whose task dies ends, with its CDR', async () => {
  const before = (await cdrs()).length;
  const { call } = await callAndType('1');
  signalTask(cloud, taskAddressOf(call), 'SIGKILL');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 60_000);
  await eventually(async () => expect((await cdrs()).length).toBe(before + 1), 30_000);
  expect((await cdrs()).map(({ disposition }) => disposition)).toEqual(Array(before + 1).fill('ANSWERED'));
});

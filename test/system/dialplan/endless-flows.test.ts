import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { storeOf } from '../people.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts } from '../tenant.fixture.ts';

/** Flows, and callers, that would never end. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let tones: Awaited<ReturnType<typeof uploadTones>>;
let operator: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  tones = await uploadTones(cloud.tenant, { welcome: 0.2, bye: 0.2 });
  operator = cloud.operator;
});
afterAll(() => everything.disposeAsync());

async function newFlowAt(steps: Readonly<Record<string, object>>, start: string) {
  const id = await newFlow(cloud.tenant, steps, { start });
  return { id, number: await newNumber(cloud.tenant, { type: 'flow', id }, operator) };
}

/** What a caller hears until the platform ends its call. @param digits that it types */
async function heardAt(number: string, digits = ''): Promise<readonly string[]> {
  const { call, tones: heard } = await ann.call(number);
  await ann.voice.press(digits);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 30_000);
  return heard();
}

/** The reasons of the events `callflow.loop`. */
async function loops(): Promise<readonly unknown[]> {
  const table = tableFor<'event'>(storeOf(cloud.cloud.outputs), cloud.tenant.organization);
  const { items } = await table.query(eventRow, {}, { order: 'asc', limit: 1_000 });
  return items.filter(({ type }) => type === 'callflow.loop').map(({ data }) => data['reason']);
}

test('a flow of 200 steps that go on in one another ends its call with an event', async () => {
  const ring = Array.from({ length: 199 }, (_step, at): [string, object] => [
    `s${at}`,
    { type: 'goto', step: `s${(at + 1) % 199}` },
  ]);
  const steps = { hello: { type: 'play', prompt: { file: tones.welcome }, next: 's0' }, ...Object.fromEntries(ring) };
  expect(await heardAt((await newFlowAt(steps, 'hello')).number)).toEqual(['welcome']);
  await eventually(async () => expect(await loops()).toEqual(['too many steps that wait for nothing']), 10_000);
});

test('two flows that go on in one another end their call with an event', async () => {
  const before = (await loops()).length;
  const first = await newFlowAt({ end: { type: 'hangup' } }, 'end');
  const second = await newFlowAt({ back: { type: 'goto', flow: first.id } }, 'back');
  const { name } = texts(await cloud.tenant.ask('GET', `/callflows/${first.id}`));
  const body = { name, start: 'on', steps: { on: { type: 'goto', flow: second.id, step: 'back' } } };
  expect(outcome(await cloud.tenant.ask('PUT', `/callflows/${first.id}`, body))).toBe('200');
  const call = ann.phone.call(first.number);
  await eventually(() => expect(call.isOver).toBe(true), 30_000);
  await eventually(async () => expect((await loops()).length).toBe(before + 1), 10_000);
});

test('digits that never end are taken up to the most of a step', async () => {
  const steps = {
    ask: { type: 'collect', max: 32, end_key: null, timeout_seconds: 5, into: 'typed', next: 'is32' },
    is32: { type: 'branch', when: [{ variable: 'typed', equals: '7'.repeat(32), to: 'yes' }], else: 'no' },
    yes: { type: 'play', prompt: { file: tones.welcome }, next: 'end' },
    no: { type: 'play', prompt: { file: tones.bye }, next: 'end' },
    end: { type: 'hangup' },
  };
  expect(await heardAt((await newFlowAt(steps, 'ask')).number, '7'.repeat(50))).toEqual(['welcome']);
});

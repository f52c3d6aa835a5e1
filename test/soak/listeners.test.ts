import { afterAll, beforeAll, expect, test } from 'vitest';
import { cpuOfTree } from '../bench/process-tree.ts';
import { eventually, past } from '../support/eventually.ts';
import { wavTone } from '../support/wav.fixture.ts';
import { newNumber, newFlow } from '../system/calls.fixture.ts';
import { ToneListener } from '../system/heard-tones.fixture.ts';
import { startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { uploadSound } from '../system/sounds.fixture.ts';
import { logInAsOperator } from '../system/tenant.fixture.ts';

/** What callers who listen cost, and how tightly prompts follow. `CALLERS=20 npm run soak -- listeners` has fewer. */
const callers = Number(process.env['CALLERS'] ?? 100);
/** Seconds over which the processor's time is taken, several times: other programs only add changes between threads. */
const measured = 10;
const measurements = 3;

const everything = new AsyncDisposableStack();
let cloud: OwnTaskCloud;
let operator: string;
const phones: ToneListener[] = [];

beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const [task] = cloud.tasks;
  operator = await logInAsOperator(cloud.cloud);
  for (let at = 0; at < 2 * callers; at += 1)
    phones.push(everything.use(await ToneListener.register(cloud.tenant, task, String(200 + at))));
});
afterAll(() => everything.disposeAsync());

const newNumberOf = async (steps: Readonly<Record<string, object>>): Promise<string> =>
  newNumber(cloud.tenant, { type: 'flow', id: await newFlow(cloud.tenant, steps) }, operator);

/** Milliseconds of CPU of the sidecar and of the media relay. */
function usedCpu(): number {
  const used = [...cpuOfTree(cloud.cloud.pid)].filter(([command]) => /index\.mjs|rtpengine/.test(command));
  // The sidecar, the process of the relay, and rtpengine.
  expect(used.length).toBeGreaterThanOrEqual(3);
  return used.reduce((sum, [, cpu]) => sum + cpu, 0);
}

/** The least CPU for a second while all phones of these speak. */
async function cpuWhile(speaking: readonly ToneListener[]): Promise<number> {
  const voices = speaking.map(({ voice }) => voice.speak((measurements * measured + 5) * 1_000));
  await past(2_000);
  const used: number[] = [];
  for (let at = 0; at < measurements; at += 1) {
    const before = usedCpu();
    await past(measured * 1_000);
    used.push((usedCpu() - before) / measured);
  }
  await Promise.all(voices);
  return Math.min(...used);
}

test(`${callers} callers who listen cost at most 1.5 times as much as ${callers} relayed calls`, async () => {
  const long = await uploadSound(cloud.tenant, wavTone(700, 120));
  const number = await newNumberOf({ one: { type: 'play', prompt: { file: long } } });
  const listening = phones.slice(0, callers);
  const heard = [];
  for (const phone of listening) heard.push(await phone.call(number));
  const listeners = await cpuWhile(listening);
  for (const { call } of heard) call.hangUp();
  await past(2_000);
  const talking = phones.slice(callers);
  const calls = [];
  for (const [at, phone] of listening.entries()) {
    const call = phone.phone.call(String(200 + callers + at));
    const rung = await talking[at]?.phone.nextCall();
    rung?.answer();
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    phone.voice.sendTo(call.remote);
    talking[at]?.voice.sendTo(rung?.remote ?? '');
    calls.push(call);
  }
  const relayed = await cpuWhile(phones);
  for (const call of calls) call.hangUp();
  process.stdout.write(`CPU a second: ${listeners.toFixed(0)} ms listening, ${relayed.toFixed(0)} ms relayed\n`);
  expect(listeners).toBeLessThanOrEqual(1.5 * relayed);
}, 1_200_000);

/**
 * The longest silence between packets of 20 ms, milliseconds: by their timestamps, as a jitter buffer plays them. The
 * relay sends some of them ahead of their time.
 */
const silenceIn = (stamps: readonly number[]): number =>
  Math.max(...stamps.slice(1).map((stamp, index) => (stamp - (stamps[index] ?? stamp) - 160) / 8));

test('two prompts follow each other within 150 ms, and a digit cuts one within 150 ms', async () => {
  const [one, two] = [
    await uploadSound(cloud.tenant, wavTone(700, 0.6)),
    await uploadSound(cloud.tenant, wavTone(1_000, 5)),
  ];
  const prompt = [{ file: one }, { file: one }, { file: two }];
  const number = await newNumberOf({
    one: { type: 'menu', prompt, choices: { 1: 'end' } },
    end: { type: 'pause', seconds: 2 },
  });
  const [phone] = phones;
  if (phone === undefined) throw new Error('there is no phone');
  const [gaps, cuts]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 20; turn += 1) {
    const { times } = phone.voice;
    const before = times.length;
    const { call } = await phone.call(number);
    await past(2_000);
    gaps.push(silenceIn(times.slice(before).map(({ stamp }) => stamp)));
    await phone.voice.press('1', { milliseconds: 80 });
    const pressed = performance.now();
    await past(600);
    cuts.push((times.at(-1)?.at ?? 0) - pressed);
    call.hangUp();
    await past(200);
  }
  const largest = (values: readonly number[]): string => Math.max(...values).toFixed(0);
  process.stdout.write(`largest gap ${largest(gaps)} ms, largest cut ${largest(cuts)} ms\n`);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(150);
  expect(Math.max(...cuts)).toBeLessThanOrEqual(150);
}, 600_000);

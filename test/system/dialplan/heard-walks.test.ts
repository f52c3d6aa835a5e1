import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { anyKey, anyMenus } from '#functions/telephony/call-flows/generated-flows.fixture.ts';
import {
  hangUp,
  referenceWalk,
  wait,
  type Action,
} from '#functions/telephony/call-flows/reference-interpreter.fixture.ts';
import type { Walkable } from '#functions/telephony/schema/call-flow.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { wavTones } from '#test/support/wav.fixture.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { allCdrs, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';

/** Generated menus of three levels, walked by phones, against the conversation that the README describes. */

needs('rtpengine');

/** Walks (`WALKS=500` for the figures of README.md), and the phones that walk at the same time. */
const count = Number(process.env['WALKS'] ?? 12);
const phones = Math.min(count, count > 100 ? 12 : 4);
const walksOfFlow = 3;

/** The tone of each prompt, hertz. */
const tones = {
  top: 500,
  left: 650,
  right: 800,
  low: 950,
  deep: 1_100,
  news: 1_300,
  hours: 1_500,
  pin: 1_750,
} as const;
/** Each begins with a mark, so that one which is played twice in a row is heard twice; hertz and seconds. */
const mark = [300, 0.1] as const;
/** Seconds of its tone, within which a caller types. */
const promptTime = 1.2;

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let callers: readonly ToneListener[];
let files: Readonly<Record<string, string>>;
let operator: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  const found: ToneListener[] = [];
  for (let at = 0; at < phones; at += 1)
    found.push(everything.use(await ToneListener.register(tenant, task, String(201 + at))));
  callers = found;
  const uploaded = await Promise.all(
    Object.entries(tones).map(async ([name, hertz]) => [
      name,
      await uploadSound(tenant, wavTones([mark, [hertz, promptTime]])),
    ]),
  );
  files = Object.fromEntries(uploaded) as Record<string, string>;
  operator = cloud.operator;
});
afterAll(() => everything.disposeAsync());

/** What a caller does when it hears a prompt: it types, or lets it and its time pass, or hangs up. */
type Choice = { readonly keys: string } | typeof wait | typeof hangUp;

const anyChoices: fc.Arbitrary<Choice[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ keys: fc.string({ unit: anyKey, minLength: 1, maxLength: 4 }) }) },
    { weight: 2, arbitrary: fc.constant(wait) },
    { weight: 1, arbitrary: fc.constant(hangUp) },
  ),
  { minLength: 1, maxLength: 6 },
);

/** A prompt that is heard. `mayBeCut`: a key that was typed with the one before it may have been quicker. */
type Heard = { readonly name: string; readonly mayBeCut: boolean };

/** The walk of a caller, as the reference has it. */
class ExpectedWalk {
  readonly #flow: Walkable;
  readonly #actions: Action[] = [];
  readonly heard: Heard[] = [];
  /** Entries of the log that were looked at. */
  #seen = 0;

  constructor(flow: Walkable) {
    this.#flow = flow;
    this.#note();
  }

  get isOver(): boolean {
    return this.#log().at(-1)?.startsWith('end') === true;
  }

  /** Does what the caller does, and then nothing until it hears the next prompt. */
  take(choice: Choice): void {
    const before = this.#log().length;
    this.#actions.push(...(typeof choice === 'string' ? [choice] : Array.from(choice.keys)));
    this.#note();
    // A prompt that ends by itself, and the time for a digit, are no choice.
    while (!this.isOver && !this.#isPlaying(before)) {
      this.#actions.push(wait);
      this.#note();
    }
  }

  /** Whether a prompt plays that began after an entry of the log. */
  #isPlaying(before: number): boolean {
    const log = this.#log();
    return log.length > before && log.at(-1)?.startsWith('play ') === true;
  }

  #log(): string[] {
    return referenceWalk(this.#flow, this.#actions);
  }

  #note(): void {
    const log = this.#log();
    for (let at = this.#seen; at < log.length; at += 1) {
      const [, name] = /^play (.*)$/v.exec(log[at] ?? '') ?? [];
      if (name !== undefined) this.heard.push({ name, mayBeCut: log[at + 1] === 'cut' });
    }
    this.#seen = log.length;
  }

  /** What was heard so far, as words with a space after each. */
  get pattern(): RegExp {
    return new RegExp(`${this.#begin}$`, 'v');
  }

  /** Whether what was heard goes on after what was expected. */
  isPassedBy(text: string): boolean {
    return new RegExp(this.#begin, 'v').test(text) && !this.pattern.test(text);
  }

  get #begin(): string {
    return `^${this.heard.map(({ name, mayBeCut }) => (mayBeCut ? `(?:${name} )?` : `${name} `)).join('')}`;
  }
}

/** The prompts that a phone has heard since, as words with a space after each. */
function heardSince({ voice: { heard } }: ToneListener, before: number): string {
  const [markHertz] = mark;
  let text = '';
  let last: string | undefined;
  for (const payload of heard.slice(before)) {
    const samples = [...decodeG711(0, payload)];
    const has = (hertz: number): boolean => shareOf(hertz, samples) > 0.7;
    const name = has(markHertz) ? 'mark' : Object.entries(tones).find(([, hertz]) => has(hertz))?.[0];
    if (name === undefined) continue;
    if (name !== last && name !== 'mark') text += `${name} `;
    last = name;
  }
  return text;
}

/** A prompt lasts as long as it lasts: on a busy machine, it may be over when its caller would type. */
class LateCaller extends Error {}

/** Waits until a phone has heard what is expected. @throws LateCaller if it has heard more */
async function hears(caller: ToneListener, before: number, expected: ExpectedWalk): Promise<void> {
  const { late } = await eventually(() => {
    const text = heardSince(caller, before);
    if (expected.isPassedBy(text)) return { late: text };
    expect(text).toMatch(expected.pattern);
    return { late: null };
  }, 30_000);
  if (late !== null) throw new LateCaller(`heard ${late}, which was to be ${expected.pattern.source}`);
}

type Flow = { readonly flow: Walkable; readonly number: string };

/** How often a caller that was late begins its walk again. */
const mostTries = 5;
/** Calls, of which each has a CDR. */
let calls = 0;

async function walk(caller: ToneListener, { flow, number }: Flow, choices: readonly Choice[]): Promise<void> {
  const expected = new ExpectedWalk(flow);
  // Packets of its last call may still come.
  await eventually(async () => {
    const { length } = caller.voice.heard;
    await past(300);
    return caller.voice.heard.length === length;
  });
  const before = caller.voice.heard.length;
  const { call } = await caller.call(number);
  calls += 1;
  try {
    for (const choice of [...choices, hangUp] as const) {
      if (expected.isOver) break;
      await hears(caller, before, expected);
      if (choice === hangUp) call.hangUp();
      else if (choice !== wait) await caller.voice.press(choice.keys, { gap: 40 });
      expected.take(choice);
    }
    await eventually(() => expect(call.isOver).toBe(true), 30_000);
    await hears(caller, before, expected);
  } finally {
    if (!call.isOver) call.hangUp();
    await eventually(() => expect(call.isOver).toBe(true), 30_000);
  }
}

/** Walks until a caller was in time. */
async function walkInTime(caller: ToneListener, of: Flow, choices: readonly Choice[]): Promise<void> {
  const story = JSON.stringify({ choices, steps: of.flow.steps });
  for (let tries = 1; ; tries += 1) {
    try {
      await walk(caller, of, choices);
      return;
    } catch (error) {
      if (!(error instanceof LateCaller) || tries === mostTries) throw new Error(story, { cause: error });
    }
  }
}

async function newWalk(flow: Walkable): Promise<Flow> {
  const steps = Object.fromEntries(
    Object.entries(flow.steps).map(([name, step]) => [
      name,
      {
        ...step,
        ...('prompt' in step && { prompt: { file: files[name] } }),
        ...('timeout_seconds' in step && { timeout_seconds: 1 }),
      },
    ]),
  );
  const { tenant } = cloud;
  const id = await newFlow(tenant, steps, { start: flow.start });
  return { flow, number: await newNumber(tenant, { type: 'flow', id }, operator) };
}

test(`${count} generated walks are heard as the reference has them, and each has one CDR`, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
  const flows: Flow[] = [];
  for (const flow of fc.sample(anyMenus, { seed, numRuns: Math.ceil(count / walksOfFlow) }))
    flows.push(await newWalk(flow));
  const wishes = fc.sample(anyChoices, { seed, numRuns: count });
  const queue = wishes.map((choices, at) => ({ choices, flow: flows[at % flows.length] as Flow }));
  const walkAll = async (caller: ToneListener): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      await walkInTime(caller, next.flow, next.choices).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
  };
  await Promise.all(callers.map(walkAll));
  await eventually(async () => {
    const cdrs = await allCdrs(cloud.tenant);
    expect(cdrs.map(({ disposition }) => disposition)).toEqual(Array.from({ length: calls }, () => 'ANSWERED'));
  }, 60_000);
}, 3_600_000);

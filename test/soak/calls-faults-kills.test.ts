import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededDraw } from '#sip/fuzz.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { RtpParty } from '../support/rtp-party.fixture.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { untilKnown } from '../system/handover.fixture.ts';
import {
  allCdrs,
  signalTask,
  startTaskCloud,
  type OwnTaskCloud,
  type TaskAddress,
} from '../system/sidecar-tasks.fixture.ts';
import { newSoftphones, type RegisteredSoftphone } from '../system/softphones.fixture.ts';
import { outcome, type Body } from '../system/tenant.fixture.ts';

needs('rtpengine');

/**
 * Calls at generated moments from INVITE to BYE when one of two tasks is killed. Their media pass a relay.
 * `SEED=7 ROUNDS=2 CALLS=6 npm run soak -- calls-faults-kills` makes a small form.
 */
const calls = Number(process.env['CALLS'] ?? 12);
const rounds = Number(process.env['ROUNDS'] ?? 10);
const seed = Number(process.env['SEED'] ?? 1);
const draw = seededDraw(seed);

/** Milliseconds. */
const killedAfter = 8_000;
/** In which each party of a call that does not go on has its end. The machine of this test adds to it. */
const endedWithin = Number(process.env['WITHIN'] ?? 8_000);
/** What a charge may differ by from the media. */
const inexactness = 500;
/** Before the kill: what may not be stored yet, so that its CDR may lack. A busy machine writes later. */
const unstored = Number(process.env['UNSTORED'] ?? 50);
/** Before the kill: the ring of a phone whose INVITE may not be stored yet, as calls are written together. */
const unstoredRing = 100 + unstored;
/** Before the kill: when one of six calls begins, so that some are not stored. */
const unstoredCalls = 100;
/** Before the kill: what a call that has rung at no one may still be set up for. */
const setUp = 5_000;

/** What a call does, in milliseconds after its INVITE, its ring and its answer. */
type Plan = {
  readonly begins: number;
  readonly rings: number;
  readonly talks: number;
  readonly hangsUp: 'caller' | 'callee';
  /** Whether the caller cancels instead of an answer. */
  readonly isCancelled: boolean;
};

const newPlan = (): Plan => ({
  begins: draw(6) === 0 ? killedAfter - draw(unstoredCalls) : draw(killedAfter),
  rings: draw(1_500),
  talks: 200 + draw(14_000),
  hangsUp: draw(2) === 0 ? 'caller' : 'callee',
  isCancelled: draw(5) === 0,
});

type Pair = { readonly caller: RegisteredSoftphone; readonly callee: RegisteredSoftphone };

/** What the parties saw of a call, in Unix milliseconds. */
type Seen = {
  readonly plan: Plan;
  readonly pair: Pair;
  readonly call: SoftCall;
  readonly begunAt: number;
  readonly rungAt: number | undefined;
  readonly answeredAt: number | undefined;
  /** When a party hung up. */
  readonly hungUpAt: number | undefined;
  /** When the caller had its end, and so had a callee that had answered. */
  readonly talkedUntil: number;
  /** When no phone rang any more, either. */
  readonly overAt: number;
};

let cloud: OwnTaskCloud;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const limits = { max_concurrent_calls: 1_000 };
  const raised = await cloud.tenant.ask('POST', `/orgs/${cloud.tenant.id}`, { limits }, { token: cloud.operator });
  expect(outcome(raised)).toBe('200');
});
afterAll(() => everything.disposeAsync());

let extension = 201;

/** Phones that are registered at a task. */
async function newPair(at: TaskAddress): Promise<Pair> {
  const [caller, callee] = await newSoftphones(cloud.tenant, [String(extension++), String(extension++)], at);
  return { caller, callee };
}

const voiceOf = async ({ place: { address }, mediaPort: port }: Softphone): Promise<RtpParty> =>
  RtpParty.open({ address, port }, 1);

/** Waits for a condition, to which `eventually` looks less and less often, for so long. @returns whether it holds */
async function untilMoment(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const until = Date.now() + milliseconds;
  const isDue = (): boolean => Date.now() >= until || condition();
  while (!isDue()) await eventually(isDue, 50).catch(() => undefined);
  return condition();
}

/** Whether one of the sides has ended within a time. */
const isOneOver = (sides: readonly SoftCall[], milliseconds: number): Promise<boolean> =>
  untilMoment(() => sides.some(({ isOver }) => isOver), milliseconds);

/** What rings at the callee, if it does before the caller is rejected. */
async function newRing(call: SoftCall, ringsAt: () => SoftCall | undefined): Promise<SoftCall | undefined> {
  await untilMoment(() => call.isOver || ringsAt() !== undefined, 60_000);
  return call.isOver ? undefined : ringsAt();
}

const isAnswered = ({ log }: SoftCall): boolean => log.includes('answered');

/** Plays a call to its end. */
async function play(pair: Pair, plan: Plan): Promise<Seen> {
  await untilMoment(() => false, plan.begins);
  using open = new DisposableStack();
  const voices = await Promise.all([pair.caller.phone, pair.callee.phone].map(voiceOf));
  for (const voice of voices) open.use(voice);
  let [rungAt, answeredAt, hungUpAt]: (number | undefined)[] = [];
  pair.callee.phone.answers = (came) => {
    rungAt ??= Date.now();
    came.ring();
  };
  const begunAt = Date.now();
  const call = pair.caller.phone.call(pair.callee.extension);
  const isRejected = await isOneOver([call], plan.rings);
  const ringsAt = () => pair.callee.phone.calls.find(({ isOver }) => !isOver);
  if (plan.isCancelled && !isRejected) {
    hungUpAt = Date.now();
    call.hangUp();
  } else
    for (let rung = await newRing(call, ringsAt); rung !== undefined; rung = await newRing(call, ringsAt)) {
      const answered = rung;
      answered.answer();
      answeredAt = Date.now();
      await untilMoment(() => call.isUp || call.isOver || answered.isOver, 60_000);
      // What a dead task has left at the phone ends; the INVITE that the caller repeats rings there again.
      if (!call.isUp && answered.isOver) continue;
      if (!call.isUp) break;
      for (const [at, side] of [call, answered].entries()) voices[at]?.speakTo(side);
      if (!(await isOneOver([call, answered], plan.talks))) {
        hungUpAt = Date.now();
        (plan.hangsUp === 'caller' ? call : answered).hangUp();
        voices[plan.hangsUp === 'caller' ? 0 : 1]?.silence();
      }
      break;
    }
  const untilOver = (of: () => readonly SoftCall[]) => untilMoment(() => of().every(({ isOver }) => isOver), 60_000);
  await untilOver(() => [call, ...pair.callee.phone.calls.filter(isAnswered)]);
  const talkedUntil = Date.now();
  await untilOver(() => pair.callee.phone.calls);
  return { plan, pair, call, begunAt, rungAt, answeredAt, hungUpAt, talkedUntil, overAt: Date.now() };
}

const describeCall = ({ plan, call, pair, ...times }: Seen, killedAt: number): string =>
  JSON.stringify({
    plan,
    caller: [pair.caller.extension, ...call.log],
    callee: pair.callee.phone.calls.map(({ log }) => log),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, at]) => (typeof at === 'number' ? [[name, at - killedAt]] : [])),
    ),
  });

/** Whether a state of a call may not have been stored when its task was killed. */
const hasUnstored = (
  { begunAt, rungAt, answeredAt }: Pick<Seen, 'begunAt' | 'rungAt' | 'answeredAt'>,
  killedAt: number,
): boolean =>
  [begunAt, rungAt, answeredAt].some((at) => at !== undefined && at > killedAt - unstored && at <= killedAt + 100);

/** A time of a CDR, whose milliseconds are a field of their own; undefined: it has none. */
function timeIn(cdr: Body, name: 'answer' | 'end'): number | undefined {
  const times = cdr as Readonly<Record<string, string | number | null>>;
  const at = times[`${name}_time`];
  return typeof at === 'string' ? Date.parse(at) + Number(times[`${name}_ms`]) : undefined;
}

/** Whether a call was being set up when its task was killed, and had rung at no one. */
const wasSetUp = ({ begunAt, rungAt }: Seen, killedAt: number): boolean =>
  (rungAt === undefined || rungAt > killedAt) && begunAt > killedAt - setUp && begunAt < killedAt;

/** Milliseconds. */
const billed = (cdr: Body): number => {
  const [from, to] = [timeIn(cdr, 'answer'), timeIn(cdr, 'end')];
  return from === undefined || to === undefined ? 0 : to - from;
};

/** What is measured. `faults`: what must not be. */
type Figures = {
  readonly ends: number[];
  readonly differences: number[];
  readonly faults: string[];
  /** Calls that may not have been stored at the kill, so that their CDRs are not judged. */
  unstored: number;
  adopted: number;
};

function judge(seen: Seen, killedAt: number, cdrs: readonly Body[], figures: Figures): void {
  const { call, pair, rungAt, answeredAt, hungUpAt, talkedUntil, overAt } = seen;
  const expectThat = (isSo: boolean, what: string): void => {
    if (!isSo) figures.faults.push(`${what}: ${describeCall(seen, killedAt)} ${JSON.stringify(cdrs)}`);
  };
  const isUnstored = hasUnstored(seen, killedAt) || wasSetUp(seen, killedAt);
  // A phone whose INVITE was not stored rings until it is answered, which ends it, or gives up.
  const mayRingOn = isUnstored || (rungAt !== undefined && rungAt > killedAt - unstoredRing && rungAt < killedAt);
  const phones = pair.callee.phone.calls;
  const ending = [call, ...(mayRingOn ? phones.filter(isAnswered) : phones)];
  expectThat(
    ending.every(({ isOver }) => isOver),
    'no end',
  );
  const wasUp = answeredAt !== undefined && answeredAt <= killedAt;
  if (wasUp && hungUpAt !== undefined && hungUpAt > killedAt) figures.adopted += 1;
  // A call that is up ends after its hang-up.
  const ended = (mayRingOn ? talkedUntil : overAt) - Math.max(killedAt, hungUpAt ?? 0);
  figures.ends.push(ended);
  expectThat(ended <= endedWithin, 'a late end');
  const [cdr] = cdrs;
  if (isUnstored) {
    figures.unstored += 1;
    // An INVITE that its caller has repeated may have another one, of its first call.
    expectThat(cdrs.filter((each) => each['answer_time'] !== null).length <= 1, 'two answered CDRs');
    return;
  }
  expectThat(cdrs.length === 1, 'not one CDR');
  const isTalk = call.log.includes('answered') && answeredAt !== undefined;
  const difference = (cdr === undefined ? 0 : billed(cdr)) - (isTalk ? (hungUpAt ?? overAt) - answeredAt : 0);
  figures.differences.push(difference);
  expectThat(Math.abs(difference) <= inexactness, 'a wrong charge');
}

test('each call ends at both sides or goes on, and is charged once for its media', async () => {
  const figures: Figures = { ends: [], differences: [], faults: [], unstored: 0, adopted: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const here = cloud.tasks[round % 2];
    const there = cloud.tasks[1 - (round % 2)];
    if (here === undefined || there === undefined) throw new Error('there is one task');
    await untilKnown(cloud, here, there, everything);
    await untilKnown(cloud, there, here, everything);
    const pairs: Pair[] = [];
    for (let at = 0; at < calls; at += 1) pairs.push(await newPair(here));
    const playing = pairs.map((pair) => play(pair, newPlan()));
    await untilMoment(() => false, killedAfter);
    signalTask(cloud, here, 'SIGKILL');
    const killedAt = Date.now();
    const seen = await Promise.all(playing);
    const isKnown = (cdrs: readonly Body[], { pair, ...of }: Seen): boolean =>
      hasUnstored(of, killedAt) || cdrs.some(({ caller }) => caller === pair.caller.extension);
    // Those that are missing are faults.
    await eventually(async () => {
      const cdrs = await allCdrs(cloud.tenant);
      return seen.every((each) => isKnown(cdrs, each));
    }).catch(() => undefined);
    const cdrs = await allCdrs(cloud.tenant);
    for (const each of seen) {
      const { extension: own } = each.pair.caller;
      judge(
        each,
        killedAt,
        cdrs.filter(({ caller }) => caller === own),
        figures,
      );
    }
    for (const { caller, callee } of pairs) for (const { phone } of [caller, callee]) phone[Symbol.dispose]();
  }
  const { ends, differences, faults, ...counts } = figures;
  const [endedAfter, differBy] = [Math.max(...ends), Math.max(...differences.map(Math.abs))];
  process.stdout.write(`${JSON.stringify({ seed, calls: calls * rounds, ...counts, endedAfter, differBy })}\n`);
  expect(faults).toEqual([]);
});

// Own cloud: stops and kills tasks, and the media relay.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { voices, type Voice } from '#test/support/voices.fixture.ts';
import { newNumber } from '../calls.fixture.ts';
import {
  enginesOf,
  sessionsAtOwnRelay,
  sidesOf,
  taskAddressOf,
  taskOf,
  untilKnown,
  untilMoved,
} from '../handover.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { isRunning } from '../processes.ts';
import { newRecordedCall, recordedWav, toneIn } from '../recorded-calls.fixture.ts';
import { expectHeard, speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import {
  allCdrs,
  liveCalls,
  signalTask,
  startTaskCloud,
  type OwnTaskCloud,
  type TaskAddress,
} from '../sidecar-tasks.fixture.ts';
import {
  converse,
  expectEnd,
  expectReport,
  newSoftphones,
  refer,
  type Conversation,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/**
 * Calls whose media pass the relay of `npm start` when their task or the relay ends: between phones, some of which are
 * recorded, in a flow, and parked.
 */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: OwnTaskCloud;
let here: TaskAddress;
let there: TaskAddress;
let sounds: Awaited<ReturnType<typeof uploadTones>>;

/** A number whose flow begins with its first step. */
async function newFlow(steps: Readonly<Record<string, object>>): Promise<string> {
  const { tenant, operator } = cloud;
  const made = await tenant.ask('PUT', '/callflows/new', {
    ...{ name: uniqueName('moved'), start: Object.keys(steps)[0] },
    steps: { ...steps, end: { type: 'hangup' } },
  });
  expect(outcome(made)).toBe('201');
  return newNumber(tenant, { type: 'flow', id: texts(made)['id'] ?? '' }, operator);
}

beforeAll(async () => {
  // It starts a relay of its own, which records.
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const [first, second] = cloud.tasks;
  if (second === undefined) throw new Error('there is one task');
  [here, there] = [first, second];
  sounds = await uploadTones(cloud.tenant);
});
afterAll(() => everything.disposeAsync());

let extension = 201;
const phoneAt = async (
  task: TaskAddress,
  voice: Voice = voices.PCMU,
): Promise<ToneListener & { readonly extension: string }> => {
  const own = String(extension++);
  const phone = everything.use(await ToneListener.register(cloud.tenant, task, own, voice));
  return Object.assign(phone, { extension: own });
};

beforeEach(async () => {
  // One may have taken the place of a task that the test before has stopped.
  await untilKnown(cloud, here, there, everything);
  await untilKnown(cloud, there, here, everything);
});

/** The processes of the tasks that a test has stopped. */
const stopped: number[] = [];
const stopTaskOf = (call: SoftCall, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void =>
  void stopped.push(signalTask(cloud, taskAddressOf(call), signal).pid);

/** How the task of a call ends from which the call moves. */
const ends = [
  ['stops', 'SIGTERM'],
  ['is killed', 'SIGKILL'],
] as const;

/** A task that stops passes messages on until it ends: what follows would meet it, and no task that takes its calls. */
afterEach(() => eventually(() => expect(stopped.filter(isRunning)).toEqual([]), 20_000));

describe('heard by one phone', () => {
  let ann: ToneListener;
  beforeEach(async () => {
    ann = await phoneAt(here);
  });

  describe('in a flow', () => {
    let number: string;
    /** Seconds of the first prompt, in which the task stops. */
    const long = 6;

    beforeAll(async () => {
      const { welcome } = await uploadTones(cloud.tenant, { welcome: long });
      number = await newFlow({
        welcome: { type: 'play', prompt: [{ file: welcome }, { file: sounds.menu }], next: 'digits' },
        digits: { type: 'collect', min: 5, max: 5, into: 'typed', next: 'check', timeout: 'end', timeout_seconds: 20 },
        check: { type: 'branch', when: [{ variable: 'typed', equals: '12345', to: 'right' }], else: 'end' },
        right: { type: 'play', prompt: { file: sounds.bye }, next: 'end' },
      });
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
      stopTaskOf(call);
      await ann.voice.press('3', { gap: 40 });
      await eventually(() => expect(taskOf(call)).not.toBe(task), 20_000);
      await ann.voice.press('4');
      await eventually(() => expect(tones()).toEqual(['welcome', 'menu']), 20_000);
      await ann.voice.press('5');
      await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
      expect(tones()).toEqual(['welcome', 'menu', 'bye']);
      expect(secondsHeardSince(before)).toBeLessThan(long + 10);
      const ofWelcome = ann.voice.samples.slice(before).filter((samples) => shareOf(700, samples) > 0.7);
      expect(ofWelcome.length).toBeGreaterThan(0.8 * long * 50);
      expect(ofWelcome.length).toBeLessThan(1.1 * long * 50);
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
      stopTaskOf(call, 'SIGKILL');
      await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 60_000);
      await eventually(async () => expect((await cdrs()).length).toBe(before + 1), 30_000);
      expect((await cdrs()).map(({ disposition }) => disposition)).toEqual(Array(before + 1).fill('ANSWERED'));
    });
  });

  test.each(ends)(
    'a flow goes on where its call has moved to, as its task %s, when the called hangs up',
    async (_what, signal) => {
      const bob = await phoneAt(here);
      const number = await newFlow({
        ring: { type: 'dial', to: [bob.extension], ring_seconds: 10, after: 'ask', busy: 'end' },
        ask: { type: 'menu', prompt: { file: sounds.menu }, choices: { 2: 'bye' }, timeout: 'end' },
        bye: { type: 'play', prompt: { file: sounds.bye }, next: 'end' },
      });
      const { call, tones } = await ann.call(number);
      const rung = await bob.phone.nextCall();
      await eventually(() => expect(rung.log.at(-1)).toBe('acknowledged'), 20_000);
      // What is not stored yet goes on nowhere.
      await eventually(async () => {
        const [{ id } = {}] = await liveCalls(cloud);
        const { body } = await cloud.tenant.ask('GET', `/Calls/${String(id)}`);
        const { legs } = body as { readonly legs: readonly Body[] };
        expect(legs.map(({ status }) => status)).toEqual(['answered', 'hangup', 'answered']);
      }, 20_000);
      const task = taskOf(call);
      stopTaskOf(call, signal);
      await untilMoved(call, task);
      await untilMoved(rung, task);
      rung.hangUp();
      await eventually(() => expect(tones().at(-1)).toBe('menu'), 20_000);
      ann.voice.sendTo(call.remote);
      await ann.voice.speak(100);
      await ann.voice.press('2');
      await expectEnd(call, 'ended by peer');
      expect(tones().at(-1)).toBe('bye');
    },
  );

  test.each(['Opus', 'Opus with events of 8 kHz'] as const)(
    '%s moves to another task, where it hears the rest, and no digit is lost',
    async (name) => {
      const { menu } = await uploadTones(cloud.tenant, { menu: 6 });
      const number = await newFlow({
        welcome: { type: 'play', prompt: { file: sounds.welcome }, next: 'menu' },
        menu: {
          ...{ type: 'collect', prompt: { file: menu }, min: 3, max: 3, timeout_seconds: 20 },
          ...{ into: 'typed', next: 'check', timeout: 'end' },
        },
        check: { type: 'branch', when: [{ variable: 'typed', equals: '456', to: 'bye' }], else: 'end' },
        bye: { type: 'play', prompt: { file: sounds.bye }, next: 'end' },
      });
      const opus = await phoneAt(here, voices[name]);
      const { call, tones: heard } = await opus.call(number);
      await eventually(() => expect(heard().at(-1)).toBe('menu'), 20_000);
      await opus.voice.press('4', { gap: 40 });
      const task = taskOf(call);
      stopTaskOf(call);
      await opus.voice.press('5', { gap: 40 });
      await untilMoved(call, task);
      await opus.voice.press('6', { gap: 40 });
      await expectEnd(call, 'ended by peer');
      expect(heard()).toEqual(['welcome', 'menu', 'bye']);
    },
  );

  describe('parked', () => {
    beforeAll(async () => {
      const settings = { music_on_hold: sounds.welcome, park: { first: '730', last: '730', return_seconds: 120 } };
      expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings }))).toBe('200');
    });

    const expectMusic = (caller: ToneListener): Promise<void> =>
      eventually(async () => {
        const before = caller.voice.heard.length;
        await eventually(() => expect(caller.voice.heard.length).toBeGreaterThan(before + 20), 20_000);
        expect(caller.tonesSince(before)).toEqual(['welcome']);
      }, 20_000);

    const expectTalk = (speaker: ToneListener, listener: ToneListener): Promise<void> =>
      eventually(async () => {
        const before = listener.voice.heard.length;
        await speaker.voice.speak(600, 1_500);
        expect(listener.tonesSince(before)).toEqual(['bye']);
      }, 20_000);

    /** A phone of the other task fetches the call of the slot, talks, and hangs up. */
    async function fetchAndLeave(caller: ToneListener, parked: SoftCall): Promise<void> {
      const fetcher = await phoneAt(there);
      const { call } = await fetcher.call('*85730');
      caller.voice.sendTo(parked.remote);
      await expectTalk(caller, fetcher);
      await expectTalk(fetcher, caller);
      call.hangUp();
      await expectEnd(parked, 'ended by peer');
    }

    test('a call of a flow moves to another task with its slot and its exits', async () => {
      const number = await newFlow({
        slot: { type: 'park', timeout_seconds: 600, timeout: 'bye', full: 'bye', after: 'menu' },
        menu: { type: 'play', prompt: { file: sounds.menu } },
        bye: { type: 'play', prompt: { file: sounds.bye } },
      });
      const parked = await ann.call(number);
      await expectMusic(ann);
      const task = taskOf(parked.call);
      stopTaskOf(parked.call);
      await untilMoved(parked.call, task);
      await expectMusic(ann);
      await fetchAndLeave(ann, parked.call);
      expect(parked.tones().slice(-2)).toEqual(['bye', 'menu']);
    });

    test('a call of a phone waits on at another task, where it is fetched', async () => {
      const parker = await phoneAt(here);
      const { caller, callee } = await converse(ann.phone, parker.phone, parker.extension);
      ann.voice.sendTo(caller.remote);
      await ann.voice.speak(200);
      const { reports } = await refer(callee, '*85', { host: parker.phone.domain });
      await expectReport(reports, 200);
      await expectMusic(ann);
      const task = taskOf(caller);
      stopTaskOf(caller);
      await untilMoved(caller, task);
      await expectMusic(ann);
      await fetchAndLeave(ann, caller);
    });
  });
});

describe('between phones', () => {
  let ann: RegisteredSoftphone;
  let bob: RegisteredSoftphone;
  let cem: RegisteredSoftphone;
  beforeEach(async () => {
    const extensions = [0, 1, 2].map(() => String(extension++));
    const made = await newSoftphones(cloud.tenant, extensions, here);
    [ann, bob, cem] = made as [RegisteredSoftphone, RegisteredSoftphone, RegisteredSoftphone];
    for (const { phone } of made) everything.use(phone);
  });

  /** Ends the task of a call, and waits until both parties have that of another one. */
  async function move(call: Conversation, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const before = taskOf(call.caller);
    expect(before).not.toBe('');
    stopTaskOf(call.caller, signal);
    for (const side of sidesOf([call])) await untilMoved(side, before);
  }

  const liveCall = () =>
    eventually(async () => {
      const [live, ...others] = await liveCalls(cloud);
      expect([live?.['status'], others]).toEqual(['answered', []]);
      return live as Body & { readonly id: string };
    });

  const expectSessions = (count: number) =>
    eventually(async () => expect(await sessionsAtOwnRelay(cloud)).toBe(count), 30_000);

  /** The CDR of a call, of which there is one. */
  const cdrOf = ({ id }: { readonly id: string }): Promise<Body> =>
    eventually(async () => {
      const [cdr, ...others] = (await allCdrs(cloud.tenant)).filter((each) => each['call_id'] === id);
      if (cdr === undefined) throw new Error('there is no CDR');
      expect(others).toEqual([]);
      return cdr;
    }, 30_000);

  /** Where the relay hears both parties. */
  const relayedAt = (call: Conversation) => sidesOf([call]).map(({ remote }) => /^m=audio (\d+)/m.exec(remote)?.[1]);

  test.each(ends)(
    'a call whose task %s is heard through the same relay, also after hold and a transfer',
    async (_what, signal) => {
      const speakers = await Promise.all([ann, bob, cem].map(({ phone }) => speakerOf(phone)));
      for (const { party } of speakers) everything.use(party);
      const [one, other, third] = speakers as [Speaker, Speaker, Speaker];
      const call = await converse(ann.phone, bob.phone, bob.extension);
      const live = await liveCall();
      const before = relayedAt(call);
      await expectHeard([one, call.caller], [other, call.callee]);
      await move(call, signal);
      await expectHeard([one, call.caller], [other, call.callee]);
      expect(await call.caller.offer('sendonly')).toMatch(/ recvonly$/);
      expect(await call.callee.offer('sendrecv')).toMatch(/ sendrecv$/);
      await expectHeard([one, call.caller], [other, call.callee]);
      expect(relayedAt(call)).toEqual(before);
      const { status } = await refer(call.callee, cem.extension, { host: bob.phone.domain });
      expect(status).toBe(202);
      const transferred = await cem.phone.nextCall();
      await expectEnd(call.callee, 'ended by peer');
      await expectHeard([one, call.caller], [third, transferred]);
      await expectSessions(1);
      transferred.hangUp();
      await expectEnd(call.caller, 'ended by peer');
      await expectSessions(0);
      expect(await cdrOf(live)).toMatchObject({ disposition: 'ANSWERED' });
    },
  );

  test.each(ends)(
    'a recorded call whose task %s is one file, with what both say before and after',
    async (_what, signal) => {
      const { call, speak, next, frequencies } = await newRecordedCall(cloud.tenant, [ann, bob], everything);
      await speak();
      const { id, recording_id: recording } = await liveCall();
      expect(recording).toBe(id.replace('call_', 'file_'));
      await move(call, signal);
      next();
      await speak();
      expect(await liveCall()).toMatchObject({ id, recording_id: recording });
      expect(await call.callee.offer('sendonly')).toMatch(/ recvonly$/);
      expect(await call.callee.offer('sendrecv')).toMatch(/ sendrecv$/);
      await speak();
      await expectSessions(1);
      call.caller.hangUp();
      await expectEnd(call.callee, 'ended by peer');
      await expectSessions(0);
      const wav = await recordedWav(cloud.tenant, String(recording));
      for (const [channel, own, others] of [
        [0, frequencies.low, frequencies.high],
        [1, frequencies.high, frequencies.low],
      ] as const) {
        for (const frequency of own) expect(toneIn(wav, channel, frequency)).toBeGreaterThan(1_000);
        for (const frequency of others) expect(toneIn(wav, channel, frequency)).toBe(0);
      }
      expect(await cdrOf({ id })).toMatchObject({ disposition: 'ANSWERED', custom: { recording_id: recording } });
      const files = (await cloud.tenant.ask('GET', '/files?kind=recording')).body as { readonly data: readonly Body[] };
      expect(files.data.filter(({ name }) => name === id)).toHaveLength(1);
    },
  );

  test('a party that hangs up while no task has its call pays until then, and the other one gets BYE', async () => {
    const [one, other] = (await Promise.all([ann, bob].map(({ phone }) => speakerOf(phone)))) as [Speaker, Speaker];
    for (const { party } of [one, other]) everything.use(party);
    const call = await converse(ann.phone, bob.phone, bob.extension);
    const live = await liveCall();
    await expectHeard([one, call.caller], [other, call.callee]);
    stopTaskOf(call.caller, 'SIGKILL');
    await expectHeard([one, call.caller], [other, call.callee]);
    call.caller.hangUp();
    one.party.silence();
    const hungUpAt = Date.now();
    await expectEnd(call.callee, 'ended by peer');
    await expectSessions(0);
    const { end_time: end } = await cdrOf(live);
    expect(Math.abs(Date.parse(String(end)) - hungUpAt)).toBeLessThan(1_500);
  });

  test('a media relay that has died ends its calls, and is started again for others', async () => {
    expect(cloud.cloud.printed()).toMatch(/Media relay +rtpengine, started/);
    const [one, other] = (await Promise.all([ann, bob].map(({ phone }) => speakerOf(phone)))) as [Speaker, Speaker];
    for (const { party } of [one, other]) everything.use(party);
    const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, bob.extension);
    const { callee } = await annCallsBob();
    const [before, ...others] = enginesOf(cloud.cloud);
    // Without an id, kill(2) would end the tests.
    if (before === undefined) throw new Error('there is no relay');
    expect(others).toEqual([]);
    process.kill(before, 'SIGKILL');
    await expectEnd(callee, 'ended by peer');
    await eventually(() => expect(enginesOf(cloud.cloud)).toHaveLength(1), 20_000);
    // Calls are rejected until the new one answers.
    const again = await eventually(annCallsBob, 20_000);
    expect(again.callee.remote).not.toContain(`m=audio ${ann.phone.mediaPort} `);
    await expectHeard([one, again.caller], [other, again.callee]);
  });
});

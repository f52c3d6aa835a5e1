import { expect, test } from 'vitest';
import type { Call, CallLeg } from '#telephony/call.ts';
import type { HeardAudio, HeardParties } from '../../media/call-media.ts';
import { newLeg, newRecord, withAction } from '../call/record.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { MissingAudioWatch, type HeardCall } from './missing-audio.ts';

const begin = Date.parse('2026-11-22T10:00:00.000Z');
const roles = ['source', 'destination'] as const;
type Role = CallLeg['role'];

/** What a party sends each second, and how its relay sees it. */
type Party = { sends: 'speech' | 'comfort noise' | 'nothing'; isExpected: boolean; isApplication: boolean };
const bytesOf = { speech: 172, 'comfort noise': 13, nothing: 0 } as const;
const packetsOf = { speech: 50, 'comfort noise': 5, nothing: 0 } as const;

/** A call that is up, the events of its audio, and how often its relay is asked. */
function watched(relay = '127.0.0.1:1') {
  let now = begin;
  let asked = 0;
  const events: string[] = [];
  const parties = Object.fromEntries(
    roles.map((role) => [role, { sends: 'speech', isExpected: true, isApplication: false }]),
  ) as Record<Role, Party>;
  const audio = Object.fromEntries(
    roles.map((role) => [
      role,
      { packets: 0, bytes: 0, last: begin, agreedAt: begin, likely: 'no_packets' satisfies HeardAudio['likely'] },
    ]),
  ) as Record<Role, { -readonly [F in keyof HeardAudio]: HeardAudio[F] }>;
  const facts = callFacts(relay === '' ? {} : { media_relay: relay });
  const legs = roles.map((role) => ({
    ...newLeg(role, phoneParty('201'), new Date(begin)),
    status: 'answered' as const,
  }));
  let record: Call = { ...newRecord(facts, new Date(begin)), legs };
  const heardParty = (role: Role) => {
    const { isExpected, isApplication } = parties[role];
    const counted = isApplication ? {} : { audio: { ...audio[role] } };
    return { at: now, packets: audio[role].packets, isExpected: isExpected && !isApplication, ...counted };
  };
  const call = {
    isUp: true,
    get record() {
      return record;
    },
    heard: async (): Promise<HeardParties> => {
      asked += 1;
      return { source: heardParty('source'), destination: heardParty('destination') };
    },
    writer: {
      change: (change: (call: Call) => Call) => void (record = change(record)),
      record: () => undefined,
    },
  };
  const watch = new MissingAudioWatch({
    calls: () => [call as Partial<HeardCall> as HeardCall],
    recorderOf: () => (type, details) => {
      const { side, since = '', cause } = (details.fields ?? {}) as Record<string, string | undefined>;
      events.push(`${(now - begin) / 1_000} ${type} ${side} ${(Date.parse(since) - begin) / 1_000} ${cause}`);
      return [] as never;
    },
    now: () => now,
  });
  const pass = async (seconds: number) => {
    for (let each = 0; each < seconds; each += 1) {
      await watch.refresh();
      now += 1_000;
      for (const role of roles) {
        const { sends } = parties[role];
        audio[role].packets += packetsOf[sends];
        audio[role].bytes += packetsOf[sends] * bytesOf[sends];
        if (sends !== 'nothing') audio[role].last = now;
      }
    }
  };
  const act = (change: Parameters<typeof withAction>[2]) => void (record = withAction(record, 'source', change));
  const agree = () => {
    for (const role of roles) audio[role].agreedAt = now;
  };
  return { pass, parties, events, act, agree, asked: () => asked, record: () => record };
}

test('a call in which both speak is asked for each 10 s, and has no event', async () => {
  const { pass, events, asked, record } = watched();
  await pass(101);
  expect([asked(), events, record().audio_missing]).toEqual([10, [], undefined]);
});

test.each(roles)(
  'a %s that sends nothing is reported within 15 s of the answer, once, until it is heard',
  async (side) => {
    const { pass, parties, events, record } = watched();
    parties[side].sends = 'nothing';
    await pass(35);
    expect(events).toEqual([`10 call.audio_missing ${side} 0 no_packets`]);
    expect(record().audio_missing).toEqual([{ side, since: '2026-11-22T10:00:00.000Z', cause: 'no_packets' }]);
    parties[side].sends = 'speech';
    await pass(20);
    expect(events.slice(1)).toEqual([`40 call.audio_returned ${side} 0 no_packets`]);
    expect(record().audio_missing).toMatchObject([{ side, until: '2026-11-22T10:00:40.000Z' }]);
  },
);

test('a side that falls silent in the call is reported, and one that comes and goes five times at most', async () => {
  const { pass, parties, events } = watched();
  for (let times = 0; times < 8; times += 1) {
    await pass(30);
    parties.source.sends = parties.source.sends === 'speech' ? 'nothing' : 'speech';
    await pass(30);
    parties.source.sends = 'speech';
  }
  const missing = events.filter((each) => each.includes('missing'));
  expect(missing).toHaveLength(5);
  expect(events).toHaveLength(10);
});

test('comfort noise alone is reported beside a person, and not of who listens to an application', async () => {
  for (const isApplication of [false, true]) {
    const { pass, parties, events } = watched();
    Object.assign(parties, { source: { ...parties.source, sends: 'comfort noise' } });
    parties.destination.isApplication = isApplication;
    await pass(30);
    expect(events).toEqual(isApplication ? [] : ['10 call.audio_missing source 0 comfort_noise_only']);
  }
});

test('who is muted with comfort noise after it has spoken is heard', async () => {
  const { pass, parties, events } = watched();
  await pass(15);
  parties.source.sends = 'comfort noise';
  await pass(60);
  expect(events).toEqual([]);
});

test.each<[string, (call: ReturnType<typeof watched>) => void]>([
  ['that does not send by its description', ({ parties }) => (parties.source.isExpected = false)],
  ['that the API has muted', ({ act }) => act({ muted: true })],
  ['that the API has put on hold', ({ act }) => act({ on_hold: true })],
  ['that is an application', ({ parties }) => (parties.source.isApplication = true)],
])('a side %s is not missed', async (_what, change) => {
  const call = watched();
  call.parties.source.sends = 'nothing';
  change(call);
  await call.pass(100);
  expect(call.events).toEqual([]);
});

test('a side has 10 s after it is to send again, and after each agreement', async () => {
  const { pass, parties, events, agree } = watched();
  Object.assign(parties.source, { sends: 'nothing', isExpected: false });
  await pass(25);
  parties.source.isExpected = true;
  agree();
  await pass(15);
  expect(events).toEqual([]);
  await pass(20);
  expect(events).toHaveLength(1);
});

test('no relay is asked for a call whose media pass none', async () => {
  const { pass, asked } = watched('');
  await pass(100);
  expect(asked()).toBe(0);
});

test('of many calls the relays are asked for 100 in a second, new ones first', async () => {
  const asked: string[] = [];
  let now = begin;
  const callOf = (name: string): HeardCall =>
    ({
      isUp: true,
      record: { media_relay: 'one' } as Partial<Call> as Call,
      heard: async () => void asked.push(name),
    }) as Partial<HeardCall> as HeardCall;
  const calls = Array.from({ length: 150 }, () => callOf('old'));
  const watch = new MissingAudioWatch({
    calls: () => calls,
    recorderOf: () => () => [] as never,
    now: () => now,
  });
  const pass = async (seconds: number) => {
    for (let each = 0; each < seconds; each += 1, now += 1_000) await watch.refresh();
  };
  await pass(12);
  expect(asked).toHaveLength(150);
  calls.push(callOf('new'));
  await pass(8);
  asked.length = 0;
  // 100 old calls are due at 20 s, 50 at 21 s, and the new one at 22 s.
  now += 2_000;
  await watch.refresh();
  expect([asked.length, asked[0]]).toEqual([100, 'new']);
});

import { afterEach, expect, test, vi } from 'vitest';
import { mediaOf } from '#sip/sdp/sdp.ts';
import { eventually } from '#test/support/eventually.ts';
import { newRecord } from '../call/record.ts';
import { callFacts } from '../call/calls.fixture.ts';
import type { ApplicationHost } from '../applications/application.ts';
import { ApplicationSession, Playing } from './application-session.ts';

const never = () => expect.fail('not expected');
const sounds = (...names: readonly string[]) => names.map((sha256) => ({ organization: 1_001, sha256 }));

const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** A session whose sounds last as long as they say, and what happened in it. */
function newSession(sdp: string | undefined = offer) {
  const ways: string[] = [];
  const log: string[] = [];
  let host: ApplicationHost | undefined;
  const session = new ApplicationSession('call_1/b1', {
    start: (given) => {
      host = given;
      return {
        onDigit: (digit) => void log.push(`typed ${digit}`),
        onEnd: () => void log.push('application over'),
        isMovable: true,
        suspend: () => ({ kind: 'answer' }),
        goOn: () => void log.push('goes on'),
      };
    },
    offer: sdp,
    media: {
      play: async (leg, sound, times = 1) => {
        const name = !('platform' in sound) ? sound.sha256 : sound.platform === 'prompt' ? sound.name : sound.platform;
        if (times > 1) log.push(`${times} times`);
        if (name === 'missing') throw new Error(`there is no ${name}`);
        log.push(`${leg} hears ${name}`);
        return name.startsWith('long') ? 60_000 : name === 'slow' ? 300 : 1;
      },
      ring: async (leg) => void log.push(`${leg} hears ringing`),
      delay: async (leg, milliseconds) => void log.push(`${leg} is heard after ${milliseconds} ms`),
      hearDigits: (leg, onDigit, after) => {
        onDigit('#', 'rfc4733');
        if (after !== undefined) log.push(`heard after ${after.sequence}`);
        return () => void log.push(`${leg} is not heard`);
      },
      digitPosition: () => ({ epoch: 'epoch_1', sequence: 7 }),
      stopPlaying: async (leg) => void log.push(`${leg} hears no more`),
      stopRecording: async () => void log.push('recorded'),
    },
    park: async (isParked) => {
      log.push(isParked ? 'takes a slot' : 'leaves the slot');
      return isParked;
    },
    replacement: async (name) => {
      if (name === 'goodbye') throw new Error('the table does not answer');
      const own = { 'enter-pin': 'own', 'locked-out': 'missing' }[name as string];
      return own === undefined ? undefined : { organization: 1_001, sha256: own };
    },
    listener: {
      onProgress: ({ status, sdp: early }) => void log.push(`progress ${status} ${early !== undefined}`),
      onAnswer: () => void log.push('answer'),
      onFailure: ({ status, by }) => void log.push(`failure ${status} ${by}`),
      onEnd: ({ by, q850 }) => void log.push(`end ${by} ${q850}`),
      onAcknowledge: never,
      onOffer: never,
      onInfo: never,
      onRefer: never,
    },
    call: () => newRecord(callFacts(), new Date()),
    hearer: () => 'a',
    headers: () => [],
    hold: (isHeld) => void log.push(`hold ${isHeld}`),
    joined: async () => undefined,
    record: async () => 'file_1',
    noteDigit: (way) => void ways.push(way),
    dial: async () => {
      log.push('others ring');
      return 'busy';
    },
    fault: (error) => void log.push(`fault ${String(error)}`),
    now: () => now,
  });
  return { session, log, ways, host: () => host ?? expect.fail('it has not begun') };
}

const now = Date.parse('2026-11-24T10:00:00.000Z');

function begun(sdp?: string) {
  const made = newSession(sdp);
  made.session.begin();
  return made;
}

test('it answers once, plays one sound after the other, and hangs up', async () => {
  const { log, host } = begun();
  host().progress();
  host().answer();
  host().answer();
  expect(await host().play(sounds('one', 'missing', 'two'), (error) => void log.push(String(error)))).toBe(true);
  host().hangUp({ status: 480, q850: 16 });
  host().hangUp({ status: 480, q850: 16 });
  expect(log).toEqual([
    ...[
      'progress 183 true',
      'answer',
      'a hears one',
      'Error: there is no missing',
      'a hears two',
      'a is not heard',
      'end peer 16',
      'application over',
    ],
  ]);
});

afterEach(() => void vi.useRealTimers());

test('a sound begins in the millisecond in which the one before it ends, and none after a stop', async () => {
  vi.useFakeTimers({ now: 0 });
  const log: [what: string, at: number][] = [];
  const lasting: Readonly<Record<string, number>> = { one: 1_200, two: 1_200, three: 40_000 };
  const playing = new Playing(
    { sounds: sounds('one', 'two', 'three', 'four'), until: 0 },
    {
      play: async (sound) => {
        const name = 'sha256' in sound ? sound.sha256 : never();
        log.push([name, Date.now()]);
        return lasting[name] ?? never();
      },
      stop: () => void log.push(['stopped', Date.now()]),
      now: Date.now,
    },
  );
  const isWhole = playing.all(never);
  await vi.advanceTimersByTimeAsync(10_000);
  playing.stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(await isWhole).toBe(false);
  expect(log).toEqual([
    ['one', 0],
    ['two', 1_200],
    ['three', 2_400],
    ['stopped', 10_000],
  ]);
});

test('in a slot the caller hears music, and none as soon as it leaves it', async () => {
  const { session, log, host } = begun();
  host().answer();
  expect(await host().park(true)).toBe(true);
  expect(await host().park(false)).toBe(false);
  expect(log).toEqual(['answer', 'takes a slot', 'hold true', 'hold false', 'leaves the slot']);
  session.end();
  expect([await host().park(true), log.slice(5)]).toEqual([
    false,
    ['a is not heard', 'end us undefined', 'application over'],
  ]);
});

test('before the answer it fails with a status', () => {
  const { log, host } = begun();
  host().hangUp({ status: 486, q850: 17 });
  expect(log).toEqual(['a is not heard', 'failure 486 peer', 'application over']);
});

test('another sound takes the place of one that is played, and the end stops it', async () => {
  const { session, log, host } = begun();
  host().answer();
  const first = host().play(sounds('long', 'never'), never);
  await eventually(() => log.includes('a hears long'));
  const second = host().play(sounds('long2'), never);
  expect(await first).toBe(false);
  await eventually(() => log.includes('a hears long2'));
  session.end({ q850: 16 });
  expect(await second).toBe(false);
  expect(await host().play(sounds('late'), never)).toBe(false);
  expect(log.slice(1)).toEqual([
    ...['a hears long', 'a hears no more', 'a hears long2', 'a is not heard', 'end us 16', 'application over'],
  ]);
});

test.each([
  ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', 200, 'typed 5'],
  ['application/dtmf-relay', 'Duration=160\r\nSignal= *\r\n', 200, 'typed *'],
  ['application/dtmf', 'd', 200, 'typed D'],
  ['application/dtmf', '55', 400, undefined],
  ['text/plain', '5', 415, undefined],
])('INFO of %s: %j', async (type, body, status, typed) => {
  const { session, log, ways } = begun();
  ways.length = 0;
  expect(await session.info(type, Buffer.from(body))).toBe(status);
  expect([log, ways]).toEqual(typed === undefined ? [[], []] : [[typed], ['info']]);
});

test('a caller without G.711 is rejected', () => {
  const { log } = begun(offer.replace('AVP 0', 'AVP 96'));
  expect(log).toEqual(['failure 488 us']);
});

test('a caller that asks it for an offer within the call gets a full one, of plain RTP', async () => {
  const { session, host } = begun();
  host().answer();
  const outcome = await session.offer(undefined);
  const sdp = 'sdp' in outcome ? outcome.sdp : expect.fail(`it is rejected with ${outcome.status}`);
  expect(mediaOf(sdp)).toEqual([
    ['m=audio 9 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=sendrecv'],
  ]);
  session.end();
  expect(await session.offer(undefined)).toEqual({ status: 488 });
});

test('after its end nothing is typed', () => {
  const { session, log, ways } = begun();
  expect(ways).toEqual(['rfc4733']);
  session.end();
  session.type('5', 'inband');
  session.end();
  expect(log).toEqual(['a is not heard', 'failure 487 us', 'application over']);
  expect(ways).toEqual(['rfc4733']);
});

test('another task plays on, and hears the digits that come after the last one', async () => {
  const { session, host } = begun();
  host().answer();
  const playing = host().play(sounds('long', 'two'), never);
  await eventually(() => session.isIdle);
  expect(session.suspend()).toBe(true);
  expect(await session.info('application/dtmf', Buffer.from('5'))).toBe(500);
  const moved = session.moved ?? expect.fail('it is not suspended');
  expect(moved).toEqual({
    application: { kind: 'answer' },
    playing: { sounds: sounds('long', 'two'), until: now + 60_000 },
    digits: { epoch: 'epoch_1', sequence: 7 },
  });
  session.handOver();
  expect(await playing).toBe(false);
  const next = newSession();
  next.session.resume({ ...moved, playing: { sounds: sounds('long', 'two'), until: now + 1 } });
  expect(await next.host().playOn(never)).toBe(true);
  // Silence follows what the other task began to play.
  expect(next.log).toEqual(['typed #', 'heard after 7', 'a hears two', 'a hears no more']);
  next.session.end();
  expect(next.log).toContain('end us undefined');
});

test('one that no task takes plays on itself', async () => {
  const { session, log, host } = begun();
  host().answer();
  const playing = host().play(sounds('slow', 'two'), never);
  expect(session.suspend()).toBe(false);
  await eventually(() => session.isIdle);
  expect(session.suspend()).toBe(true);
  session.goOn();
  session.goOn();
  expect(await playing).toBe(true);
  expect(log).toEqual(['answer', 'a hears slow', 'goes on', 'a hears two']);
});

test('before the answer it does not move', () => {
  const { session } = begun();
  expect([session.isIdle, session.suspend(), session.moved]).toEqual([false, false, undefined]);
});

test.each([
  [undefined, ['a hears ringing']],
  [{ organization: 1_001, sha256: 'music' }, ['300 times', 'a hears music']],
])('while others ring, the caller hears %j', async (music, heard) => {
  const { log, host } = begun();
  host().answer();
  const wanted = {
    parties: [],
    strategy: 'all',
    ring_seconds: 20,
    caller_id: null,
    policy: null,
    after: null,
    music,
    accept: undefined,
    user: null,
  } as const;
  expect(await host().dial(wanted)).toBe('busy');
  expect(log).toEqual(['answer', ...heard, 'others ring', 'a hears no more']);
});

test('the organization is heard in place of the platform, unless its file is gone or does not play', async () => {
  const { log, host } = begun();
  host().answer();
  const names = ['enter-pin', 'locked-out', 'goodbye', 'please-wait'] as const;
  const skipped: unknown[] = [];
  const sounds = names.map((name) => ({ platform: 'prompt', language: 'en', name }) as const);
  expect(await host().play(sounds, (error) => skipped.push(error))).toBe(true);
  const heard = ['own', 'locked-out', 'goodbye', 'please-wait'].map((name) => `a hears ${name}`);
  expect(log.filter((line) => line.startsWith('a hears'))).toEqual(heard);
  expect(skipped).toEqual([]);
});

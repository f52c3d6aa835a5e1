import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Session, SessionListener } from '#sip/session/session.ts';
import type { Acceptance } from '../applications/application.ts';
import { ScreenedLeg } from './screened-leg.ts';

const never = () => expect.fail('not expected');
const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Options = Partial<Pick<Acceptance, 'key'>> & {
  readonly sounds?: readonly string[];
  readonly callers?: string;
  readonly paidFor?: number | null;
  readonly rejects?: boolean;
};

/** A leg whose party is asked, and what happened in it. */
function screened({ key = '1', sounds = ['whisper'], callers, paidFor = null, rejects = false }: Options = {}) {
  const log: string[] = [];
  const ways: string[] = [];
  let type: (digit: string) => void = never;
  const leg = new ScreenedLeg({
    leg: 'c1',
    accept: {
      key,
      announcement: async () => sounds.map((sha256) => ({ organization: 1_001, sha256 })),
      onSkipped: () => void log.push('skipped'),
    },
    listener: {
      onProgress: ({ status, sdp }) => void log.push(`progress ${status} ${sdp !== undefined}`),
      onAnswer: ({ sdp }) => void log.push(`answer ${sdp}`),
      onFailure: ({ status, by, q850 }) => void log.push(`failure ${status} ${by} ${q850}`),
      onEnd: ({ by }) => void log.push(`end ${by}`),
      onAcknowledge: never,
      onOffer: () => void log.push('offered'),
      onInfo: () => void log.push('info'),
      onRefer: never,
    },
    media: {
      expectApplication: (name) => void log.push(`${name} is the platform`),
      pass: async ({ kind, from, to, sdp, isScreening }) => {
        log.push(`${kind} ${from} to ${to} ${isScreening}`);
        return sdp;
      },
      play: async (to, sound) => {
        const name = 'platform' in sound ? sound.platform : sound.sha256;
        if (name === 'missing') throw new Error('missing');
        log.push(`${to} hears ${name}`);
        return name === 'long' ? 600_000 : 1_000;
      },
      stopPlaying: async (to) => void log.push(`${to} hears no more`),
      hearDigits: (_leg, onDigit) => {
        type = (digit) => onDigit(digit, 'rfc4733');
        return () => void log.push('deaf');
      },
    },
    replacement: async () => undefined,
    offer: async () => callers,
    noteDigit: (way) => void ways.push(way),
    onAnswered: () => void log.push('answered'),
    onAccepted: () => void log.push('accepted'),
    onDeclined: () => void log.push('declined'),
    paidFor,
    fault: never,
    now: () => Date.now(),
  });
  const session: Session = {
    callId: 'one',
    end: (reason) => void log.push(`ended ${reason?.text ?? reason?.q850}`),
    offer: async (sdp) => {
      log.push(`asked ${sdp ?? 'for an offer'}`);
      return rejects ? { status: 488 } : { sdp: 'agreed' };
    },
    acknowledge: (sdp) => void log.push(`acknowledged ${sdp.includes('m=audio 9 ')}`),
    info: never,
    refer: never,
    route: undefined,
    described: undefined,
    stored: () => undefined,
    isIdle: true,
    isOffered: false,
    gone: Promise.resolve(),
    handOver: never,
    refreshTarget: never,
  };
  const seen = leg.sessionOf(session);
  const { listener } = leg;
  return { log, ways, seen, listener, press: (digit: string) => type(digit), take: () => log.splice(0) };
}

const tick = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

const asked = [
  'answered',
  'c1-screen is the platform',
  'offer c1 to c1-screen true',
  'answer c1-screen to c1 true',
  'acknowledged true',
  'c1 hears whisper',
];

test('a party hears the announcement, and is joined by its own offer when it presses the key', async () => {
  const { listener, press, take } = screened();
  listener.onProgress({ status: 183, sdp: 'early' });
  expect(take()).toEqual(['progress 180 false']);
  listener.onAnswer({ sdp: offer });
  await tick(1_500);
  expect(take()).toEqual(asked);
  press('2');
  press('1');
  press('1');
  await tick();
  expect(take()).toEqual(['deaf', 'asked for an offer', 'accepted', 'answer agreed']);
  listener.onEnd({ by: 'peer' });
  expect(take()).toEqual(['end peer']);
});

test('the key stops the announcement, and the offer of the caller goes to the party', async () => {
  const { listener, press, take } = screened({ sounds: ['long'], callers: 'offer of the caller' });
  listener.onAnswer({ sdp: offer });
  await tick(500);
  take();
  press('1');
  await tick();
  expect(take()).toEqual(['c1 hears no more', 'deaf', 'asked offer of the caller', 'accepted', 'answer agreed']);
});

test('without a key the party is joined after the announcement, whatever it presses', async () => {
  const { listener, press, take } = screened({ key: null, sounds: ['missing', 'whisper'] });
  listener.onAnswer({ sdp: offer });
  await tick(500);
  press('1');
  expect(take()).toEqual([...asked.slice(0, -1), 'skipped', 'c1 hears whisper']);
  await tick(600);
  expect(take()).toEqual(['deaf', 'asked for an offer', 'accepted', 'answer agreed']);
});

test('ten seconds without the key are a decline, and so is a hang-up', async () => {
  const { listener, take } = screened();
  listener.onAnswer({ sdp: offer });
  await tick(10_900);
  expect(take()).toEqual(asked);
  await tick(200);
  expect(take()).toEqual(['deaf', 'ended 16', 'declined', 'failure 480 peer 21']);
  const other = screened();
  other.listener.onAnswer({ sdp: offer });
  await tick(500);
  other.take();
  other.listener.onEnd({ by: 'peer' });
  await tick(60_000);
  expect(other.take()).toEqual(['deaf', 'ended 16', 'declined', 'failure 480 peer 21']);
});

test('an announcement ends after a minute, and the party is asked no longer than it is paid for', async () => {
  const { listener, take } = screened({ sounds: ['long'] });
  listener.onAnswer({ sdp: offer });
  await tick(60_000);
  expect(take().at(-1)).toBe('c1 hears no more');
  await tick(10_000);
  expect(take().at(-1)).toBe('failure 480 peer 21');
  const poor = screened({ sounds: ['long'], paidFor: 3_000 });
  poor.listener.onAnswer({ sdp: offer });
  await tick(2_900);
  expect(poor.take().at(-1)).toBe('c1 hears long');
  await tick(200);
  expect(poor.take().at(-1)).toBe('failure 480 peer 21');
});

test('a party that is asked when another one has the call is hung up', async () => {
  const { listener, seen, take } = screened();
  listener.onAnswer({ sdp: offer });
  await tick(500);
  take();
  seen.end({ status: 200, text: 'Call completed elsewhere' });
  await tick(60_000);
  expect(take()).toEqual(['deaf', 'ended Call completed elsewhere', 'failure 487 us undefined']);
});

test('a digit of INFO counts, other INFO and offers wait until the party has accepted', async () => {
  const { listener, take, ways, press } = screened();
  listener.onAnswer({ sdp: offer });
  await tick(500);
  take();
  press('2');
  const statuses: number[] = [];
  const respond = (status: number) => void statuses.push(status);
  listener.onInfo({ contentType: 'text/plain', body: Buffer.from('1'), respond });
  const pending = { sdp: offer, withdrawn: new AbortController().signal };
  listener.onOffer({ ...pending, respond: (answer) => void ('status' in answer && statuses.push(answer.status)) });
  listener.onInfo({ contentType: 'application/dtmf-relay', body: Buffer.from('Signal=1'), respond });
  await tick();
  expect([statuses, take().at(-1)]).toEqual([[415, 491, 200], 'answer agreed']);
  expect(ways).toEqual(['rfc4733', 'info']);
  listener.onInfo({ contentType: 'text/plain', body: Buffer.from('1'), respond });
  listener.onOffer({ ...pending, respond: never });
  expect(take()).toEqual(['info', 'offered']);
});

test.each([
  ['has no offer', undefined, 'failure 488 peer undefined'],
  ['speaks no G.711', offer.replace('RTP/AVP 0', 'RTP/AVP 96'), 'failure 488 peer undefined'],
])('a party that %s is not asked', async (_name, sdp, failure) => {
  const { listener, take } = screened();
  listener.onAnswer(sdp === undefined ? {} : { sdp });
  await tick();
  expect(take().slice(-2)).toEqual(['ended 16', failure]);
});

test('a party whose phone rejects the offer is not joined', async () => {
  const { listener, press, take } = screened({ rejects: true });
  listener.onAnswer({ sdp: offer });
  await tick(500);
  press('1');
  await tick();
  expect(take().slice(-2)).toEqual(['ended 16', 'failure 488 peer undefined']);
});

test('a party that rejects the call, or is cancelled, fails as any other', () => {
  const { listener, seen, take } = screened();
  seen.end({ q850: 16 });
  listener.onFailure({ by: 'us', status: 487, reason: 'Request Terminated' } satisfies Parameters<
    SessionListener['onFailure']
  >[0]);
  expect(take()).toEqual(['ended 16', 'failure 487 us undefined']);
});

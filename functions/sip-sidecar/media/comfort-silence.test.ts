import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withDirection } from '#sip/sdp/sdp.ts';
import { applicationDescription, echoDescription } from './application-description.ts';
import { ComfortSilence } from './comfort-silence.ts';
import { described } from './descriptions.fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const own = described.rtp;
const passed = own.replaceAll('m=audio ', 'm=audio 1');
const application = applicationDescription(own) ?? '';

/** The silence of a call, whose caller is `a`. */
function silence() {
  const done: string[] = [];
  const faults: unknown[] = [];
  const comfort = new ComfortSilence({
    inOrder: (work) => work(),
    play: async (leg) => void done.push(`${leg} hears silence`),
    stop: async (leg) => void done.push(`${leg} hears none`),
    fault: (error) => void faults.push(error),
  });
  const exchange = (from: string, to: string, offered: string, answered: string) => ({
    offer: { kind: 'offer', from, to, sdp: offered } as const,
    answer: { kind: 'answer', from: to, to: from, sdp: answered } as const,
  });
  /** The caller has the application as its partner. */
  const begin = (offered = own, answered = application) => comfort.onExchange(exchange('a', 'b1', offered, answered));
  const after = async (milliseconds: number): Promise<string[]> => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    return done.splice(0);
  };
  return { comfort, exchange, begin, after, faults };
}

const heard = ['a hears silence'];

test('who listens to an application that plays nothing hears silence, once', async () => {
  const { begin, after, faults } = silence();
  await begin();
  expect(await after(1_000)).toEqual(heard);
  // A refresh of the session.
  await begin();
  expect(await after(60_000)).toEqual([]);
  expect(faults).toEqual([]);
});

test('an application that offers first is one, too', async () => {
  const { comfort, exchange, after } = silence();
  await comfort.onExchange(exchange('b1', 'a', application, own));
  expect(await after(1_000)).toEqual(heard);
});

test('sounds are heard in place of silence, which follows the last one', async () => {
  const { comfort, begin, after } = silence();
  await begin();
  comfort.onBegin('a');
  comfort.onEnd('a', 3_000);
  expect(await after(3_100)).toEqual([]);
  comfort.onBegin('a');
  comfort.onEnd('a', 2_000);
  expect(await after(2_100)).toEqual([]);
  expect(await after(1_000)).toEqual(heard);
  // Music, which nothing ends but a command.
  comfort.onBegin('a');
  expect(await after(60_000)).toEqual([]);
  comfort.onEnd('a', 0);
  expect(await after(1_000)).toEqual(heard);
});

test('who holds the call and resumes it hears the sound to its end that plays, in place of silence', async () => {
  const { comfort, begin, after } = silence();
  const holds = () => begin(withDirection(own, 'sendonly'));
  await begin();
  comfort.onBegin('a');
  comfort.onEnd('a', 5_000);
  await holds();
  await begin();
  expect(await after(4_000)).toEqual([]);
  expect(await after(2_000)).toEqual(heard);
  // A ringing tone, which nothing ends but a command.
  comfort.onBegin('a');
  await holds();
  await begin();
  expect(await after(60_000)).toEqual([]);
  comfort.onEnd('a', 0);
  expect(await after(1_000)).toEqual(heard);
});

test('who leaves an application for a party hears the party only', async () => {
  const { comfort, exchange, begin, after } = silence();
  await begin();
  await after(1_000);
  await comfort.onExchange(exchange('a', 'b2', own, passed));
  comfort.onEnd('a', 0);
  expect(await after(1_000)).toEqual(['a hears none']);
  await comfort.onExchange(exchange('a', 'b2', own, passed));
  expect(await after(1_000)).toEqual([]);
});

test.each([
  ['that talks to a party', own, passed],
  // Browsers whose addresses come later, or are hidden, say port 9 (RFC 8829 §5.3.1).
  ['that talks to a browser', own, described.webrtc],
  ['that hears itself', own, echoDescription(passed) ?? ''],
  ['that does not listen', withDirection(own, 'sendonly'), application],
])('one %s hears no silence', async (_name, offered, answered) => {
  const { begin, after } = silence();
  await begin(offered, answered);
  expect(await after(1_000)).toEqual([]);
});

test('a phone that a browser has called hears the browser', async () => {
  const { comfort, exchange, after } = silence();
  await comfort.onExchange(exchange('a', 'b1', described.webrtc, own));
  expect(await after(1_000)).toEqual([]);
});

test('a sound that begins before the silence has its turn plays on', async () => {
  const { after } = silence();
  const turns: (() => Promise<void>)[] = [];
  const done: string[] = [];
  const comfort = new ComfortSilence({
    inOrder: async (work) => void turns.push(work),
    play: async (leg) => void done.push(leg),
    stop: async () => undefined,
    fault: () => undefined,
  });
  await comfort.onExchange(silence().exchange('a', 'b1', own, application));
  await after(1_000);
  comfort.onBegin('a');
  comfort.onEnd('a', 5_000);
  await turns[0]?.();
  expect(done).toEqual([]);
});

test('a task that goes on leaves what plays, and plays nothing after it has left', async () => {
  const { comfort, exchange, after } = silence();
  comfort.resume(exchange('a', 'b1', own, application));
  expect(await after(60_000)).toEqual([]);
  await comfort.onExchange(exchange('a', 'b2', own, passed));
  expect(await after(1_000)).toEqual(['a hears none']);
  await comfort.onExchange(exchange('a', 'b1', own, application));
  comfort.close();
  expect(await after(60_000)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { sdpParts } from '#sip/session/body.ts';
import type { InfoRequest, Session } from '#sip/session/session.ts';
import { newPair, sdp } from '#sip/session/sessions.fixture.ts';
import { MediaFailure, type SentDescription } from '../../media/call-media.ts';
import { directMedia } from '../../media/media-service.ts';
import { newCall } from '../call/call.ts';
import { newListeningSession } from './application-session.fixture.ts';
import { PlainTargets } from './plain-targets.ts';
import { CallTraffic } from './traffic.ts';

/**
 * Alice and Bob, each with a session of ours, which are joined. Media pass as soon as `pass` is called.
 * @param application is joined in place of Bob
 * @param learnsPlaceOf as the media say it
 * @param failure why no answer passes the media; undefined: each passes
 */
function joined(application?: Session, learnsPlaceOf = (): boolean => false, failure?: Error) {
  const [near, far] = [newPair(), newPair()];
  const [alice, bob] = [near.call(), far.call()];
  const legs = { a: alice.callee, b1: bob.caller };
  const others = { a: 'b1', b1: 'a' } as const;
  const agreed = { count: 0 };
  const { promise: ready, resolve: pass } = Promise.withResolvers<undefined>();
  const media = {
    ...directMedia(),
    learnsPlaceOf,
    pass: async ({ kind, sdp: description }: SentDescription) => {
      await ready;
      if (failure !== undefined && kind === 'answer') throw failure;
      return description;
    },
  };
  const fault = (error: unknown): void => {
    if (error !== failure) throw error;
  };
  const traffic = new CallTraffic({
    media,
    sessions: {
      get: (leg) => (leg === 'a' ? alice.callee.session : (application ?? bob.caller.session)),
      targetOf: () => undefined,
    },
    state: () => newCall(true),
    otherOf: (leg) => others[leg as 'a' | 'b1'],
    dispatch: () => undefined,
    now: () => 0,
    onRefer: () => undefined,
    redirect: async () => [],
    plainTargets: new PlainTargets(),
    fault,
    onSign: () => undefined,
    onAgreed: () => (agreed.count += 1),
    lastSign: async () => undefined,
  });
  for (const leg of ['a', 'b1'] as const) {
    const { onOffer, onAcknowledge, onInfo } = traffic.listenerOf(leg);
    Object.assign(legs[leg].listener, { onOffer, onAcknowledge, onInfo });
  }
  const wait = async (milliseconds: number): Promise<void> => {
    for (const { clock } of [near, far]) clock.advance(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { near, far, alice: alice.caller, ours: alice.callee.session, bob: bob.callee, agreed, pass, wait };
}

test('of two offers at once the first one passes, and the other one gets 491 at once (RFC 3261 §14.1)', async () => {
  const { near, far, alice, bob, agreed, pass, wait } = joined();
  const first = alice.session.offer(sdp('alice', 'sendonly'));
  await wait(100);
  const second = bob.session.offer(sdp('bob', 'sendonly'));
  await wait(100);
  expect([near.flow().at(-1), far.flow().slice(-2)]).toEqual(['alice INVITE', ['alice 491 INVITE', 'bob ACK']]);
  pass(undefined);
  await wait(0);
  await wait(100);
  bob.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
  await wait(100);
  await wait(100);
  expect(await first).toMatchObject({ sdp: expect.stringContaining('recvonly') });
  expect(agreed.count).toBe(1);
  // Bob's own attempt comes again, after the time of its side.
  await wait(4_000);
  await wait(100);
  alice.listener.offers[0]?.respond({ sdp: sdp('alice', 'recvonly') });
  await wait(100);
  await wait(100);
  expect(await second).toMatchObject({ sdp: expect.stringContaining('recvonly') });
});

test('a party whose offer gets an answer that does not pass is acknowledged, and hung up', async () => {
  const { far, alice, bob, pass, wait } = joined(
    undefined,
    undefined,
    new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'no codec'),
  );
  pass(undefined);
  const asked = alice.session.offer(undefined);
  await wait(100);
  await wait(100);
  bob.listener.offers[0]?.respond({ sdp: sdp('bob', 'sendonly') });
  for (let times = 0; times < 3; times += 1) await wait(100);
  expect(await asked).toMatchObject({ sdp: expect.stringContaining('sendonly') });
  alice.session.acknowledge(sdp('alice', 'recvonly'));
  for (let times = 0; times < 3; times += 1) await wait(100);
  expect(far.flow().slice(-3)).toEqual(['alice ACK', 'alice BYE', 'bob 200 BYE']);
});

test('a party whose offer meets an unexpected error gets 500 at once', async () => {
  const { near, alice, bob, agreed, pass, wait } = joined(undefined, undefined, new Error('unexpected'));
  pass(undefined);
  void alice.session.offer(sdp('alice', 'sendonly'));
  for (let times = 0; times < 2; times += 1) await wait(100);
  bob.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
  for (let times = 0; times < 3; times += 1) await wait(100);
  expect([near.flow().slice(-2), agreed.count]).toEqual([['bob 500 INVITE', 'alice ACK'], 0]);
});

const digit = ['application/dtmf-relay', Buffer.from('Signal=1')] as const;

test('an INFO that meets an unexpected error gets 500 at once', async () => {
  const unexpected = new Error('unexpected');
  const failing = Object.assign(newListeningSession(), { info: () => Promise.reject(unexpected) });
  const { alice, wait } = joined(failing, undefined, unexpected);
  const status = alice.session.info(...digit);
  for (let times = 0; times < 3; times += 1) await wait(100);
  expect(await status).toBe(500);
});

test.each([
  [302, 480],
  [405, 500],
  [407, 403],
  [488, 488],
  [603, 603],
])('a re-INVITE, or an INFO, that the other party answers by %i gets %i', async (answered, passed) => {
  const { alice, bob, pass, wait } = joined();
  pass(undefined);
  const offered = alice.session.offer(sdp('alice', 'sendonly'));
  for (let times = 0; times < 2; times += 1) await wait(100);
  bob.listener.offers[0]?.respond({ status: answered });
  for (let times = 0; times < 3; times += 1) await wait(100);
  Object.assign(bob.listener, { onInfo: ({ respond }: InfoRequest) => respond(answered) });
  const informed = alice.session.info(...digit);
  for (let times = 0; times < 3; times += 1) await wait(100);
  expect([await offered, await informed]).toEqual([{ status: passed }, passed]);
});

/** The parts of a re-INVITE with an offer. */
const offering = { body: Buffer.from(sdp('alice')), headers: sdpParts(Headers.none, '').headers };

test('while the answer of an application passes, another offer gets 500 and when to come again', async () => {
  const { near, alice, pass, wait } = joined(newListeningSession());
  const first = alice.session.offer(sdp('alice', 'sendonly'));
  await wait(100);
  expect(near.forge('INVITE', offering)).toBe('bob 500 INVITE');
  expect(near.last('bob 500 INVITE').headers.first(header.retryAfter)).toMatch(/^\d+$/);
  pass(undefined);
  await wait(0);
  await wait(100);
  expect(await first).toMatchObject({ sdp: expect.stringContaining('recvonly') });
});

test('an offer to an application that crosses one of ours to its caller gets 491', async () => {
  const { near, ours, pass, wait } = joined(newListeningSession());
  void ours.offer(sdp('bob', 'inactive'));
  pass(undefined);
  await wait(100);
  expect(near.forge('INVITE', offering)).toBe('bob 491 INVITE');
});

describe('an offer that gets 504, as its other party does not answer it in 30 s,', () => {
  /** Alice offers, or asks for an offer. */
  async function unanswered(offer: string | undefined) {
    const calls = joined();
    calls.pass(undefined);
    void calls.alice.session.offer(offer);
    await calls.wait(100);
    await calls.wait(29_800);
    calls.near.clock.advance(200);
    expect(calls.near.flow()).toContain('bob 504 INVITE');
    return calls;
  }

  test('is cancelled at that party (RFC 3261 §9.1)', async () => {
    const { far, bob, agreed, wait } = await unanswered(sdp('alice', 'sendonly'));
    await wait(100);
    bob.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
    await wait(100);
    expect(far.flow().slice(-4)).toEqual(['alice CANCEL', 'bob 200 CANCEL', 'bob 487 INVITE', 'alice ACK']);
    expect(agreed.count).toBe(0);
  });

  test('and is accepted as it is cancelled, is followed by what was agreed before', async () => {
    const { far, bob, agreed, wait } = await unanswered(sdp('alice', 'sendonly'));
    bob.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
    await wait(100);
    expect(bob.listener.offers[1]?.sdp).toBe(sdp('alice', 'sendrecv', 3));
    bob.listener.offers[1]?.respond({ sdp: sdp('bob') });
    await wait(100);
    expect(far.flow().slice(-3)).toEqual(['alice INVITE', 'bob 200 INVITE', 'alice ACK']);
    expect([agreed.count, far.left().slice(0, 2)]).toEqual([0, [1, 1]]);
  });

  test('and was a request for one, is acknowledged with what was agreed before', async () => {
    const { far, bob, wait } = await unanswered(undefined);
    bob.listener.offers[0]?.respond({ sdp: sdp('bob') });
    for (let times = 0; times < 40; times += 1) await wait(1_000);
    expect(far.last('alice ACK').body.toString()).toBe(sdp('alice'));
    expect(far.flow()).not.toContain('alice BYE');
  });
});

describe('a re-INVITE that repeats what was agreed', () => {
  const flowOf = (each: ReturnType<typeof newPair>, before: number) => each.flow().slice(before);

  /** Alice repeats her offer. @returns what passes at both sides from then on, and the answer */
  async function repeat(calls: ReturnType<typeof joined>, offer = sdp('alice')) {
    const { near, far, alice, bob, pass, wait } = calls;
    pass(undefined);
    const [before, beforeOther] = [near.flow().length, far.flow().length];
    const outcome = alice.session.offer(offer);
    await wait(100);
    await wait(100);
    bob.listener.offers.at(-1)?.respond({ sdp: sdp('bob', 'sendrecv') });
    for (let times = 0; times < 3; times += 1) await wait(100);
    return { outcome: await outcome, near: flowOf(near, before), far: flowOf(far, beforeOther) };
  }

  const answered = ['alice INVITE', 'bob 200 INVITE', 'alice ACK'];

  test('gets our answer, and does not reach the other party (RFC 3264 §8)', async () => {
    const { outcome, near, far } = await repeat(joined());
    expect([outcome, near, far]).toEqual([{ sdp: sdp('bob') }, answered, []]);
  });

  test('passes on with another direction', async () => {
    const { far } = await repeat(joined(), sdp('alice', 'sendonly'));
    expect(far).toContain('alice INVITE');
  });

  test('passes on where the relay learns the place of the party', async () => {
    const { far } = await repeat(joined(undefined, () => true));
    expect(far).toContain('alice INVITE');
  });
});

/** The texts of the events of the called leg of a call. */
function textsOf() {
  const texts: (string | undefined)[] = [];
  const traffic = new CallTraffic({
    media: directMedia(),
    plainTargets: new PlainTargets(),
    sessions: { get: () => undefined, targetOf: () => undefined },
    state: () => newCall(true),
    otherOf: () => undefined,
    dispatch: (event) => {
      if (event.type === 'failure') texts.push(event.failure.text);
      if (event.type === 'end') texts.push(event.end.text);
    },
    now: () => 0,
    onRefer: () => undefined,
    redirect: async () => [],
    fault: (error) => expect.fail(String(error)),
    onSign: () => undefined,
    onAgreed: () => undefined,
    lastSign: async () => undefined,
  });
  return { texts, listener: traffic.listenerOf('b1') };
}

const reasonOf = (...values: readonly string[]): Headers =>
  new Headers(values.map((value) => new Field('Reason', 'reason', value)));

test('the text of a failure, and of a BYE, comes from the peer alone, without control characters', async () => {
  const { texts, listener } = textsOf();
  const failed = { by: 'peer', status: 603, reason: 'Decline' } as const;
  const reasons = ['text="In a meeting"', 'text="a\u0007b"', `text="${'x'.repeat(129)}"`, 'cause=1'];
  for (const text of reasons)
    listener.onFailure({ ...failed, headers: reasonOf('SIP;cause=603', `Q.850;cause=17;${text}`) });
  await new Promise((resolve) => setImmediate(resolve));
  listener.onEnd({ by: 'peer', q850: 16, text: 'Bye' });
  listener.onEnd({ by: 'peer', q850: 16, text: 'a\r\nX: y' });
  listener.onEnd({ by: 'us', text: 'MEDIA_RELAY_LOST' });
  expect(texts).toEqual(['In a meeting', undefined, undefined, undefined, 'Bye', undefined, undefined]);
});

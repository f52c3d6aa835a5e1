import { describe, expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { sdpParts } from './body.ts';
import { newCaller, respond } from './peer.fixture.ts';
import { nameOf, newPair, sdp } from './sessions.fixture.ts';

const sdpHeaders = sdpParts(Headers.none, '').headers;
const nothing = [0, 0, 0, 0, 0];

describe('an offer within the dialog', () => {
  test('is a re-INVITE that continues our description, answered, and acknowledged', async () => {
    const { clock, call, flow, last, left } = newPair();
    const { caller, callee } = call();
    const outcome = caller.session.offer(sdp('other', 'sendonly', 7));
    clock.advance(100);
    expect(callee.listener.offers[0]?.sdp).toBe(sdp('alice', 'sendonly', 2));
    callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
    clock.advance(100);
    expect(await outcome).toEqual({ sdp: sdp('bob', 'recvonly', 2) });
    expect(flow().slice(-3)).toEqual(['alice INVITE', 'bob 200 INVITE', 'alice ACK']);
    expect(last('alice INVITE').headers.has(header.contact)).toBe(true);
    caller.session.end();
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('that is rejected leaves the session as it was', async () => {
    const { clock, call } = newPair();
    const { caller, callee } = call();
    const outcome = caller.session.offer(sdp('alice', 'inactive'));
    clock.advance(100);
    callee.listener.offers[0]?.respond({ status: 488 });
    clock.advance(100);
    expect(await outcome).toEqual({ status: 488 });
    const again = callee.session.offer(sdp('bob', 'sendonly'));
    clock.advance(100);
    caller.listener.offers[0]?.respond({ sdp: sdp('alice', 'recvonly') });
    clock.advance(100);
    expect(await again).toMatchObject({ sdp: expect.stringContaining('recvonly') });
  });

  test('that is rejected is not what a refresh of the session timer repeats', async () => {
    const { clock, call, last } = newPair();
    const { caller, callee } = call();
    const outcome = caller.session.offer(sdp('alice', 'inactive'));
    clock.advance(100);
    callee.listener.offers[0]?.respond({ status: 488 });
    clock.advance(100);
    expect([await outcome, caller.session.stored()?.sdp]).toEqual([{ status: 488 }, sdp('alice')]);
    const again = caller.session.offer(sdp('other', 'sendrecv', 5));
    clock.advance(100);
    expect(last('alice INVITE').body.toString()).toBe(sdp('alice'));
    caller.session.end();
    await again;
  });

  test('waits for the one before', async () => {
    const { clock, call, flow } = newPair();
    const { caller, callee } = call();
    const outcomes = Promise.all([caller.session.offer(sdp('alice', 'inactive')), caller.session.offer(sdp('alice'))]);
    clock.advance(100);
    expect(flow().filter((each) => each === 'alice INVITE')).toHaveLength(2);
    for (const [position] of [0, 1].entries()) {
      callee.listener.offers[position]?.respond({ sdp: sdp('bob') });
      clock.advance(100);
    }
    expect(await outcomes).toHaveLength(2);
    expect(callee.listener.offers).toHaveLength(2);
  });

  test('may ask for an offer of the peer, whose ACK has our answer', async () => {
    const { clock, call, last } = newPair();
    const { caller, callee } = call();
    const outcome = caller.session.offer(undefined);
    clock.advance(100);
    expect(callee.listener.offers[0]?.sdp).toBeUndefined();
    callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'sendonly') });
    clock.advance(100);
    expect(await outcome).toMatchObject({ sdp: expect.stringContaining('sendonly') });
    caller.session.acknowledge(sdp('alice', 'recvonly'));
    clock.advance(100);
    expect([callee.listener.calls.at(-1), last('alice ACK').body.toString()]).toEqual([
      'acknowledge alice',
      sdp('alice', 'recvonly', 2),
    ]);
  });

  test('of the peer that is not answered in 30 s gets 504', () => {
    const { clock, call, count } = newPair();
    const { caller } = call();
    void caller.session.offer(sdp('alice', 'inactive'));
    clock.advance(30_100);
    expect(count('bob 504 INVITE')).toBe(1);
  });

  test('that gets 481, or no response, ends the session', () => {
    for (const [status, end] of [
      [481, 'end peer'],
      [408, 'end timer'],
    ] as const) {
      const { invite, sent, listener, methods } = newCaller();
      const session = invite();
      respond(sent[0]!, 200, { sdp: sdp('bob') });
      void session?.offer(sdp('alice', 'inactive'));
      if (status === 481) respond(sent[1]!, status);
      else sent[1]!.listener.onFailure('timeout');
      expect([listener.calls.at(-1), methods().at(-1)]).toEqual([end, 'BYE b1']);
    }
  });

  test('is settled with 487 when the session ends, and a 2xx that comes then is acknowledged', async () => {
    const { invite, sent, acks } = newCaller();
    const session = invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    const outcome = session!.offer(sdp('alice', 'inactive'));
    session?.end();
    respond(sent[1]!, 200, { sdp: sdp('bob') });
    expect([await outcome, acks.map(({ cseq }) => cseq.sequence)]).toEqual([{ status: 487 }, [1, 2]]);
    expect(await session!.offer(sdp('alice'))).toEqual({ status: 487 });
  });

  test('is rejected with 500 when eight wait', async () => {
    const { invite, sent } = newCaller();
    const session = invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    const outcomes = Array.from({ length: 20 }, () => session!.offer(sdp('alice')));
    session?.end();
    const statuses = (await Promise.all(outcomes)).map((outcome) => 'status' in outcome && outcome.status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(11);
  });

  test('with a description that may not pass gets 488, and the user does not see it', () => {
    const { clock, call, count } = newPair();
    const { caller, callee } = call();
    void caller.session.offer('v=0\r\nm=audio x RTP/AVP 0\r\n');
    clock.advance(100);
    expect([count('bob 488 INVITE'), callee.listener.offers]).toEqual([1, []]);
  });
});

test('an offer that is settled leaves only the timers of the session', async () => {
  const { invite, sent, clock } = newCaller();
  const session = invite();
  respond(sent[0]!, 200, { sdp: sdp('bob') });
  const before = clock.pending();
  for (const status of [200, 488]) {
    const outcome = session!.offer(sdp('alice', 'inactive'));
    respond(sent.at(-1)!, status, { sdp: sdp('bob') });
    await outcome;
    expect(clock.pending()).toBe(before);
  }
});

test('a re-INVITE of ours without final response is cancelled after 64 s', () => {
  const { invite, sent, clock } = newCaller();
  const session = invite();
  respond(sent[0]!, 200, { sdp: sdp('bob') });
  void session?.offer(sdp('alice', 'inactive'));
  clock.advance(63_999);
  expect(sent[1]!.cancels).toHaveLength(0);
  clock.advance(1);
  expect(sent[1]!.cancels).toHaveLength(1);
});

test('a re-INVITE of ours is cancelled when the session ends, for the peer may never send its final response', () => {
  const { invite, sent } = newCaller();
  const session = invite();
  respond(sent[0]!, 200, { sdp: sdp('bob') });
  void session?.offer(sdp('alice', 'inactive'));
  respond(sent[1]!, 100);
  session?.end();
  expect(sent[1]!.cancels).toHaveLength(1);
});

describe('an offer of ours that is taken back', () => {
  test('is cancelled, and not sent again after a collision', async () => {
    const { invite, sent } = newCaller();
    const session = invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    const taking = new AbortController();
    const outcome = session!.offer(sdp('alice', 'inactive'), taking.signal);
    taking.abort();
    expect(sent[1]!.cancels).toHaveLength(1);
    respond(sent[1]!, 491);
    expect([await outcome, sent.length]).toEqual([{ status: 491 }, 2]);
  });

  test('before it is sent is not sent', async () => {
    const { invite, sent } = newCaller();
    const session = invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    void session!.offer(sdp('alice', 'inactive'));
    const taking = new AbortController();
    const waiting = session!.offer(sdp('alice', 'sendonly'), taking.signal);
    taking.abort();
    const late = session!.offer(sdp('alice', 'sendonly'), taking.signal);
    expect(await Promise.all([waiting, late])).toEqual([{ status: 487 }, { status: 487 }]);
    respond(sent[1]!, 200, { sdp: sdp('bob') });
    expect(sent).toHaveLength(2);
  });
});

test('an answer that may not pass is acknowledged, and counts as 488', async () => {
  const { invite, sent, acks } = newCaller();
  const session = invite();
  respond(sent[0]!, 200, { sdp: sdp('bob') });
  const outcome = session!.offer(sdp('alice', 'inactive'));
  respond(sent[1]!, 200, { sdp: 'v=0\r\n'.repeat(2_000) });
  expect([await outcome, acks.length]).toEqual([{ status: 488 }, 2]);
});

test('while a re-INVITE of the peer that asks for an offer is not answered, another offer gets 500', () => {
  const { call, forge } = newPair();
  call();
  forge('INVITE');
  expect([forge('UPDATE', { body: Buffer.from(sdp('alice')), headers: sdpHeaders }), forge('INVITE')]).toEqual([
    'bob 500 UPDATE',
    'bob 500 INVITE',
  ]);
});

describe('a collision', () => {
  test('of re-INVITEs gets 491 on both sides; both are sent again, at different times (RFC 3261 §14.1)', async () => {
    const { clock, call, sent } = newPair();
    const { caller, callee } = call();
    const begin = clock.now();
    const outcomes = Promise.all([
      caller.session.offer(sdp('alice', 'sendonly')),
      callee.session.offer(sdp('bob', 'inactive')),
    ]);
    clock.advance(1_100);
    caller.listener.offers[0]?.respond({ sdp: sdp('alice', 'inactive') });
    clock.advance(3_000);
    callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
    clock.advance(100);
    expect(await outcomes).toMatchObject([{ sdp: expect.any(String) }, { sdp: expect.any(String) }]);
    const invites = sent.filter(({ at, message }) => at >= begin && nameOf(message) === 'INVITE');
    expect(invites.map(({ at, from }) => [from, at - begin])).toEqual([
      ['alice', 0],
      ['bob', 0],
      ['bob', 1_020],
      ['alice', 3_070],
    ]);
  });

  test('that goes on for ever ends with 491 after eight attempts', async () => {
    const { invite, sent, clock } = newCaller();
    const session = invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    const outcome = session!.offer(sdp('alice', 'inactive'));
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      respond(sent[attempt]!, 491);
      clock.advance(4_000);
    }
    expect([await outcome, sent.length]).toEqual([{ status: 491 }, 9]);
  });
});

/** The outcome of an offer that gets 500 with this Retry-After, then 200; `sent`: when it was sent, in milliseconds. */
async function offeredEarly(retryAfter: string) {
  const { invite, sent, clock } = newCaller();
  const session = invite();
  respond(sent[0]!, 200, { sdp: sdp('bob') });
  const outcome = session!.offer(sdp('alice', 'inactive'));
  const begin = clock.now();
  respond(sent[1]!, 500, { headers: [...Headers.none.append(header.retryAfter, retryAfter)] });
  while (sent.length === 2 && clock.now() - begin < 20_000) clock.advance(100);
  const wait = clock.now() - begin;
  if (sent.length > 2) respond(sent[2]!, 200, { sdp: sdp('bob', 'recvonly') });
  return { outcome: await outcome, wait };
}

test.each([
  ['0', 500],
  ['2 (busy)', 2_000],
  ['10', 10_000],
])('an offer that comes too early is sent again after Retry-After %s (RFC 3261 §14.2)', async (retryAfter, wait) => {
  expect(await offeredEarly(retryAfter)).toEqual({ outcome: { sdp: expect.stringContaining('recvonly') }, wait });
});

test.each(['11', '3600', 'soon'])('an offer that gets 500 and Retry-After %s is rejected', async (retryAfter) => {
  expect((await offeredEarly(retryAfter)).outcome).toEqual({ status: 500 });
});

import { describe, expect, test } from 'vitest';
import { address } from '../address.ts';
import { newRequest } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { Parameters } from '../parameters.ts';
import { addressOf } from '../values.fixture.ts';
import type { InfoRequest } from './session.ts';
import { nameOf, newPair, type PairOptions, sdp } from './sessions.fixture.ts';

const nothing = [0, 0, 0, 0, 0];

/** Alice calls Bob. */
function called({ ringing = 60_000, ...options }: PairOptions & { readonly ringing?: number } = {}) {
  const pair = newPair(options);
  const caller = pair.alice.invite({ timeout: ringing });
  pair.clock.advance(100);
  return { ...pair, caller, callee: pair.bob.incoming[0]! };
}

describe('the first response', () => {
  test('is 100 after 200 ms, and no 100 if another one was sent before', () => {
    const slow = called();
    expect(slow.flow()).toEqual(['alice INVITE']);
    slow.clock.advance(99);
    expect(slow.flow()).toEqual(['alice INVITE']);
    slow.clock.advance(11);
    expect(slow.flow()).toEqual(['alice INVITE', 'bob 100 INVITE']);
    const quick = called();
    quick.callee.session.progress(180);
    quick.clock.advance(10_000);
    expect(quick.flow()).toEqual(['alice INVITE', 'bob 180 INVITE']);
  });
});

describe('an answer', () => {
  test('is repeated each T1 until its ACK arrives; also over a reliable transport', () => {
    for (const reliable of [false, true]) {
      const { clock, callee, sent, left } = called({ reliable, lose: ({ message }) => nameOf(message) === 'ACK' });
      const begin = clock.now();
      callee.session.answer(sdp('bob'));
      clock.advance(70_000);
      const times = sent.filter(({ message }) => nameOf(message) === '200 INVITE').map(({ at }) => at - begin);
      expect(times).toEqual(Array.from({ length: 64 }, (_, at) => 500 * at));
      expect(callee.listener.calls).toEqual(['end timer']);
      clock.advance(32_000);
      expect(left()).toEqual(nothing);
    }
  });

  test.each([
    [false, 32_000],
    [true, 2_000],
  ])('without ACK ends the session by BYE: whose caller may be forged (%s), after %d ms', (mayBeForged, time) => {
    const { clock, callee, caller, flow } = called({ mayBeForged, lose: ({ message }) => nameOf(message) === 'ACK' });
    callee.session.answer(sdp('bob'));
    clock.advance(time - 1);
    expect(callee.listener.calls).toEqual([]);
    clock.advance(101);
    expect([flow().at(-2), caller.listener.calls]).toEqual(['bob BYE', ['answer bob', 'end peer']]);
  });

  test('waits longer for the ACK of a caller that may be forged and sends other requests, for 64 T1 at most', () => {
    const { clock, callee, caller } = called({ mayBeForged: true, lose: ({ message }) => nameOf(message) === 'ACK' });
    callee.session.answer(sdp('bob'));
    clock.advance(100);
    for (let second = 0; second < 31; second += 1) {
      void caller.session.info('application/dtmf-relay', Buffer.from('Signal=1'));
      clock.advance(1_000);
      expect(callee.listener.calls).not.toContain('end timer');
    }
    clock.advance(1_000);
    expect(callee.listener.calls).toContain('end timer');
  });

  test('whose ACK is lost twice is acknowledged in time', () => {
    let acks = 0;
    const { clock, callee } = called({ lose: ({ message }) => nameOf(message) === 'ACK' && (acks += 1) <= 2 });
    callee.session.answer(sdp('bob'));
    clock.advance(60_000);
    expect(callee.listener.calls).toEqual(['acknowledge']);
  });

  test('that is ended before its ACK sends BYE only after the ACK (RFC 3261 §15)', () => {
    const { clock, callee, flow } = called();
    callee.session.answer(sdp('bob'));
    callee.session.end();
    expect([callee.listener.calls, flow().at(-1)]).toEqual([['end us'], 'bob 200 INVITE']);
    clock.advance(100);
    expect(flow().slice(-4)).toEqual(['bob 200 INVITE', 'alice ACK', 'bob BYE', 'alice 200 BYE']);
  });

  test('to an INVITE without offer has the offer, and the ACK the answer', () => {
    const { alice, bob, clock } = newPair();
    const { session, listener } = alice.invite({ sdp: undefined });
    clock.advance(100);
    bob.incoming[0]!.session.answer(sdp('bob'));
    clock.advance(100);
    session.acknowledge(sdp('alice'));
    clock.advance(100);
    expect([listener.calls, bob.incoming[0]!.listener.calls]).toEqual([['answer bob'], ['acknowledge alice']]);
  });
});

describe('an INVITE', () => {
  test.each([
    [
      { status: 200, text: 'Call completed elsewhere' },
      { by: 'peer', status: 200, text: 'Call completed elsewhere' },
    ],
    // Else it would count as a dialog that the peer does not know any more.
    [{ status: 481, text: 'Gone' }, { by: 'peer' }],
    [{}, { by: 'peer' }],
  ])('whose CANCEL has the reason %j ends by %j', (reason, expected) => {
    const { clock, caller, callee } = called();
    const ends: unknown[] = [];
    Object.assign(callee.listener, { onEnd: (end: unknown) => ends.push(end) });
    callee.session.progress(180);
    clock.advance(100);
    caller.session.end(reason);
    clock.advance(100);
    expect(ends).toEqual([expected]);
  });

  test('that is cancelled gets 487, and its session ends', () => {
    const { clock, caller, callee, flow, left } = called();
    callee.session.progress(180);
    clock.advance(100);
    caller.session.end();
    clock.advance(100);
    expect(flow().slice(-4)).toEqual(['alice CANCEL', 'bob 200 CANCEL', 'bob 487 INVITE', 'alice ACK']);
    callee.session.answer(sdp('bob'));
    callee.session.end();
    expect(callee.listener.calls).toEqual(['end peer']);
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('is rejected with the status and headers of its user', () => {
    const { clock, caller, callee, last, left } = called();
    callee.session.progress(183, sdp('early'));
    callee.session.reject(486, Headers.none.append(header.retryAfter, '60'));
    clock.advance(100);
    expect(last('bob 486 INVITE').headers.one(header.retryAfter)).toBe('60');
    expect([caller.listener.calls, callee.listener.calls]).toEqual([
      ['progress 183 early', 'failure 486 peer'],
      ['end us'],
    ]);
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('that is ended before its answer gets 480, or the status of the reason', () => {
    const statuses = [undefined, 603].map((status) => {
      const { clock, caller, callee } = called();
      callee.session.end(status === undefined ? {} : { status });
      clock.advance(100);
      return caller.listener.calls;
    });
    expect(statuses).toEqual([['failure 480 peer'], ['failure 603 peer']]);
  });

  test('repeats its last provisional response each minute (RFC 3261 §13.3.1.1)', () => {
    const { clock, callee, count } = called({ ringing: 600_000 });
    callee.session.progress(180);
    clock.advance(59_999);
    expect(count('bob 180 INVITE')).toBe(1);
    clock.advance(60_001);
    expect(count('bob 180 INVITE')).toBe(3);
  });

  test('beyond the limit of sessions gets 503 with Retry-After', () => {
    const { alice, clock, bob, last } = newPair({ max: 1 });
    alice.invite();
    alice.invite();
    clock.advance(100);
    expect([bob.incoming.length, last('bob 503 INVITE').headers.one(header.retryAfter)]).toEqual([1, '5']);
  });

  test('that passed proxies has their Record-Routes in its responses, and our BYE goes back through them', () => {
    const { alice, clock, bob, last } = newPair();
    const routes = ['<sip:p2.example.com;lr>', '<sip:p1.example.com;lr>'].map(addressOf);
    alice.invite({ headers: Headers.none.append(header.recordRoute, ...routes) });
    clock.advance(100);
    const { session } = bob.incoming[0]!;
    session.progress(180);
    session.answer(sdp('bob'));
    clock.advance(100);
    session.end();
    for (const name of ['bob 180 INVITE', 'bob 200 INVITE'])
      expect(last(name).headers.all(header.recordRoute)).toEqual(routes);
    expect(last('bob BYE').headers.all(header.route)).toEqual(routes);
    expect(last('alice ACK').headers.all(header.route)).toEqual(routes.toReversed());
  });

  test('without Contact gets 400', () => {
    const { alice, clock, bob, flow } = newPair();
    const request = newRequest({
      method: 'INVITE',
      uri: alice.contact,
      from: address(alice.contact, new Parameters([['tag', 'x']])),
      to: address(bob.contact),
      callId: 'c',
      sequence: 1,
    });
    alice.sender.request(request, { onResponse: () => undefined, onFailure: () => undefined });
    clock.advance(100);
    expect([flow(), bob.incoming]).toEqual([['alice INVITE', 'bob 400 INVITE', 'alice ACK'], []]);
  });
});

test('an INFO without a body names no type of one, as no peer could read it', () => {
  const { clock, callee, sent } = called();
  callee.session.answer(sdp('bob'));
  clock.advance(100);
  void callee.session.info('', Buffer.alloc(0));
  clock.advance(100);
  const [request] = sent.map(({ message }) => message).filter((message) => nameOf(message) === 'INFO');
  expect(request?.headers.has(header.contentType)).toBe(false);
});

test('an INFO that is rejected with 415 gets the other types that may pass (RFC 3261 §21.4.13)', () => {
  const { clock, callee, caller, last } = called();
  callee.session.answer(sdp('bob'));
  clock.advance(100);
  Object.assign(callee.listener, { onInfo: ({ respond }: InfoRequest) => respond(415) });
  void caller.session.info('application/media_control+xml', Buffer.from('<media_control/>'));
  clock.advance(100);
  const accepted = last('bob 415 INFO').headers.fields(header.accept);
  expect(accepted.map(({ value }) => value)).toEqual(['application/dtmf-relay, application/dtmf']);
});

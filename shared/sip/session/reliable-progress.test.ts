import { describe, expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import { defaultTimers } from '../transaction/timers.ts';
import { fakeTimers } from '../transaction/timers.fixture.ts';
import { newCaller, respond } from './peer.fixture.ts';
import { ReliableProgress } from './reliable-progress.ts';
import { nameOf, newPair, type PairOptions, sdp } from './sessions.fixture.ts';

const nothing = [0, 0, 0, 0, 0];
const required = Headers.none.append(header.require, '100rel');

/** Alice calls Bob and demands reliable provisional responses. */
function called(options: PairOptions = {}, { sdp: offer }: { sdp: string | undefined } = { sdp: sdp('alice') }) {
  const pair = newPair(options);
  const caller = pair.alice.invite({ headers: required, sdp: offer });
  pair.clock.advance(100);
  return { ...pair, caller, callee: pair.bob.incoming[0]! };
}

describe('a provisional response to a peer that demands 100rel', () => {
  test('is acknowledged by PRACK, and the next one waits for that', () => {
    const { clock, caller, callee, flow, left } = called();
    callee.session.progress(180);
    callee.session.progress(183, sdp('early'));
    expect(flow().slice(-1)).toEqual(['bob 180 INVITE']);
    clock.advance(100);
    callee.session.answer(sdp('early'));
    clock.advance(100);
    expect(flow().slice(1)).toEqual([
      'bob 180 INVITE',
      'alice PRACK',
      'bob 200 PRACK',
      'bob 183 INVITE',
      'alice PRACK',
      'bob 200 PRACK',
      'bob 200 INVITE',
      'alice ACK',
    ]);
    expect(caller.listener.calls).toEqual(['progress 180', 'progress 183 early', 'answer early']);
    caller.session.end();
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('is acknowledged also after the answer, which does not wait for it', () => {
    const { clock, caller, callee, flow, left } = called();
    callee.session.progress(180);
    callee.session.answer(sdp('bob'));
    clock.advance(100);
    expect(flow().slice(1)).toEqual(['bob 180 INVITE', 'bob 200 INVITE', 'alice PRACK', 'alice ACK', 'bob 200 PRACK']);
    caller.session.end();
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('holds up the answer if its description waits for the PRACK of the one before', () => {
    const { clock, caller, callee } = called();
    callee.session.progress(180);
    callee.session.progress(183, sdp('bob'));
    callee.session.answer(sdp('bob'));
    clock.advance(200);
    expect(caller.listener.calls).toEqual(['progress 180', 'progress 183 bob', 'answer bob']);
  });

  test('holds up the answer if its description is not acknowledged yet', () => {
    const { clock, caller, callee, flow } = called();
    callee.session.progress(183, sdp('bob'));
    callee.session.answer(sdp('bob'));
    expect(flow().at(-1)).toBe('bob 183 INVITE');
    clock.advance(100);
    expect([flow().at(-1), caller.listener.calls.at(-1)]).toEqual(['alice ACK', 'answer bob']);
  });

  test('has the answer; another description follows by re-INVITE', () => {
    const { clock, caller, callee, flow, last } = called();
    callee.session.progress(183, sdp('early'));
    clock.advance(100);
    callee.session.answer(sdp('early', 'sendonly'));
    clock.advance(100);
    expect([last('bob 200 INVITE').body.length, flow().at(-1)]).toEqual([0, 'bob INVITE']);
    caller.listener.offers[0]!.respond({ sdp: sdp('alice') });
    clock.advance(100);
    expect(flow().at(-1)).toBe('bob ACK');
  });

  test('is repeated without PRACK, and after 64 T1 the INVITE is rejected with 504', () => {
    const { clock, caller, callee, count, left } = called({ lose: ({ message }) => nameOf(message) === 'PRACK' });
    callee.session.progress(180);
    clock.advance(31_900);
    expect(count('bob 180 INVITE')).toBe(7);
    clock.advance(200);
    expect([caller.listener.calls.at(-1), callee.listener.calls]).toEqual(['failure 504 peer', ['end timer']]);
    clock.advance(70_000);
    expect(left()).toEqual(nothing);
  });

  test('stops when the INVITE is cancelled', () => {
    const { clock, caller, callee, left } = called({ lose: ({ message }) => nameOf(message) === 'PRACK' });
    callee.session.progress(180);
    clock.advance(1_000);
    caller.session.end();
    clock.advance(100);
    expect(callee.listener.calls).toEqual(['end peer']);
    clock.advance(70_000);
    expect(left()).toEqual(nothing);
  });

  test('is not sent before an offer of ours to an INVITE without one; then its PRACK has the answer', () => {
    const { clock, callee, flow, caller } = called({}, { sdp: undefined });
    callee.session.progress(180);
    expect(flow().at(-1)).toBe('alice INVITE');
    callee.session.progress(183, sdp('bob'));
    clock.advance(100);
    expect([caller.listener.calls, callee.listener.calls]).toEqual([['progress 183 bob'], ['acknowledge']]);
  });

  test('beyond eight that wait is left out', () => {
    const { clock, callee, count } = called();
    for (let response = 0; response < 50; response += 1) callee.session.progress(182);
    clock.advance(10_000);
    expect(count('bob 182 INVITE')).toBe(9);
  });
});

test('before the answer our offer goes by UPDATE, once the first exchange is complete (RFC 3311 §5.1)', async () => {
  const { clock, caller, callee, flow } = called();
  const outcome = callee.session.offer(sdp('bob', 'sendonly'));
  expect(flow().at(-1)).toBe('alice INVITE');
  callee.session.progress(183, sdp('bob'));
  void callee.session.offer(sdp('bob', 'sendonly'));
  clock.advance(100);
  expect(flow().at(-1)).toBe('bob UPDATE');
  caller.listener.offers[0]?.respond({ sdp: sdp('alice', 'recvonly') });
  clock.advance(100);
  expect([await outcome, flow().at(-1)]).toEqual([{ status: 487 }, 'alice 200 UPDATE']);
});

test('before the answer an UPDATE without description is only answered (RFC 3311 §5.2)', () => {
  const { clock, caller, callee, flow, last, forge } = called();
  callee.session.progress(183, sdp('bob'));
  clock.advance(100);
  expect(forge('UPDATE', { to: last('bob 183 INVITE').to })).toBe('bob 200 UPDATE');
  expect([last('bob 200 UPDATE').body.length, callee.listener.offers]).toEqual([0, []]);
  callee.session.answer(sdp('bob'));
  clock.advance(100);
  expect([flow().at(-1), caller.listener.calls.at(-1)]).toEqual(['alice ACK', 'answer bob']);
});

test('after the final response of the INVITE nothing is repeated, and no timer runs', () => {
  const clock = fakeTimers();
  const statuses: number[] = [];
  const progress = new ReliableProgress({
    setTimer: clock.setTimer,
    timers: defaultTimers,
    random: () => 0.5,
    send: ({ status }) => void statuses.push(status),
    onTimeout: () => void statuses.push(0),
  });
  progress.send({ status: 180 });
  progress.send({ status: 183 });
  progress.stop();
  progress.proceed();
  expect([statuses, clock.pending()]).toEqual([[180], 0]);
});

test('a PRACK that acknowledges nothing gets 481', () => {
  const { clock, callee, sent, bob, flow } = called();
  callee.session.progress(180);
  clock.advance(100);
  const prack = sent.find(({ message }) => nameOf(message) === 'PRACK')!.message;
  if (prack.kind !== 'request') throw new Error('no PRACK');
  const again = prack.with(
    prack.headers
      .with(header.cseq, { sequence: 9, method: 'PRACK' })
      .with(header.via, { ...prack.via, parameters: prack.via.parameters.with('branch', 'z9hG4bKother') }),
  );
  bob.layer.receive(again, { reliable: false });
  expect(flow().at(-1)).toBe('bob 481 PRACK');
});

const reliable = (number: number, text?: string) => ({
  headers: [Field.of(header.require, '100rel'), Field.of(header.rseq, number)],
  ...(text === undefined ? {} : { sdp: text }),
});

describe('a reliable provisional response of the peer', () => {
  test('is acknowledged and reported once, in the order of its numbers', () => {
    const { invite, sent, listener } = newCaller();
    invite();
    for (const number of [7, 9, 7, 8, 8, 9]) respond(sent[0]!, 180 + number - 7, reliable(number));
    expect(listener.calls).toEqual(['progress 180', 'progress 181', 'progress 182']);
    expect(sent.slice(1).map(({ request }) => request.headers.one(header.rack))).toEqual(
      [7, 8, 9].map((number) => ({ number, invite: { sequence: 1, method: 'INVITE' } })),
    );
  });

  test('has the answer, so that the description of the 2xx is ignored (RFC 3261 §13.2.1)', () => {
    const { invite, sent, listener } = newCaller();
    invite();
    respond(sent[0]!, 183, reliable(1, sdp('first')));
    respond(sent[0]!, 200, { sdp: sdp('second') });
    expect(listener.calls).toEqual(['progress 183 first', 'answer first']);
  });

  test('has the answer, so that a 2xx without description is whole (RFC 6337 §3.1.1)', () => {
    const { invite, sent, acks, listener, methods } = newCaller();
    invite();
    respond(sent[0]!, 183, reliable(1, sdp('first')));
    respond(sent[0]!, 200);
    expect([listener.calls, acks.length]).toEqual([['progress 183 first', 'answer first'], 1]);
    expect(methods()).toEqual(['INVITE', 'PRACK b1']);
  });

  test('is not acknowledged after the session has ended', () => {
    const { invite, sent, methods } = newCaller();
    invite()?.end();
    respond(sent[0]!, 183, reliable(1));
    expect(methods()).toEqual(['INVITE']);
  });
});

test('each phone that rings gets PRACKs with its own tag and number, and the media are of the one that answers', () => {
  const { invite, sent, listener, methods } = newCaller();
  invite();
  for (const tag of ['b1', 'b2', 'b1']) respond(sent[0]!, 183, { tag, ...reliable(1, sdp(tag)) });
  expect(methods()).toEqual(['INVITE', 'PRACK b1', 'PRACK b2']);
  for (const { request } of sent.slice(1))
    expect(request.headers.one(header.rack)).toEqual({ number: 1, invite: { sequence: 1, method: 'INVITE' } });
  respond(sent[0]!, 200, { tag: 'b2' });
  expect(listener.calls).toEqual(['progress 183 b1', 'progress 183 b2', 'answer b2']);
});

test('an INVITE without offer does not support 100rel', () => {
  const { invite, sent } = newCaller({ max: 2 });
  invite();
  invite({ sdp: undefined });
  const supported = sent.map(({ request }) => request.headers.all(header.supported));
  expect(supported).toEqual([
    ['100rel', 'timer', 'replaces', 'norefersub'],
    ['timer', 'replaces', 'norefersub'],
  ]);
});

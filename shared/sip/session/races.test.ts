/** The races of RFC 5407 §3 by their names, each crossing in both orders. */
import { describe, expect, test } from 'vitest';
import { newRequest } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { newVia } from '../via.ts';
import { sdpParts } from './body.ts';
import { nameOf, newPair, type PairOptions, sdp, type Sent } from './sessions.fixture.ts';

const nothing = [0, 0, 0, 0, 0];

/** Milliseconds that a message of this name takes; others take 10. */
const slow =
  (name: string, milliseconds: number) =>
  ({ message }: Sent): number =>
    nameOf(message) === name ? milliseconds : 10;

/** Alice calls Bob, whose phone rings. */
function ringing(options: PairOptions = {}, offer: { readonly sdp: string | undefined } = { sdp: sdp('alice') }) {
  const pair = newPair(options);
  const caller = pair.alice.invite(offer);
  pair.clock.advance(100);
  const callee = pair.bob.incoming[0]!;
  callee.session.progress(180);
  pair.clock.advance(100);
  return { ...pair, caller, callee };
}

/** After a time in which every transaction and timer but the sessions' has ended. */
function settle({ clock, left }: Pick<ReturnType<typeof newPair>, 'clock' | 'left'>): readonly number[] {
  clock.advance(130_000);
  return left();
}

const body = (description: string) => sdpParts(Headers.none, description);

describe('3.1 receiving a message in the moratorium state', () => {
  test('3.1.1 the callee receives a retransmission of the initial INVITE: it is absorbed', () => {
    const pair = newPair({ lose: ({ at, from }) => from === 'bob' && at < 400 });
    const { caller, callee } = pair.call();
    pair.clock.advance(1_000);
    expect([pair.count('alice INVITE'), pair.bob.incoming.length]).toEqual([2, 1]);
    expect([caller.listener.calls, callee.listener.calls]).toEqual([['answer bob'], ['acknowledge']]);
    caller.session.end();
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.1.2 the callee receives CANCEL after its answer: the answer counts, and the caller sends ACK and BYE', () => {
    const pair = ringing();
    pair.caller.session.end();
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(100);
    expect(pair.flow().slice(2)).toEqual([
      'alice CANCEL',
      'bob 200 INVITE',
      'bob 200 CANCEL',
      'alice ACK',
      'alice BYE',
      'bob 200 BYE',
    ]);
    expect([pair.caller.listener.calls.at(-1), pair.callee.listener.calls]).toEqual([
      'failure 487 us',
      ['acknowledge', 'end peer'],
    ]);
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.1.2 in the other order: the callee answers after the CANCEL, which ended the INVITE', () => {
    const pair = ringing();
    pair.caller.session.end();
    pair.clock.advance(15);
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(100);
    expect([pair.count('bob 200 INVITE'), pair.count('bob 487 INVITE')]).toEqual([0, 1]);
    expect(pair.callee.listener.calls).toEqual(['end peer']);
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.1.3 the callee receives BYE of the early dialog after its answer: it repeats that until the ACK', () => {
    const pair = ringing({ delay: slow('ACK', 300) });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(20);
    expect(pair.forge('BYE')).toBe('bob 200 BYE');
    pair.clock.advance(600);
    expect(pair.callee.listener.calls).toEqual(['end peer']);
    pair.caller.session.end();
    expect([pair.bob.sessions.size, settle(pair)]).toEqual([0, nothing]);
  });

  test('3.1.3 and if the ACK never comes, the dialog is over 64 T1 after the answer', () => {
    const pair = ringing({ lose: ({ message }) => nameOf(message) === 'ACK' });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(20);
    pair.forge('BYE');
    pair.clock.advance(31_900);
    expect(pair.bob.sessions.size).toBe(1);
    pair.clock.advance(200);
    expect([pair.bob.sessions.size, pair.count('bob BYE'), pair.callee.listener.calls]).toEqual([0, 0, ['end peer']]);
  });

  test('3.1.3 in the other order: a BYE before the answer gets 200, and the INVITE 487', () => {
    const pair = ringing();
    const { toTag = '' } = pair.last('bob 180 INVITE');
    const invite = pair.last('alice INVITE');
    const to = { ...invite.to, parameters: invite.to.parameters.with('tag', toTag) };
    pair.forge('BYE', { from: invite.from, to, callId: invite.callId });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(100);
    expect([pair.flow().slice(2), pair.callee.listener.calls]).toEqual([
      ['bob 200 BYE', 'bob 487 INVITE', 'alice ACK'],
      ['end peer'],
    ]);
    expect([pair.caller.listener.calls.at(-1), settle(pair)]).toEqual(['failure 487 peer', nothing]);
  });

  test('3.1.4 the callee receives a re-INVITE before the ACK, after a complete exchange: it is accepted', () => {
    const pair = ringing({ delay: slow('ACK', 300) });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(15);
    void pair.caller.session.offer(sdp('alice', 'sendonly'));
    pair.clock.advance(15);
    pair.callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
    pair.clock.advance(1_000);
    expect(pair.flow().slice(2)).toEqual([
      'bob 200 INVITE',
      'alice ACK',
      'alice INVITE',
      'bob 200 INVITE',
      'alice ACK',
    ]);
    pair.callee.session.end();
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.1.5 the same while the ACK has the answer: the re-INVITE gets 491', () => {
    const pair = ringing({ delay: slow('ACK', 300) }, { sdp: undefined });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(15);
    pair.caller.session.acknowledge(sdp('alice'));
    void pair.caller.session.offer(sdp('alice', 'sendonly'));
    pair.clock.advance(100);
    expect(pair.count('bob 491 INVITE')).toBe(1);
    pair.clock.advance(4_000);
    expect(pair.callee.listener.calls).toEqual(['acknowledge alice', 'offer alice']);
    pair.callee.session.end();
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.1.6 the callee receives BYE before the ACK: both get their responses', () => {
    const pair = ringing({ delay: slow('ACK', 300) });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(15);
    pair.caller.session.end();
    pair.clock.advance(1_000);
    expect(pair.flow().slice(2)).toEqual(['bob 200 INVITE', 'alice ACK', 'alice BYE', 'bob 200 BYE']);
    expect([pair.callee.listener.calls, settle(pair)]).toEqual([['end peer'], nothing]);
  });
});

describe('before the answer', () => {
  /** The request as one of the early dialog, in the name of Bob, for Alice. */
  function toAlice(pair: ReturnType<typeof newPair>, method: string): string | undefined {
    const { from, to, callId } = pair.last('bob 180 INVITE');
    const request = newRequest({
      method,
      uri: pair.alice.contact,
      via: newVia('UDP', 'bob.example.com', 5060, `z9hG4bK${method}`),
      from: to,
      to: from,
      callId,
      sequence: 1,
      ...body(sdp('bob')),
    });
    pair.alice.layer.receive(request, { reliable: false });
    return pair.flow().at(-1);
  }

  test.each([
    ['BYE', 'alice 403 BYE'],
    ['REFER', 'alice 403 REFER'],
    ['INVITE', 'alice 491 INVITE'],
    ['UPDATE', 'alice 491 UPDATE'],
    ['PRACK', 'alice 481 PRACK'],
    ['NOTIFY', 'alice 481 NOTIFY'],
    ['MESSAGE', 'alice 405 MESSAGE'],
  ])('a %s of the callee is rejected: %s', (method, response) => {
    const pair = ringing();
    expect([toAlice(pair, method), pair.caller.listener.calls]).toEqual([response, ['progress 180']]);
  });

  test.each([
    ['INVITE', 'bob 500 INVITE'],
    ['UPDATE', 'bob 500 UPDATE'],
    ['REFER', 'bob 403 REFER'],
  ])('a %s of the caller is rejected: %s', (method, response) => {
    const pair = ringing();
    const { toTag = '' } = pair.last('bob 180 INVITE');
    const { from, to, callId } = pair.last('alice INVITE');
    const parts = { from, to: { ...to, parameters: to.parameters.with('tag', toTag) }, callId, ...body(sdp('alice')) };
    expect([pair.forge(method, parts), pair.callee.listener.calls]).toEqual([response, []]);
  });
});

describe('3.2 receiving a message in the mortal state', () => {
  test.each([0, 5])('3.2.1 both sides send BYE, the second %i ms later: both get 200', (milliseconds) => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    caller.session.end();
    pair.clock.advance(milliseconds);
    callee.session.end();
    pair.clock.advance(100);
    expect([pair.count('alice 200 BYE'), pair.count('bob 200 BYE')]).toEqual([1, 1]);
    expect([caller.listener.calls.at(-1), callee.listener.calls.at(-1), settle(pair)]).toEqual([
      'end us',
      'end us',
      nothing,
    ]);
  });

  test('3.2.2 a side that has sent BYE rejects a re-INVITE with 481', () => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    callee.session.end();
    void caller.session.offer(sdp('alice', 'sendonly'));
    pair.clock.advance(100);
    expect([pair.count('bob 481 INVITE'), pair.count('alice 200 BYE')]).toEqual([1, 1]);
    expect([caller.listener.calls.at(-1), settle(pair)]).toEqual(['end peer', nothing]);
  });

  test('3.2.2 in the other order: a BYE that finds a re-INVITE pending ends it with 487', async () => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    const outcome = caller.session.offer(sdp('alice', 'sendonly'));
    pair.clock.advance(50);
    callee.session.end();
    pair.clock.advance(100);
    expect([pair.count('bob 487 INVITE'), await outcome]).toEqual([1, { status: 487 }]);
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.2.3 a side that has sent BYE acknowledges the 200 of its re-INVITE', () => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    void caller.session.offer(sdp('alice', 'sendonly'));
    pair.clock.advance(50);
    callee.listener.offers[0]?.respond({ sdp: sdp('bob') });
    caller.session.end();
    pair.clock.advance(100);
    expect(pair.flow().slice(-4)).toEqual(['bob 200 INVITE', 'alice BYE', 'alice ACK', 'bob 200 BYE']);
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.2.4 the callee receives the ACK after it has ended the session: then it sends BYE', () => {
    const pair = ringing({ delay: slow('ACK', 300) });
    pair.callee.session.answer(sdp('bob'));
    pair.clock.advance(15);
    pair.callee.session.end();
    pair.clock.advance(200);
    expect(pair.count('bob BYE')).toBe(0);
    pair.clock.advance(1_000);
    expect([pair.count('bob BYE'), pair.caller.listener.calls.at(-1)]).toEqual([1, 'end peer']);
    expect(settle(pair)).toEqual(nothing);
  });
});

describe('3.3 other races', () => {
  test.each([0, 5])(
    '3.3.1 re-INVITEs cross, the second %i ms later: both get 491 and succeed later',
    async (milliseconds) => {
      const pair = newPair();
      const { caller, callee } = pair.call();
      const one = caller.session.offer(sdp('alice', 'sendonly'));
      pair.clock.advance(milliseconds);
      const other = callee.session.offer(sdp('bob', 'inactive'));
      pair.clock.advance(1_500);
      caller.listener.offers[0]?.respond({ sdp: sdp('alice', 'inactive') });
      pair.clock.advance(2_000);
      callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
      pair.clock.advance(100);
      expect([pair.count('alice 491 INVITE'), pair.count('bob 491 INVITE')]).toEqual([1, 1]);
      expect(await Promise.all([one, other])).toMatchObject([{ sdp: expect.any(String) }, { sdp: expect.any(String) }]);
      caller.session.end();
      expect(settle(pair)).toEqual(nothing);
    },
  );

  test('3.3.2 an UPDATE crosses our re-INVITE: it gets 491', () => {
    const pair = newPair();
    const { callee } = pair.call();
    void callee.session.offer(sdp('bob', 'sendonly'));
    expect(pair.forge('UPDATE', body(sdp('alice', 'inactive')))).toBe('bob 491 UPDATE');
    pair.clock.advance(100);
    callee.session.end();
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.3.2 in the other order: a re-INVITE that finds an UPDATE pending gets 500 with Retry-After', () => {
    const pair = newPair();
    const { callee } = pair.call();
    pair.forge('UPDATE', body(sdp('alice', 'inactive')));
    expect(pair.forge('INVITE', body(sdp('alice', 'sendonly')))).toBe('bob 500 INVITE');
    expect(pair.last('bob 500 INVITE').headers.has(header.retryAfter)).toBe(true);
    callee.listener.offers[0]?.respond({ sdp: sdp('bob') });
    expect(pair.count('bob 200 UPDATE')).toBe(1);
    callee.session.end();
    expect(settle(pair)).toEqual(nothing);
  });

  test('3.3.3 a side that has sent BYE rejects a REFER with 481', async () => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    callee.session.end();
    const status = caller.session.refer({ to: pair.bob.contact }, () => undefined);
    pair.clock.advance(100);
    expect([await status, callee.listener.refers, settle(pair)]).toEqual([481, [], nothing]);
  });

  test('3.3.3 in the other order: a REFER before the BYE is passed on, and its report has no way any more', () => {
    const pair = newPair();
    const { caller, callee } = pair.call();
    void caller.session.refer({ to: pair.bob.contact }, () => undefined);
    pair.clock.advance(50);
    callee.session.end();
    callee.listener.refers[0]?.accept();
    pair.clock.advance(100);
    expect([pair.count('bob 202 REFER'), settle(pair)]).toEqual([1, nothing]);
  });
});

import { describe, expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Field } from '../headers.ts';
import { Parameters } from '../parameters.ts';
import { newCaller, respond } from './peer.fixture.ts';
import { nameOf, newPair, sdp, type Sent } from './sessions.fixture.ts';

const agreed = (seconds: number, refresher: string) => ({
  sdp: sdp('bob'),
  headers: [Field.of(header.sessionExpires, { seconds, parameters: new Parameters([['refresher', refresher]]) })],
});

describe('as the refresher', () => {
  test('the callee refreshes by UPDATE after half of the interval, again and again', () => {
    const { call, clock, flow, count } = newPair();
    const { caller, callee } = call();
    clock.advance(600_000);
    expect(flow().slice(-2)).toEqual(['bob UPDATE', 'alice 200 UPDATE']);
    expect([count('bob UPDATE'), count('alice UPDATE')]).toEqual([4, 0]);
    expect([caller.listener.calls, callee.listener.calls]).toEqual([['answer bob'], ['acknowledge']]);
  });

  test('the caller refreshes a peer without UPDATE by re-INVITE with the same description', () => {
    const { invite, sent, clock, acks } = newCaller();
    invite();
    respond(sent[0]!, 200, agreed(300, 'uac'));
    clock.advance(150_000);
    const refresh = sent[1]!.request;
    expect([refresh.method, refresh.body.toString(), refresh.headers.one(header.sessionExpires)]).toEqual([
      'INVITE',
      sdp('alice'),
      { seconds: 300, parameters: new Parameters([['refresher', 'uac']]) },
    ]);
    respond(sent[1]!, 200, agreed(300, 'uac'));
    expect(acks.map(({ cseq }) => cseq.sequence)).toEqual([1, 2]);
    clock.advance(150_000);
    expect(sent[2]?.request.method).toBe('INVITE');
  });

  test('a peer that answers with a longer interval than asked for is refreshed as one without session timers', () => {
    const { invite, sent, clock } = newCaller();
    invite();
    respond(sent[0]!, 200, agreed(86_400, 'uas'));
    clock.advance(150_000);
    expect(sent[1]?.request.method).toBe('INVITE');
  });

  test('a refresh that is not answered ends the session at both sides', () => {
    let isCut = false;
    const { call, clock, left } = newPair({ lose: () => isCut });
    const { caller, callee } = call();
    isCut = true;
    clock.advance(1_900_000);
    expect([caller.listener.calls.at(-1), callee.listener.calls.at(-1)]).toEqual(['end timer', 'end timer']);
    clock.advance(100_000);
    expect(left()).toEqual([0, 0, 0, 0, 0]);
  });

  test('a refresh that is rejected is tried again, and the session ends when its interval is over', () => {
    const { invite, sent, clock, listener, methods } = newCaller();
    invite();
    respond(sent[0]!, 200, agreed(180, 'uac'));
    clock.advance(90_000);
    respond(sent[1]!, 488);
    clock.advance(30_000);
    respond(sent[2]!, 488);
    expect(listener.calls).toEqual(['answer bob']);
    clock.advance(28_000);
    expect([listener.calls.at(-1), methods().at(-1)]).toEqual(['end timer', 'BYE b1']);
  });

  test('a peer without session timers that rejects our refresh keeps its session', () => {
    const { invite, sent, clock, listener } = newCaller();
    invite();
    respond(sent[0]!, 200, { sdp: sdp('bob') });
    clock.advance(900_000);
    expect(sent[1]?.request.method).toBe('INVITE');
    for (let hour = 0; hour < 4; hour += 1) {
      respond(sent.at(-1)!, 488);
      clock.advance(30_000);
    }
    expect([listener.calls, sent.length]).toEqual([['answer bob'], 6]);
  });

  test('a refresh with an interval that is too small is sent again with the one that the peer demands', () => {
    const { invite, sent, clock } = newCaller();
    invite();
    respond(sent[0]!, 200, agreed(600, 'uac'));
    clock.advance(300_000);
    respond(sent[1]!, 422, {
      headers: [Field.of(header.minSessionExpires, { seconds: 900, parameters: Parameters.none })],
    });
    expect(sent[2]!.request.headers.one(header.sessionExpires)).toMatchObject({ seconds: 900 });
  });
});

test('an INVITE that gets 422 is sent again with the interval that the peer demands', () => {
  const { invite, sent } = newCaller();
  invite();
  respond(sent[0]!, 422, {
    headers: [Field.of(header.minSessionExpires, { seconds: 3_600, parameters: Parameters.none })],
  });
  const { headers, cseq } = sent[1]!.request;
  expect([headers.one(header.sessionExpires), headers.one(header.minSessionExpires), cseq.sequence]).toMatchObject([
    { seconds: 3_600 },
    { seconds: 3_600 },
    2,
  ]);
  respond(sent[1]!, 422);
  expect(sent).toHaveLength(2);
});

test('a session whose peer does not refresh ends by BYE 32 s before the interval is over (RFC 4028 §10)', () => {
  const { invite, sent, clock, listener, methods } = newCaller();
  invite();
  respond(sent[0]!, 200, agreed(300, 'uas'));
  clock.advance(267_999);
  expect(methods()).toEqual(['INVITE']);
  clock.advance(1);
  expect([methods().at(-1), listener.calls.at(-1)]).toEqual(['BYE b1', 'end timer']);
});

test('a session that has ended refreshes nothing', () => {
  const isUpdate = ({ message }: Sent): boolean => nameOf(message) === 'UPDATE';
  const { call, clock, sent } = newPair();
  call().caller.session.end();
  clock.advance(7_200_000);
  expect([sent.filter(isUpdate), clock.pending()]).toEqual([[], 0]);
});

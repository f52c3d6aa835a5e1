import { describe, expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { address } from '../address.ts';
import { header, textHeader } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import { partsOf } from '../multipart.ts';
import { Parameters } from '../parameters.ts';
import type { SipRequest } from '../message.ts';
import { isSipUri, printUri, sipUri } from '../uri.ts';
import { sdpOf } from './body.ts';
import { newCaller, respond } from './peer.fixture.ts';
import type { Failure } from './session.ts';
import { nameOf, newPair, sdp } from './sessions.fixture.ts';

const answered = { sdp: sdp('bob') };

describe('an INVITE that forks', () => {
  test('is answered by the first 2xx; the 2xx of another fork gets ACK and BYE', () => {
    const { invite, sent, acks, listener, methods, sessions } = newCaller();
    invite();
    respond(sent[0]!, 180, { tag: 'b1' });
    respond(sent[0]!, 183, { tag: 'b2', sdp: sdp('early') });
    expect(sessions.size).toBe(3);
    respond(sent[0]!, 200, { tag: 'b2', ...answered });
    respond(sent[0]!, 200, { tag: 'b1', ...answered });
    expect(listener.calls).toEqual(['progress 180', 'progress 183 early', 'answer bob']);
    expect([acks.map(({ toTag }) => toTag), methods()]).toEqual([
      ['b2', 'b1'],
      ['INVITE', 'BYE b1'],
    ]);
    expect(printUri(sent[1]!.request.uri)).toBe('sip:b1@192.0.2.9');
    respond(sent[1]!, 200, { tag: 'b1' });
    expect(sessions.size).toBe(1);
  });

  test('acknowledges each repeated 2xx with the same ACK', () => {
    const { invite, sent, acks, listener } = newCaller();
    invite();
    for (const tag of ['b1', 'b2', 'b1', 'b2']) respond(sent[0]!, 200, { tag, ...answered });
    expect(acks.map(({ toTag }) => toTag)).toEqual(['b1', 'b2', 'b1', 'b2']);
    expect([acks[0] === acks[2], listener.calls]).toEqual([true, ['answer bob']]);
  });

  test('has ten early dialogs at most, and still ends a fork beyond them that answers', () => {
    const { invite, sent, sessions, methods, acks } = newCaller({ max: 100 });
    invite();
    for (let fork = 0; fork < 50; fork += 1) respond(sent[0]!, 180, { tag: `f${fork}` });
    expect(sessions.size).toBe(11);
    respond(sent[0]!, 200, { tag: 'f0', ...answered });
    respond(sent[0]!, 200, { tag: 'f40', ...answered });
    expect([sessions.size, acks.length, methods()]).toEqual([2, 2, ['INVITE', 'BYE f40']]);
  });
});

describe('an INVITE whose peer has a time until it rings', () => {
  test.each([100, 183])('is cancelled without a 18x: after %i', (status) => {
    const { invite, sent, listener, clock } = newCaller();
    const cancelled = () => sent[0]!.cancels.length;
    invite({ progressTimeout: 5_000 });
    if (status === 100) respond(sent[0]!, 100);
    clock.advance(4_999);
    if (status === 183) respond(sent[0]!, 183, { tag: 'b1' });
    clock.advance(1);
    expect(cancelled()).toBe(status === 100 ? 1 : 0);
    expect(listener.calls.at(-1)).toBe(status === 100 ? 'failure 408 timer' : 'progress 183');
    clock.advance(60_000);
    expect(cancelled()).toBe(1);
  });

  test('waits no more after an answer', () => {
    const { invite, sent, listener, clock } = newCaller();
    invite({ progressTimeout: 5_000 });
    respond(sent[0]!, 200, answered);
    clock.advance(60_000);
    expect(listener.calls).toEqual(['answer bob']);
  });
});

describe('an INVITE without any response', () => {
  const silence = (isSilent: boolean) => `silence ${isSilent}`;

  test('is silent from 4 s on, until a response comes, if only 100', () => {
    const { alice, bob, clock } = newPair({ lose: ({ at, message }) => at < 7_000 && nameOf(message) === 'INVITE' });
    const { listener } = alice.invite();
    clock.advance(3_999);
    expect(listener.calls).toEqual([]);
    clock.advance(1);
    expect(listener.calls).toEqual([silence(true)]);
    clock.advance(4_000);
    expect([listener.calls, bob.incoming.length]).toEqual([[silence(true), silence(false)], 1]);
  });

  test('that is ended then rings nowhere: the late phone gets a CANCEL', () => {
    const { alice, clock, flow } = newPair({ lose: ({ at, message }) => at < 7_000 && nameOf(message) === 'INVITE' });
    const { session, listener } = alice.invite();
    clock.advance(4_000);
    session.end();
    clock.advance(40_000);
    expect(listener.calls).toEqual([silence(true), 'failure 487 us']);
    expect(flow('INVITE')).toEqual(['bob 100 INVITE', 'alice CANCEL', 'bob 200 CANCEL', 'bob 487 INVITE', 'alice ACK']);
  });
});

describe('an INVITE that is cancelled', () => {
  test('fails with 487 at once, and its CANCEL says why', () => {
    const { invite, sent, listener, sessions } = newCaller();
    const session = invite();
    respond(sent[0]!, 180);
    session?.end({ status: 200, text: 'Call completed elsewhere' });
    session?.end();
    expect(sent[0]!.cancels.map((headers) => headers?.one(header.reason))).toEqual([
      {
        value: 'SIP',
        parameters: new Parameters([
          ['cause', '200'],
          ['text', '"Call completed elsewhere"'],
        ]),
      },
    ]);
    respond(sent[0]!, 487);
    expect([listener.calls, sessions.size]).toEqual([['progress 180', 'failure 487 us'], 0]);
  });

  test('gets ACK and BYE for a 2xx that crosses the CANCEL', () => {
    const { invite, sent, acks, listener, methods } = newCaller();
    const session = invite();
    respond(sent[0]!, 180);
    session?.end();
    respond(sent[0]!, 200, answered);
    expect([acks.length, methods(), listener.calls.at(-1)]).toEqual([1, ['INVITE', 'BYE b1'], 'failure 487 us']);
  });

  test('fails with 480 when the ring time is over', () => {
    const { invite, sent, clock, listener } = newCaller();
    invite({ timeout: 30_000 });
    respond(sent[0]!, 180);
    clock.advance(30_000);
    expect([listener.calls.at(-1), sent[0]!.cancels.length, clock.pending()]).toEqual(['failure 480 timer', 1, 0]);
  });

  test('before any response is cancelled at both sides as soon as it may be', () => {
    const { alice, bob, clock, flow, left } = newPair();
    const { session, listener } = alice.invite();
    session.end();
    clock.advance(300);
    expect(flow()).toEqual([
      'alice INVITE',
      'bob 100 INVITE',
      'alice CANCEL',
      'bob 200 CANCEL',
      'bob 487 INVITE',
      'alice ACK',
    ]);
    expect([listener.calls, bob.incoming[0]!.listener.calls]).toEqual([['failure 487 us'], ['end peer']]);
    clock.advance(40_000);
    expect(left()).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('an INVITE that fails', () => {
  test.each([302, 404, 486, 503, 603])('reports %i with the causes of the response, and follows no 3xx', (status) => {
    const { invite, sent, listener, sessions, clock } = newCaller();
    const failures: unknown[] = [];
    invite();
    Object.assign(listener, { onFailure: (failure: unknown) => failures.push(failure) });
    const cause = new Parameters([['cause', '17']]);
    respond(sent[0]!, status, {
      headers: [
        Field.of(header.reason, { value: 'Q.850', parameters: cause }),
        Field.of(header.retryAfter, '60 (later)'),
      ],
    });
    expect(failures).toMatchObject([{ by: 'peer', status, q850: 17, retryAfter: 60 }]);
    expect([sent.length, sessions.size, clock.pending()]).toEqual([1, 0, 0]);
  });

  test('reports the first five Contacts of a 3xx, those with the highest q first', () => {
    const { invite, sent, listener } = newCaller();
    const failures: Failure[] = [];
    invite();
    Object.assign(listener, { onFailure: (failure: Failure) => failures.push(failure) });
    const contact = (user: string, q: string) =>
      Field.of(header.contact, address(sipUri({ user, host: 'pbx.example.com' }), new Parameters([['q', q]])));
    const contacts = [contact('low', '0.1'), contact('odd', '7'), contact('high', '0.9'), contact('fifth', '0.5')];
    respond(sent[0]!, 302, { headers: [...contacts, contact('sixth', '1')] });
    expect(failures[0]?.contacts?.map((uri) => isSipUri(uri) && uri.user)).toEqual([
      'b1',
      'odd',
      'high',
      'fifth',
      'low',
    ]);
  });

  test('reports no Contact that is malformed', () => {
    const { invite, sent, listener } = newCaller();
    const failures: Failure[] = [];
    invite();
    Object.assign(listener, { onFailure: (failure: Failure) => failures.push(failure) });
    respond(sent[0]!, 302, { headers: [new Field('Contact', 'contact', '<sip:')] });
    expect(failures).toMatchObject([{ status: 302, contacts: [] }]);
  });

  test('reports 408 without a response, and 503 if it cannot be sent', () => {
    for (const [reason, expected] of [
      ['timeout', 'failure 408 transport'],
      ['transport error', 'failure 503 transport'],
    ] as const) {
      const { invite, sent, listener } = newCaller();
      invite();
      sent[0]!.listener.onFailure(reason);
      expect(listener.calls).toEqual([expected]);
    }
  });

  test('by an answer without session description is acknowledged and ended', () => {
    const { invite, sent, listener, methods, acks } = newCaller();
    invite();
    respond(sent[0]!, 200);
    expect([listener.calls, acks.length, methods()]).toEqual([['failure 488 peer'], 1, ['INVITE', 'BYE b1']]);
  });

  const again = (request: SipRequest): SipRequest =>
    request.with(request.headers.with(header.cseq, { sequence: request.cseq.sequence + 1, method: 'INVITE' }));

  test('leaves when its sender sends it, and not again after a challenge', () => {
    const left: number[] = [];
    const { invite, sent } = newCaller();
    invite({ digest: { answer: again } }, { onSent: () => void left.push(sent.length) });
    expect(left).toEqual([]);
    sent[0]!.listener.onSent?.();
    respond(sent[0]!, 401);
    sent[1]!.listener.onSent?.();
    expect(left).toEqual([1]);
  });

  test('answers challenges three times at most', () => {
    const { invite, sent, listener } = newCaller();
    invite({ digest: { answer: again } });
    for (let attempt = 0; attempt < 4; attempt += 1) respond(sent[attempt]!, 401);
    expect(sent.map(({ request }) => request.cseq.sequence)).toEqual([1, 2, 3, 4]);
    expect(listener.calls).toEqual(['failure 401 peer']);
  });

  test('is not sent again after it was cancelled, or for a challenge that must not be answered', () => {
    const one = newCaller();
    one.invite({ digest: { answer: (request) => request } })?.end();
    respond(one.sent[0]!, 401);
    const other = newCaller();
    other.invite({ digest: { answer: () => new Fault('Challenged for another realm') } });
    respond(other.sent[0]!, 407);
    expect([one.sent.length, other.sent.length, other.listener.calls]).toEqual([1, 1, ['failure 407 peer']]);
  });
});

describe('an INVITE without offer', () => {
  test('is acknowledged with the answer of its user, and again with the same', () => {
    const { invite, sent, acks, listener, clock } = newCaller();
    const session = invite({ sdp: undefined });
    expect(sent[0]!.request.body.length).toBe(0);
    respond(sent[0]!, 200, answered);
    respond(sent[0]!, 200, answered);
    expect([listener.calls, acks.length]).toEqual([['answer bob'], 0]);
    session?.acknowledge(sdp('alice'));
    session?.acknowledge(sdp('alice'));
    respond(sent[0]!, 200, answered);
    expect(acks.map(({ body }) => body.toString())).toEqual([sdp('alice'), sdp('alice')]);
    clock.advance(60_000);
    expect(listener.calls).toEqual(['answer bob']);
  });

  test('is acknowledged with rejected media and ended if its user does not answer in 32 s', () => {
    const { invite, sent, acks, listener, methods, clock } = newCaller();
    invite({ sdp: undefined });
    respond(sent[0]!, 200, answered);
    clock.advance(32_000);
    expect([listener.calls, methods()]).toEqual([
      ['answer bob', 'end timer'],
      ['INVITE', 'BYE b1'],
    ]);
    expect(acks.map(({ body }) => /m=\S+ \d+/.exec(body.toString())?.[0])).toEqual(['m=audio 0']);
  });
});

test('beyond the limit of sessions no INVITE is sent', () => {
  const { invite, sent } = newCaller({ max: 1 });
  invite();
  expect([invite(), sent.length]).toEqual([undefined, 1]);
});

describe('an INVITE with parts beside its description', () => {
  const place = { type: 'application/pidf+xml', id: '<here@example.com>', body: Buffer.from('<presence/>') };
  const headers = Headers.none
    .append(textHeader('Geolocation'), '<cid:here@example.com>')
    .append(textHeader('Geolocation-Routing'), 'yes');
  const shown = ({ headers: all, body }: SipRequest) => ({
    type: all.one(header.contentType),
    fields: [...all].flatMap(({ name }) => (name.startsWith('Geolocation') ? [name] : [])),
    parts: partsOf({ headers: all, body }).map(({ type }) => type),
  });

  test('has both in its body', () => {
    const { invite, sent } = newCaller();
    invite({ headers, parts: [place] });
    expect(shown(sent[0]!.request)).toMatchObject({
      type: { value: 'multipart/mixed' },
      parts: ['application/sdp', place.type],
    });
    expect(sdpOf(sent[0]!.request)).toBe(sdp('alice'));
  });

  test.each([400, 413, 415, 488, 606])(
    'goes once more to a peer that answers %d, with the description alone',
    (status) => {
      const { invite, sent, listener } = newCaller();
      invite({ headers, parts: [place] });
      respond(sent[0]!, status);
      const { request } = sent[1]!;
      expect([shown(request), request.body.toString(), request.cseq.sequence]).toMatchObject([
        { type: { value: 'application/sdp' }, fields: ['Geolocation-Routing'] },
        sdp('alice'),
        2,
      ]);
      respond(sent[1]!, status);
      expect([sent.length, listener.calls]).toEqual([2, [expect.stringContaining(String(status))]]);
    },
  );

  test('is not sent again for another reason, and one without parts for none', () => {
    const { invite, sent } = newCaller();
    invite({ headers, parts: [place] });
    respond(sent[0]!, 486);
    invite();
    respond(sent[1]!, 415);
    expect(sent).toHaveLength(2);
  });
});

import { describe, expect, test } from 'vitest';
import { newRequest } from '../build.ts';
import { header } from '../header-kinds.ts';
import { serialize, type SipRequest } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { newVia } from '../via.ts';
import { alice, answer, bob, parseOrThrow, newTestLayer, requestOf, udp } from './layer.fixture.ts';

describe('matching', () => {
  const withVia = (request: SipRequest, host: string, branch: string): SipRequest =>
    request.with(request.headers.with(header.via, newVia('UDP', host, 5060, branch)));

  test('distinguishes requests of the same branch by their sender and method', () => {
    const { layer, requests } = newTestLayer();
    layer.receive(withVia(requestOf('OPTIONS'), '192.0.2.1', 'z9hG4bKx'), udp);
    layer.receive(
      newRequest({
        method: 'OPTIONS',
        uri: bob.uri,
        via: newVia('UDP', '192.0.2.2', 5060, 'z9hG4bKx'),
        from: alice,
        to: bob,
        callId: 'c2',
        sequence: 7,
      }),
      udp,
    );
    layer.receive(requestOf('INFO', 'z9hG4bKx'), udp);
    expect(requests).toHaveLength(3);
  });

  test('finds the INVITE and ACK of a client of RFC 2543, which has no unique branch', () => {
    const { layer, requests } = newTestLayer();
    const request2543 = (method: string, tag?: string): SipRequest =>
      withVia(
        newRequest({
          method,
          uri: bob.uri,
          via: newVia('UDP', '192.0.2.1', 5060, 'x'),
          from: alice,
          to: tag === undefined ? bob : { ...bob, parameters: new Parameters([['tag', tag]]) },
          callId: 'c1',
          sequence: 7,
        }),
        '192.0.2.1',
        'z9hG4bK',
      );
    layer.receive(request2543('INVITE'), udp);
    layer.receive(request2543('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 486 });
    layer.receive(request2543('ACK', 'ours'), udp);
    expect([requests.length, requests[0]!.transaction.state]).toEqual([1, 'confirmed']);
  });

  test('answers 482 to a merged request, but not to a second attempt after a challenge', () => {
    const { layer, requests, times } = newTestLayer();
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath1'), udp);
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath2'), udp);
    expect([requests.length, times(482)]).toEqual([1, [0]]);
    requests[0]!.transaction.respond({ status: 401 });
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath3'), udp);
    expect(requests).toHaveLength(2);
  });
});

test('at the limit of transactions a received request gets 503 with Retry-After, and our own is not sent', () => {
  const { layer, requests, listener, sent } = newTestLayer({ max: 2 });
  layer.receive(requestOf('OPTIONS', 'z9hG4bK1'), udp);
  layer.request(requestOf('INFO', 'z9hG4bK2'), udp, listener);
  layer.receive(
    newRequest({
      method: 'OPTIONS',
      uri: bob.uri,
      via: newVia('UDP', '192.0.2.9', 5060, 'z9hG4bK3'),
      from: alice,
      to: bob,
      callId: 'c3',
      sequence: 1,
    }),
    udp,
  );
  const rejection = sent.at(-1)!.message;
  expect([
    requests.length,
    rejection.kind === 'response' && rejection.status,
    rejection.headers.one(header.retryAfter),
    rejection.toTag,
  ]).toEqual([1, 503, '5', 'ours']);
  expect([layer.request(requestOf('INFO', 'z9hG4bK4'), udp, listener), layer.size]).toEqual([undefined, 2]);
});

test('a response has the Via, From, To with tag, Call-ID and CSeq of its request', () => {
  const { layer, requests } = newTestLayer();
  const request = requestOf('OPTIONS');
  layer.receive(request, udp);
  const response = requests[0]!.transaction.respond({ status: 200 })!;
  const back = parseOrThrow(serialize(response));
  expect([back.via, back.from, back.callId, back.cseq, back.toTag]).toEqual([
    request.via,
    request.from,
    request.callId,
    request.cseq,
    'ours',
  ]);
});

test('an INVITE that another task has received is answered with the tag of that task, until the ACK', () => {
  const { layer, clock, times, requests, sent } = newTestLayer();
  const invite = requestOf('INVITE');
  layer.adopt(invite, udp, 'theirs')?.respond({ status: 503 });
  clock.advance(600);
  expect([times(503), sent.at(-1)?.message.toTag]).toEqual([[0, 500], 'theirs']);
  expect(layer.adopt(invite, udp, 'theirs')).toBe(undefined);
  layer.receive(requestOf('CANCEL'), udp);
  // RFC 3261 §9.2: the response to the CANCEL has the tag of those to its INVITE.
  expect([times(200), sent.at(-1)?.message.toTag]).toEqual([[600], 'theirs']);
  layer.receive(requestOf('ACK'), udp);
  clock.advance(40_000);
  expect([times(503), requests, layer.size]).toEqual([[0, 500], [], 0]);
});

test('an INVITE that another task has sent is not sent again, is cancelled at once and gets its ACK', () => {
  const { layer, clock, times, listener, seen } = newTestLayer();
  const invite = requestOf('INVITE');
  const transaction = layer.resume(invite, udp, listener);
  clock.advance(60_000);
  transaction?.cancel();
  layer.receive(answer(invite, 487), udp);
  expect([times('INVITE'), times('CANCEL'), times('ACK'), seen]).toEqual([[], [60_000], [60_000], ['487']]);
});

test('a closed layer sends nothing, notifies no one and starts no transaction', () => {
  const { layer, clock, sent, seen, requests, listener } = newTestLayer();
  layer.request(requestOf('INVITE', 'z9hG4bK1'), udp, listener);
  layer.receive(requestOf('INVITE', 'z9hG4bK2'), udp);
  const before = sent.length;
  layer.close();
  clock.advance(60_000);
  layer.receive(requestOf('OPTIONS', 'z9hG4bK3'), udp);
  requests[0]!.transaction.respond({ status: 200 });
  expect([
    sent.length - before,
    seen,
    requests.length,
    layer.request(requestOf('INFO', 'z9hG4bK4'), udp, listener),
    layer.size,
    clock.pending(),
  ]).toEqual([0, [], 1, undefined, 0, 0]);
});

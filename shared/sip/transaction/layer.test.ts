import { describe, expect, test } from 'vitest';
import { newRequest } from '../build.ts';
import { header } from '../header-kinds.ts';
import { serialize, type SipRequest } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { newVia } from '../via.ts';
import { alice, bob, parsed, place, requestOf, udp } from './layer.fixture.ts';

describe('matching', () => {
  const withVia = (request: SipRequest, host: string, branch: string): SipRequest =>
    request.with(request.headers.with(header.via, newVia('UDP', host, 5060, branch)));

  test('tells requests of the same branch by their sender and method', () => {
    const { layer, requests } = place();
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

  test('finds the INVITE and ACK of a client by RFC 2543, which has no unique branch', () => {
    const { layer, requests } = place();
    const elder = (method: string, tag?: string): SipRequest =>
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
    layer.receive(elder('INVITE'), udp);
    layer.receive(elder('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 486 });
    layer.receive(elder('ACK', 'ours'), udp);
    expect([requests.length, requests[0]!.transaction.state]).toEqual([1, 'confirmed']);
  });

  test('answers 482 to a request that came by another path already, not to the second try of one that was challenged', () => {
    const { layer, requests, times } = place();
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath1'), udp);
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath2'), udp);
    expect([requests.length, times(482)]).toEqual([1, [0]]);
    requests[0]!.transaction.respond({ status: 401 });
    layer.receive(requestOf('REGISTER', 'z9hG4bKpath3'), udp);
    expect(requests).toHaveLength(2);
  });
});

test('no more transactions than allowed: a request beyond is answered 503 with Retry-After, an own one refused', () => {
  const { layer, requests, listener, sent } = place({ most: 2 });
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

test('responses carry back the Via, From, To with tag, Call-ID and CSeq of the request', () => {
  const { layer, requests } = place();
  const request = requestOf('OPTIONS');
  layer.receive(request, udp);
  const response = requests[0]!.transaction.respond({ status: 200 })!;
  const back = parsed(serialize(response));
  expect([back.via, back.from, back.callId, back.cseq, back.toTag]).toEqual([
    request.via,
    request.from,
    request.callId,
    request.cseq,
    'ours',
  ]);
});

test('a layer that is closed sends nothing more, tells nobody, and begins nothing', () => {
  const { layer, clock, sent, seen, requests, listener } = place();
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

import { describe, expect, test } from 'vitest';
import { newRequest } from '../build.ts';
import { newTestLayer, requestOf, strangers, tcp, udp } from './layer.fixture.ts';

describe('an INVITE server transaction', () => {
  test('answers 100 if its user has not answered within 200 ms, and repeats it for a retransmission', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.beStateful();
    layer.receive(requestOf('INVITE'), udp);
    clock.advance(200);
    layer.receive(requestOf('INVITE'), udp);
    expect(times(100)).toEqual([200, 200]);
  });

  test('answers 100 when its user says late that it answers', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    clock.advance(1_000);
    requests[0]!.transaction.beStateful();
    expect(times(100)).toEqual([1_000]);
  });

  test('answers 100 as soon as its user says that the call is stored, once, and not after another response', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    const [{ transaction } = expect.fail('no request')] = requests;
    transaction.beStateful();
    clock.advance(50);
    for (let time = 0; time < 2; time += 1) transaction.trying();
    clock.advance(100);
    transaction.respond({ status: 180 });
    transaction.trying();
    clock.advance(1_000);
    expect([times(100), times(180)]).toEqual([[50], [150]]);
  });

  test('of a client that may be anyone sends no 100, so that the client repeats its INVITE until the end', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    clock.advance(1_000);
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.respondOnce([{ status: 407 }]);
    layer.receive(requestOf('INVITE'), udp);
    expect([times(100), times(407), requests.length]).toEqual([[], [1_000], 2]);
  });

  test('whose client has heard 100 repeats also a rejection that others hear once', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.beStateful();
    clock.advance(200);
    requests[0]!.transaction.respondOnce([{ status: 503 }, { status: 500 }]);
    clock.advance(1_500);
    expect([times(100), times(503)]).toEqual([[200], [200, 700, 1_700]]);
  });

  test('sends no 100 if its user answered before', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 180 });
    clock.advance(1_000);
    expect([times(100), times(180)]).toEqual([[], [0]]);
  });

  test('retransmits a failure after T1, doubling up to T2, for 64 T1 without ACK (timers G and H)', () => {
    const { layer, clock, seen, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 486 });
    clock.advance(40_000);
    expect(times(486)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([seen, layer.size]).toEqual([['server timeout'], 0]);
  });

  test('does not retransmit over a reliable transport, but waits for the ACK', () => {
    const { layer, clock, seen, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), tcp);
    requests[0]!.transaction.respond({ status: 486 });
    clock.advance(32_000);
    expect([times(486), seen]).toEqual([[0], ['server timeout']]);
  });

  test('terminates T4 after the ACK (timer I), at once over a reliable transport', () => {
    for (const [flow, left] of [
      [udp, 1],
      [tcp, 0],
    ] as const) {
      const { layer, clock, seen, requests, times } = newTestLayer();
      const request = requestOf('INVITE');
      layer.receive(request, flow);
      const response = requests[0]!.transaction.respond({ status: 486 })!;
      const ack = newRequest({
        method: 'ACK',
        uri: request.uri,
        via: request.via,
        from: request.from,
        to: response.to,
        callId: 'c1',
        sequence: 7,
      });
      layer.receive(ack, flow);
      clock.advance(4_999);
      expect([layer.size, times(486), seen]).toEqual([left, [0], []]);
      clock.advance(1);
      expect(layer.size).toBe(0);
    }
  });

  test('absorbs retransmissions after a 2xx for 64 T1, and passes the ACK on (RFC 6026, timer L)', () => {
    const { layer, clock, seen, requests, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    const { transaction } = requests[0]!;
    transaction.respond({ status: 200 });
    layer.receive(requestOf('INVITE'), udp);
    transaction.repeat();
    layer.receive(requestOf('ACK'), udp);
    layer.receive(requestOf('ACK', 'z9hG4bKnew'), udp);
    clock.advance(32_000);
    expect([times(200), seen, layer.size, requests.length]).toEqual([[0, 0], ['ack', 'ack'], 0, 1]);
  });

  test('answers a CANCEL with 200 and leaves the INVITE to its user; a CANCEL without INVITE gets 481', () => {
    const { layer, times } = newTestLayer();
    layer.receive(requestOf('CANCEL'), udp);
    expect(times(481)).toEqual([0]);
    const second = newTestLayer();
    second.layer.receive(requestOf('INVITE'), udp);
    second.layer.receive(requestOf('CANCEL'), udp);
    expect([second.times(200), second.times(487)]).toEqual([[0], [0]]);
  });

  test('is neither cancelled nor acknowledged from elsewhere', () => {
    const { layer, requests, seen, times } = newTestLayer();
    layer.receive(requestOf('INVITE'), udp);
    layer.receive(requestOf('CANCEL'), strangers);
    expect([requests[0]!.transaction.state, times(481), times(487)]).toEqual(['proceeding', [0], []]);
    requests[0]!.transaction.respond({ status: 200 });
    layer.receive(requestOf('ACK'), strangers);
    expect(seen).toEqual([]);
    layer.receive(requestOf('ACK'), udp);
    expect(seen).toEqual(['ack']);
  });
});

describe('an unauthenticated request', () => {
  test.each(['INVITE', 'REGISTER'])('%s is answered once, and then forgotten', (method) => {
    const { layer, clock, seen, requests, times } = newTestLayer();
    layer.receive(requestOf(method), udp);
    requests[0]!.transaction.respondOnce([{ status: 403 }]);
    expect([layer.size, clock.pending()]).toEqual([0, 0]);
    clock.advance(64_000);
    requests[0]!.transaction.respondOnce([{ status: 403 }]);
    expect([times(403), seen]).toEqual([[0], []]);
    layer.receive(requestOf(method), udp);
    expect([requests.length, times(482)]).toEqual([2, []]);
  });

  test('gets the first response that is proportionate to it, or none', () => {
    const { layer, requests, sent, times } = newTestLayer();
    const [long, short] = [
      { status: 420, reason: 'x'.repeat(1_000) },
      { status: 420, reason: 'y' },
    ];
    layer.receive(requestOf('OPTIONS'), { reliable: false, received: 200 });
    requests[0]!.transaction.respondOnce([long, short]);
    layer.receive(requestOf('OPTIONS'), { reliable: false, received: 50 });
    requests[1]!.transaction.respondOnce([long, short]);
    layer.receive(requestOf('CANCEL'), { reliable: false, received: 50 });
    expect([times(420).length, sent.length, layer.size]).toEqual([1, 1, 0]);
  });
});

describe('a non-INVITE server transaction', () => {
  test('sends nothing by itself, and ends after 64 T1 without an answer', () => {
    const { layer, clock, sent, seen } = newTestLayer();
    layer.receive(requestOf('REGISTER'), udp);
    clock.advance(32_000);
    expect([sent, seen, layer.size]).toEqual([[], ['server timeout'], 0]);
  });

  test('answers a retransmission with its latest response for 64 T1 (timer J)', () => {
    const { layer, clock, requests, times } = newTestLayer();
    layer.receive(requestOf('REGISTER'), udp);
    layer.receive(requestOf('REGISTER'), udp);
    requests[0]!.transaction.respond({ status: 200 });
    clock.advance(31_999);
    layer.receive(requestOf('REGISTER'), udp);
    clock.advance(1);
    expect([times(200), layer.size, requests.length]).toEqual([[0, 31_999], 0, 1]);
  });

  test('terminates with its final response over a reliable transport', () => {
    const { layer, requests } = newTestLayer();
    layer.receive(requestOf('REGISTER'), tcp);
    requests[0]!.transaction.respond({ status: 200 });
    expect(layer.size).toBe(0);
  });

  test('ignores responses of its user after a final response', () => {
    const { layer, requests, times } = newTestLayer();
    layer.receive(requestOf('REGISTER'), udp);
    requests[0]!.transaction.respond({ status: 200 });
    expect([requests[0]!.transaction.respond({ status: 500 }), times(500)]).toEqual([undefined, []]);
  });
});

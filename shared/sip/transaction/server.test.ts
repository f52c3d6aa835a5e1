import { describe, expect, test } from 'vitest';
import { newRequest } from '../build.ts';
import { place, requestOf, tcp, udp } from './layer.fixture.ts';

describe('an INVITE server', () => {
  test('answers 100 where its user has not answered in 200 ms, and the same to a repetition', () => {
    const { layer, clock, times } = place();
    layer.receive(requestOf('INVITE'), udp);
    layer.receive(requestOf('INVITE'), udp);
    clock.advance(200);
    layer.receive(requestOf('INVITE'), udp);
    expect(times(100)).toEqual([200, 200]);
  });

  test('sends no 100 after a user that was faster', () => {
    const { layer, clock, requests, times } = place();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 180 });
    clock.advance(1_000);
    expect([times(100), times(180)]).toEqual([[], [0]]);
  });

  test('repeats a failure at T1, doubled up to T2, until 64 T1 have passed without ACK (timers G and H)', () => {
    const { layer, clock, seen, requests, times } = place();
    layer.receive(requestOf('INVITE'), udp);
    requests[0]!.transaction.respond({ status: 486 });
    clock.advance(40_000);
    expect(times(486)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([seen, layer.size]).toEqual([['server timeout'], 0]);
  });

  test('repeats nothing over a reliable transport, but waits for the ACK', () => {
    const { layer, clock, seen, requests, times } = place();
    layer.receive(requestOf('INVITE'), tcp);
    requests[0]!.transaction.respond({ status: 486 });
    clock.advance(32_000);
    expect([times(486), seen]).toEqual([[0], ['server timeout']]);
  });

  test('is quiet after the ACK, and gone T4 later (timer I), at once over a reliable transport', () => {
    for (const [flow, left] of [
      [udp, 1],
      [tcp, 0],
    ] as const) {
      const { layer, clock, seen, requests, times } = place();
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

  test('absorbs repetitions of an INVITE answered 2xx for 64 T1, and passes its ACK on (RFC 6026, timer L)', () => {
    const { layer, clock, seen, requests, times } = place();
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

  test('is cancelled: the CANCEL is answered 200, the INVITE by its user; one that is unknown 481', () => {
    const { layer, times } = place();
    layer.receive(requestOf('CANCEL'), udp);
    expect(times(481)).toEqual([0]);
    const second = place();
    second.layer.receive(requestOf('INVITE'), udp);
    second.layer.receive(requestOf('CANCEL'), udp);
    expect([second.times(200), second.times(487)]).toEqual([[0], [0]]);
  });
});

describe('another server', () => {
  test('says nothing by itself, and forgets what nobody answers after 64 T1', () => {
    const { layer, clock, sent, seen } = place();
    layer.receive(requestOf('REGISTER'), udp);
    clock.advance(32_000);
    expect([sent, seen, layer.size]).toEqual([[], ['server timeout'], 0]);
  });

  test('answers a repetition with its latest response for 64 T1 (timer J)', () => {
    const { layer, clock, requests, times } = place();
    layer.receive(requestOf('REGISTER'), udp);
    layer.receive(requestOf('REGISTER'), udp);
    requests[0]!.transaction.respond({ status: 200 });
    clock.advance(31_999);
    layer.receive(requestOf('REGISTER'), udp);
    clock.advance(1);
    expect([times(200), layer.size, requests.length]).toEqual([[0, 31_999], 0, 1]);
  });

  test('is done with its final response over a reliable transport', () => {
    const { layer, requests } = place();
    layer.receive(requestOf('REGISTER'), tcp);
    requests[0]!.transaction.respond({ status: 200 });
    expect(layer.size).toBe(0);
  });

  test('drops what its user says after a final response', () => {
    const { layer, requests, times } = place();
    layer.receive(requestOf('REGISTER'), udp);
    requests[0]!.transaction.respond({ status: 200 });
    expect([requests[0]!.transaction.respond({ status: 500 }), times(500)]).toEqual([undefined, []]);
  });
});

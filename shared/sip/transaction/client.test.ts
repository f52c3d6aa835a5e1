import { describe, expect, test } from 'vitest';
import { textHeader } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { answer, newTestLayer, requestOf, tcp, udp } from './layer.fixture.ts';

describe('an INVITE client transaction', () => {
  test('retransmits after T1, doubling each time, and times out after 64 T1 (timers A and B)', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    layer.request(requestOf('INVITE'), udp, listener);
    clock.advance(40_000);
    expect(times('INVITE')).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect([seen, layer.size, clock.pending()]).toEqual([['timeout'], 0, 0]);
  });

  test('sends once over a reliable transport, and times out after 64 T1', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    layer.request(requestOf('INVITE'), tcp, listener);
    clock.advance(31_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect([times('INVITE'), seen]).toEqual([[0], ['timeout']]);
  });

  test('waits without limit and without retransmission after a provisional response', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 180), udp);
    clock.advance(180_000);
    expect([times('INVITE'), seen, layer.size]).toEqual([[0], ['180'], 1]);
  });

  test('acknowledges each retransmission of a failure for 32 s, and passes it on once (timer D)', () => {
    const { layer, clock, sent, seen, listener, times } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 486), udp);
    clock.advance(31_999);
    layer.receive(answer(request, 486), udp);
    clock.advance(1);
    expect([times('ACK'), seen, layer.size]).toEqual([[0, 31_999], ['486'], 0]);
    const ack = sent.find(({ message }) => message.kind === 'request' && message.method === 'ACK')?.message;
    expect([ack?.toTag, ack?.cseq, ack?.via.parameters.get('branch'), ack?.callId]).toEqual([
      'b1',
      { sequence: 7, method: 'ACK' },
      'z9hG4bKb1',
      'c1',
    ]);
  });

  test('terminates at once after a failure over a reliable transport', () => {
    const { layer, listener } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, tcp, listener);
    layer.receive(answer(request, 486), tcp);
    expect(layer.size).toBe(0);
  });

  test('passes each 2xx on for 64 T1, and acknowledges none itself (RFC 6026, timer M)', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, tcp, listener);
    layer.receive(answer(request, 200, 'b1'), tcp);
    clock.advance(31_999);
    layer.receive(answer(request, 200, 'b2'), tcp);
    clock.advance(1);
    layer.receive(answer(request, 200, 'b3'), tcp);
    expect([seen, times('ACK')]).toEqual([['200', '200', 'stray 200'], []]);
  });

  test('is cancelled at once after a provisional response, with the same branch and a Reason', () => {
    const { layer, listener, sent } = newTestLayer();
    const request = requestOf('INVITE');
    const transaction = layer.request(request, udp, listener)!;
    layer.receive(answer(request, 180), udp);
    transaction.cancel(Headers.none.append(textHeader('Reason'), 'SIP;cause=200'));
    transaction.cancel();
    expect(sent).toHaveLength(2);
    const cancel = sent.at(-1)!.message;
    expect([
      cancel.cseq,
      cancel.via.parameters.get('branch'),
      cancel.toTag,
      ...cancel.headers.fields({ key: 'reason' }),
    ]).toEqual([
      { sequence: 7, method: 'CANCEL' },
      'z9hG4bKb1',
      undefined,
      expect.objectContaining({ value: 'SIP;cause=200' }),
    ]);
  });

  test('remembers a CANCEL until the first provisional response (RFC 3261 §9.1)', () => {
    const { layer, clock, listener, seen, times } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener)!.cancel();
    clock.advance(1_000);
    expect([times('INVITE'), times('CANCEL')]).toEqual([[0, 500], []]);
    layer.receive(answer(request, 100), udp);
    expect([times('CANCEL'), seen]).toEqual([[1_000], ['100']]);
    layer.receive(answer(request, 487), udp);
    expect([times('ACK'), seen]).toEqual([[1_000], ['100', '487']]);
  });

  test('that is cancelled before any response sends no CANCEL and times out', () => {
    const { layer, clock, listener, seen, times } = newTestLayer();
    layer.request(requestOf('INVITE'), udp, listener)!.cancel();
    clock.advance(32_000);
    expect([seen, times('CANCEL'), layer.size, clock.pending()]).toEqual([['timeout'], [], 0, 0]);
  });

  test('ends 64 T1 after a CANCEL that brings no final response (RFC 3261 §9.1)', () => {
    const { layer, clock, listener, seen } = newTestLayer();
    const request = requestOf('INVITE');
    const transaction = layer.request(request, udp, listener)!;
    layer.receive(answer(request, 180), udp);
    transaction.cancel();
    layer.receive(answer(request, 183), udp);
    clock.advance(31_999);
    expect(layer.size).toBe(2);
    clock.advance(1);
    expect([seen, layer.size, clock.pending()]).toEqual([['180', '183', 'timeout'], 0, 0]);
  });

  test('is answered by a 2xx that crosses the CANCEL', () => {
    const { layer, listener, seen } = newTestLayer();
    const request = requestOf('INVITE');
    const transaction = layer.request(request, udp, listener)!;
    layer.receive(answer(request, 180), udp);
    transaction.cancel();
    layer.receive(answer(request, 200), udp);
    expect([seen, transaction.state]).toEqual([['180', '200'], 'accepted']);
  });

  test.each([
    [4, [0, 500, 1_500, 3_500]],
    [2, [0, 500, 1_500]],
  ])(
    'with fail-over gives a server up after %i s without any response, and cancels if it rings late',
    (after, sent) => {
      const { layer, clock, listener, seen, times } = newTestLayer();
      const request = requestOf('INVITE');
      const transaction = layer.request(request, udp, listener, after)!;
      clock.advance(after * 1_000 - 1);
      expect(seen).toEqual([]);
      clock.advance(1);
      expect([seen, times('INVITE')]).toEqual([['timeout'], sent]);
      layer.receive(answer(request, 180), udp);
      expect([times('CANCEL'), transaction.state]).toEqual([[after * 1_000], 'cancelled']);
      layer.receive(answer(request, 487), udp);
      clock.advance(32_000);
      expect([seen, times('ACK'), layer.size, clock.pending()]).toEqual([['timeout'], [after * 1_000], 0, 0]);
    },
  );

  test('without fail-over reports after 4 s that there is no response, and goes on', () => {
    const { layer, clock, listener, seen, times } = newTestLayer();
    const [silent, heard] = [requestOf('INVITE'), requestOf('INVITE', 'z9hG4bKb2')];
    layer.request(silent, udp, { ...listener, onSilence: () => seen.push('silence') });
    layer.request(heard, udp, { ...listener, onSilence: () => seen.push('silence of another') });
    layer.receive(answer(heard, 100), udp);
    clock.advance(4_000);
    expect(seen).toEqual(['100', 'silence']);
    clock.advance(4_000);
    expect(times('INVITE').filter((at) => at > 0)).toEqual([500, 1_500, 3_500, 7_500]);
    layer.receive(answer(silent, 180), udp);
    expect(seen).toEqual(['100', 'silence', '180']);
  });

  test('that was given up passes a late 2xx on, and ends silently without one', () => {
    const { layer, clock, listener, seen } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener, 4);
    layer.request(requestOf('INVITE', 'z9hG4bKb2'), udp, listener, 4);
    clock.advance(4_000);
    layer.receive(answer(request, 200), udp);
    expect(seen).toEqual(['timeout', 'timeout', '200']);
    clock.advance(32_000);
    expect([seen.length, layer.size, clock.pending()]).toEqual([3, 0, 0]);
  });

  test('with fail-over waits without limit after a provisional response', () => {
    const { layer, clock, listener, seen } = newTestLayer();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener, 4);
    layer.receive(answer(request, 100), udp);
    clock.advance(180_000);
    expect([seen, layer.size]).toEqual([['100'], 1]);
  });
});

describe('a non-INVITE client transaction', () => {
  test('retransmits after T1, doubling up to T2, and times out after 64 T1 (timers E and F)', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    layer.request(requestOf('OPTIONS'), udp, listener);
    clock.advance(40_000);
    expect(times('OPTIONS')).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([seen, layer.size]).toEqual([['timeout'], 0]);
  });

  test('goes on retransmitting after a provisional response, and still times out', () => {
    const { layer, clock, seen, listener, times } = newTestLayer();
    const request = requestOf('OPTIONS');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 100), udp);
    clock.advance(32_000);
    expect([times('OPTIONS').length, seen]).toEqual([11, ['100', 'timeout']]);
  });

  test('absorbs retransmissions of the final response for T4 (timer K), none over a reliable transport', () => {
    const { layer, clock, seen, listener } = newTestLayer();
    const request = requestOf('OPTIONS');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 200), udp);
    clock.advance(4_999);
    layer.receive(answer(request, 200), udp);
    clock.advance(1);
    layer.receive(answer(request, 200), udp);
    expect(seen).toEqual(['200', 'stray 200']);
    layer.request(request, tcp, listener);
    layer.receive(answer(request, 200), tcp);
    expect(layer.size).toBe(0);
  });

  test('reports at once that it could not send', () => {
    const { layer, seen, listener } = newTestLayer({ failing: true });
    layer.request(requestOf('OPTIONS'), udp, listener);
    expect([seen, layer.size]).toEqual([['transport error'], 0]);
  });

  test('accepts only responses with its branch and method', () => {
    const { layer, seen, listener } = newTestLayer();
    const request = requestOf('OPTIONS');
    layer.request(request, udp, listener);
    layer.receive(answer(requestOf('OPTIONS', 'z9hG4bKother'), 200), udp);
    layer.receive(answer(requestOf('INFO'), 200), udp);
    expect([seen, layer.size]).toEqual([['stray 200', 'stray 200'], 1]);
  });
});

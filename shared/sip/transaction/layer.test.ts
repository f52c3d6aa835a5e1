import { describe, expect, test } from 'vitest';
import { address } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { header } from '../header-kinds.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest, type SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import { fakeTimers } from './timers.fixture.ts';
import { type Flow, TransactionLayer, type TransactionUser } from './layer.ts';
import type { ServerTransaction } from './server.ts';

const udp = { reliable: false };
const tcp = { reliable: true };
const alice = address(sipUri({ user: 'alice', host: 'example.com' }), new Parameters([['tag', 'a1']]));
const bob = address(sipUri({ user: 'bob', host: 'example.com' }));

const requestOf = (method: string, branch = 'z9hG4bKb1'): SipRequest =>
  newRequest({ method, uri: bob.uri, via: newVia('UDP', '192.0.2.1', 5060, branch), from: alice, to: bob, callId: 'c1', sequence: 7 });

const parsed = (bytes: Buffer): SipMessage => {
  const message = parseMessage(bytes);
  if (message.kind === 'malformed') throw new Error(message.reason);
  return message;
};

/** A layer over a wire that keeps what is sent, with the times at which it was. */
function place({ most = 100, failing = false } = {}) {
  const clock = fakeTimers();
  const sent: { at: number; message: SipMessage }[] = [];
  const seen: string[] = [];
  const requests: { request: SipRequest; transaction: ServerTransaction<Flow> }[] = [];
  const user: TransactionUser<Flow> = {
    onRequest: (request, transaction) => void requests.push({ request, transaction }),
    onAck: () => void seen.push('ack'),
    onCancel: (transaction) => transaction.respond({ status: 487 }),
    onStrayResponse: ({ status }) => void seen.push(`stray ${status}`),
    onServerFailure: (_, reason) => void seen.push(`server ${reason}`),
  };
  const layer = new TransactionLayer<Flow>({
    send: (bytes, _, failed) => {
      sent.push({ at: clock.now(), message: parsed(bytes) });
      if (failing) failed();
    },
    setTimer: clock.setTimer,
    newTag: () => 'ours',
    most,
    user,
  });
  const listener = { onResponse: ({ status }: SipResponse) => void seen.push(String(status)), onFailure: (reason: string) => void seen.push(reason) };
  const times = (what: string | number): number[] => sent.filter(({ message }) => (message.kind === 'request' ? message.method : message.status) === what).map(({ at }) => at);
  return { layer, clock, sent, seen, requests, listener, times };
}

const answer = (request: SipRequest, status: number, toTag = 'b1'): SipResponse => newResponse(request, { status, toTag });

describe('an INVITE client', () => {
  test('sends again at T1, doubled each time, and gives up after 64 T1 (timers A and B)', () => {
    const { layer, clock, seen, listener, times } = place();
    layer.request(requestOf('INVITE'), udp, listener);
    clock.advance(40_000);
    expect(times('INVITE')).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect([seen, layer.size, clock.pending()]).toEqual([['timeout'], 0, 0]);
  });

  test('sends once over a reliable transport, and gives up after 64 T1', () => {
    const { layer, clock, seen, listener, times } = place();
    layer.request(requestOf('INVITE'), tcp, listener);
    clock.advance(31_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect([times('INVITE'), seen]).toEqual([[0], ['timeout']]);
  });

  test('waits as long as it rings, without sending again', () => {
    const { layer, clock, seen, listener, times } = place();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 180), udp);
    clock.advance(180_000);
    expect([times('INVITE'), seen, layer.size]).toEqual([[0], ['180'], 1]);
  });

  test('acknowledges each repetition of a failure for 32 s, and passes it on once (timer D)', () => {
    const { layer, clock, sent, seen, listener, times } = place();
    const request = requestOf('INVITE');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 486), udp);
    clock.advance(31_999);
    layer.receive(answer(request, 486), udp);
    clock.advance(1);
    expect([times('ACK'), seen, layer.size]).toEqual([[0, 31_999], ['486'], 0]);
    const ack = sent.find(({ message }) => message.kind === 'request' && message.method === 'ACK')?.message;
    expect([ack?.toTag, ack?.cseq, ack?.via.parameters.get('branch'), ack?.callId]).toEqual(['b1', { sequence: 7, method: 'ACK' }, 'z9hG4bKb1', 'c1']);
  });

  test('is done at once with a failure over a reliable transport', () => {
    const { layer, listener } = place();
    const request = requestOf('INVITE');
    layer.request(request, tcp, listener);
    layer.receive(answer(request, 486), tcp);
    expect(layer.size).toBe(0);
  });

  test('passes each 2xx on for 64 T1, and acknowledges none itself (RFC 6026, timer M)', () => {
    const { layer, clock, seen, listener, times } = place();
    const request = requestOf('INVITE');
    layer.request(request, tcp, listener);
    layer.receive(answer(request, 200, 'b1'), tcp);
    clock.advance(31_999);
    layer.receive(answer(request, 200, 'b2'), tcp);
    clock.advance(1);
    layer.receive(answer(request, 200, 'b3'), tcp);
    expect([seen, times('ACK')]).toEqual([['200', '200', 'stray 200'], []]);
  });

  test('is cancelled only once it was answered provisionally, by the same branch', () => {
    const { layer, listener, sent } = place();
    const request = requestOf('INVITE');
    const transaction = layer.request(request, udp, listener)!;
    expect(layer.cancel(transaction, listener)).toBeUndefined();
    layer.receive(answer(request, 180), udp);
    layer.cancel(transaction, listener);
    const cancel = sent.at(-1)?.message;
    expect([cancel?.cseq, cancel?.via.parameters.get('branch'), cancel?.toTag]).toEqual([{ sequence: 7, method: 'CANCEL' }, 'z9hG4bKb1', undefined]);
  });
});

describe('another client', () => {
  test('sends again at T1, doubled up to T2, and gives up after 64 T1 (timers E and F)', () => {
    const { layer, clock, seen, listener, times } = place();
    layer.request(requestOf('OPTIONS'), udp, listener);
    clock.advance(40_000);
    expect(times('OPTIONS')).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([seen, layer.size]).toEqual([['timeout'], 0]);
  });

  test('goes on sending after a provisional response, and still gives up', () => {
    const { layer, clock, seen, listener, times } = place();
    const request = requestOf('OPTIONS');
    layer.request(request, udp, listener);
    layer.receive(answer(request, 100), udp);
    clock.advance(32_000);
    expect([times('OPTIONS').length, seen]).toEqual([11, ['100', 'timeout']]);
  });

  test('absorbs repetitions of the final response for T4 (timer K), not at all over a reliable transport', () => {
    const { layer, clock, seen, listener } = place();
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

  test('tells at once that it could not send', () => {
    const { layer, seen, listener } = place({ failing: true });
    layer.request(requestOf('OPTIONS'), udp, listener);
    expect([seen, layer.size]).toEqual([['transport error'], 0]);
  });

  test('takes only responses with its branch and method', () => {
    const { layer, seen, listener } = place();
    const request = requestOf('OPTIONS');
    layer.request(request, udp, listener);
    layer.receive(answer(requestOf('OPTIONS', 'z9hG4bKother'), 200), udp);
    layer.receive(answer(requestOf('INFO'), 200), udp);
    expect([seen, layer.size]).toEqual([['stray 200', 'stray 200'], 1]);
  });
});

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
    for (const [flow, left] of [[udp, 1], [tcp, 0]] as const) {
      const { layer, clock, seen, requests, times } = place();
      const request = requestOf('INVITE');
      layer.receive(request, flow);
      const response = requests[0]!.transaction.respond({ status: 486 })!;
      const ack = newRequest({ method: 'ACK', uri: request.uri, via: request.via, from: request.from, to: response.to, callId: 'c1', sequence: 7 });
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

describe('matching', () => {
  const withVia = (request: SipRequest, host: string, branch: string): SipRequest => request.with(request.headers.with(header.via, newVia('UDP', host, 5060, branch)));

  test('tells requests of the same branch by their sender and method', () => {
    const { layer, requests } = place();
    layer.receive(withVia(requestOf('OPTIONS'), '192.0.2.1', 'z9hG4bKx'), udp);
    layer.receive(newRequest({ method: 'OPTIONS', uri: bob.uri, via: newVia('UDP', '192.0.2.2', 5060, 'z9hG4bKx'), from: alice, to: bob, callId: 'c2', sequence: 7 }), udp);
    layer.receive(requestOf('INFO', 'z9hG4bKx'), udp);
    expect(requests).toHaveLength(3);
  });

  test('finds the INVITE and ACK of a client by RFC 2543, which has no unique branch', () => {
    const { layer, requests } = place();
    const elder = (method: string, tag?: string): SipRequest =>
      withVia(newRequest({ method, uri: bob.uri, via: newVia('UDP', '192.0.2.1', 5060, 'x'), from: alice, to: tag === undefined ? bob : { ...bob, parameters: new Parameters([['tag', tag]]) }, callId: 'c1', sequence: 7 }), '192.0.2.1', 'z9hG4bK');
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
  layer.receive(newRequest({ method: 'OPTIONS', uri: bob.uri, via: newVia('UDP', '192.0.2.9', 5060, 'z9hG4bK3'), from: alice, to: bob, callId: 'c3', sequence: 1 }), udp);
  const refusal = sent.at(-1)!.message;
  expect([requests.length, refusal.kind === 'response' && refusal.status, refusal.headers.one(header.retryAfter), refusal.toTag]).toEqual([1, 503, '5', 'ours']);
  expect([layer.request(requestOf('INFO', 'z9hG4bK4'), udp, listener), layer.size]).toEqual([undefined, 2]);
});

test('responses carry back the Via, From, To with tag, Call-ID and CSeq of the request', () => {
  const { layer, requests } = place();
  const request = requestOf('OPTIONS');
  layer.receive(request, udp);
  const response = requests[0]!.transaction.respond({ status: 200 })!;
  const back = parsed(serialize(response));
  expect([back.via, back.from, back.callId, back.cseq, back.toTag]).toEqual([request.via, request.from, request.callId, request.cseq, 'ours']);
});

import { address } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { parseMessage, type SipMessage, type SipRequest, type SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import { type Flow, TransactionLayer, type TransactionUser } from './layer.ts';
import type { ServerTransaction } from './server.ts';
import { defaultTimers } from './timers.ts';
import { fakeTimers } from './timers.fixture.ts';

export const udp = { reliable: false };
export const tcp = { reliable: true };
/** The flow of someone else. */
export const strangers = { reliable: false };
export const alice = address(sipUri({ user: 'alice', host: 'example.com' }), new Parameters([['tag', 'a1']]));
export const bob = address(sipUri({ user: 'bob', host: 'example.com' }));

export const requestOf = (method: string, branch = 'z9hG4bKb1'): SipRequest =>
  newRequest({
    method,
    uri: bob.uri,
    via: newVia('UDP', '192.0.2.1', 5060, branch),
    from: alice,
    to: bob,
    callId: 'c1',
    sequence: 7,
  });

export const parseOrThrow = (bytes: Buffer): SipMessage => {
  const message = parseMessage(bytes);
  if (message.kind === 'malformed') throw new Error(message.reason);
  return message;
};

/** A transaction layer whose transport records the sent messages with their times. */
export function newTestLayer({ max = 100, failing = false } = {}) {
  const clock = fakeTimers();
  const sent: { at: number; message: SipMessage }[] = [];
  const seen: string[] = [];
  const requests: { request: SipRequest; transaction: ServerTransaction<Flow> }[] = [];
  const user: TransactionUser<Flow> = {
    onRequest: (request, transaction) => void requests.push({ request, transaction }),
    isOfSource: (_invite, flow) => flow !== strangers,
    onAck: () => void seen.push('ack'),
    onCancel: (transaction) => transaction.respond({ status: 487 }),
    onStrayResponse: ({ status }) => void seen.push(`stray ${status}`),
    onServerFailure: (_transaction, reason) => void seen.push(`server ${reason}`),
  };
  const layer = new TransactionLayer<Flow>({
    send: (bytes, _flow, failed) => {
      sent.push({ at: clock.now(), message: parseOrThrow(bytes) });
      if (failing) failed();
    },
    setTimer: clock.setTimer,
    timers: defaultTimers,
    newTag: () => 'ours',
    max,
    user,
  });
  const listener = {
    onResponse: ({ status }: SipResponse) => void seen.push(String(status)),
    onFailure: (reason: string) => void seen.push(reason),
  };
  const times = (what: string | number): number[] =>
    sent
      .filter(({ message }) => (message.kind === 'request' ? message.method : message.status) === what)
      .map(({ at }) => at);
  return { layer, clock, sent, seen, requests, listener, times };
}

export const answer = (request: SipRequest, status: number, toTag = 'b1'): SipResponse =>
  newResponse(request, { status, toTag });

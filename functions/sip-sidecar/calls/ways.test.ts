import { expect, test } from 'vitest';
import { address } from '../../../shared/sip/address.ts';
import { newRequest, newResponse } from '../../../shared/sip/build.ts';
import { serialize, type SipRequest } from '../../../shared/sip/message.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import type { StoredWay, Way } from '../../../shared/sip/session/session.ts';
import type { ClientListener } from '../../../shared/sip/transaction/client.ts';
import { sipUri, type SipUri } from '../../../shared/sip/uri.ts';
import { newVia } from '../../../shared/sip/via.ts';
import type { Flow } from '../transport/flow.ts';
import type { SipStack } from '../sip-stack.ts';
import { readWay, type WayItem } from './stored-way.ts';
import { flowWay, peerWay } from './ways.ts';

const flow: Flow = {
  transport: 'udp',
  local: { address: '192.0.2.1', port: 5060 },
  remote: { address: '192.0.2.2', port: 5060 },
};

/** A stack that gives each message its own branch. */
function newStack() {
  const transmitted: SipRequest[] = [];
  let branches = 0;
  const stack = {
    begin: () => undefined,
    transmit: (request: SipRequest) => void transmitted.push(request),
    via: () => newVia('UDP', '192.0.2.1', 5060, `z9hG4bK${(branches += 1)}`),
  };
  return { stack, sent: () => transmitted.map((request) => serialize(request).toString()) };
}

const party = address(sipUri({ user: 'bob', host: '192.0.2.2' }), new Parameters([['tag', 'b']]));
const newAck = (): SipRequest =>
  newRequest({ method: 'ACK', uri: party.uri, from: party, to: party, callId: 'call', sequence: 1 });

const peer = { host: '192.0.2.2', port: 5060, transport: 'udp' } as const;
const ways = {
  phone: ({ stack }: ReturnType<typeof newStack>) => flowWay(stack, flow),
  peer: ({ stack }: ReturnType<typeof newStack>) =>
    peerWay(
      {
        stack,
        outbound: {
          async *flows() {
            yield await Promise.resolve({ ...flow });
          },
        },
      },
      peer,
    ),
};

test.each(['phone', 'peer'] as const)('an ACK to a %s that is sent again is the same message', async (kind) => {
  const medium = newStack();
  const way = ways[kind](medium);
  const [first, second] = [newAck(), newAck()];
  for (const ack of [first, first, second]) way.acknowledge(ack);
  await expect.poll(medium.sent).toHaveLength(3);
  const [one, again, other] = medium.sent();
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test.each(['phone', 'peer'] as const)('the way to a %s is stored so that another task reads it', (kind) => {
  const stored: unknown = JSON.parse(JSON.stringify(ways[kind](newStack()).stored?.()));
  const read = readWay(stored as StoredWay, 'task_1');
  expect(read).toEqual(
    kind === 'phone' ? { kind: 'flow', flow: { ...flow, task: 'task_1' } } : { kind: 'peer', peer, home: [] },
  );
});

/** A stack whose requests are answered, and a network in which each host has the address that is its name. */
function newPeer() {
  const listeners: ClientListener[] = [];
  const { stack } = newStack();
  const begin: SipStack['begin'] = (_request, _flow, listener) => {
    listeners.push(listener);
    return undefined;
  };
  async function* flows({ host }: SipUri) {
    yield await Promise.resolve({ ...flow, remote: { address: host, port: 5060 } });
  }
  const dependencies = { stack: { ...stack, begin }, outbound: { flows } };
  /** Whether the way sees the answer to a request as that of its peer. */
  const answer = async (way: Way, host: string, toTag?: string): Promise<boolean | undefined> => {
    const to = address(party.uri, toTag === undefined ? undefined : new Parameters([['tag', toTag]]));
    const request = newRequest({
      method: 'INVITE',
      uri: sipUri({ user: 'bob', host }),
      via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bK1'),
      from: party,
      to,
      callId: 'call',
      sequence: 1,
    });
    const seen: (boolean | undefined)[] = [];
    const before = listeners.length;
    way.request(request, { onResponse: () => void seen.push(way.isAtPeer?.()), onFailure: () => undefined });
    await expect.poll(() => listeners.length).toBe(before + 1);
    listeners[before]?.onResponse(newResponse(request, { status: 401 }));
    return seen[0];
  };
  return { dependencies, answer };
}

test('a response is of the peer at the addresses that answered the first INVITE, whatever the Contact is', async () => {
  const { dependencies, answer } = newPeer();
  const way = peerWay(dependencies, peer);
  expect(await answer(way, 'bob.example.com')).toBe(true);
  expect(await answer(way, '198.51.100.1', 'b')).toBe(false);
  expect(await answer(way, peer.host, 'b')).toBe(true);
  const { home } = readWay(way.stored?.(), 'task_1') as Extract<WayItem, { kind: 'peer' }>;
  const restored = peerWay(dependencies, peer, undefined, home);
  expect([await answer(restored, '198.51.100.1', 'b'), await answer(restored, peer.host, 'b')]).toEqual([false, true]);
});

test('a trunk that called has no address at which challenges are answered', async () => {
  const { dependencies, answer } = newPeer();
  expect(await answer(peerWay(dependencies, peer, flow), peer.host, 'b')).toBe(false);
});

test('the way to a trunk behind NAT has the flow on which it called, but no password', () => {
  const trunk = { ...peer, password: 'sealed' };
  const { stack } = newStack();
  const way = peerWay({ stack, outbound: { async *flows() {} } }, trunk, flow);
  expect(way.stored?.()).toEqual({ kind: 'peer', peer, flow, home: [] });
});

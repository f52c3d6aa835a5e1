import { expect, test } from 'vitest';
import { newResponse } from '#sip/build.ts';
import type { SipRequest } from '#sip/message.ts';
import { printUri } from '#sip/uri.ts';
import { optionsWith, requestOf } from '#sip/values.fixture.ts';
import { newVia } from '#sip/via.ts';
import type { Destination, Flow } from '../transport/flow.ts';
import { nextHopOf } from '#telephony/outbound-proxy.ts';
import { Outbound, peerUri, type Peer } from './outbound.ts';

const peer: Peer = { host: 'carrier.example.com', port: 5_060, transport: 'udp' };
const request = requestOf(optionsWith());

type Behaviour = {
  /** Addresses of the host. */
  readonly addresses?: readonly string[];
  /** Status by address; without one the peer does not answer. */
  readonly statuses?: Readonly<Record<string, number>>;
  readonly allowPrivateHosts?: boolean;
  readonly hasTcp?: boolean;
};

function newOutbound({ addresses = ['8.8.8.8'], statuses = {}, allowPrivateHosts = false, hasTcp = true }: Behaviour) {
  const sent: string[] = [];
  const requests: SipRequest[] = [];
  const keepAlives: string[] = [];
  const connects: string[] = [];
  let time = 0;
  const flowTo = ({ transport, address, port }: Destination): Flow => ({
    transport,
    remote: { address, port },
    local: { address: '10.0.0.1', port: 5_060 },
  });
  const outbound = new Outbound({
    stack: {
      via: () => newVia('UDP', 'sip.example.com', 5_060, 'z9hG4bKours'),
      request: (asked, { transport, remote }, { onResponse, onFailure }) => {
        sent.push(`${transport} ${remote.address}`);
        requests.push(asked);
        const status = statuses[remote.address];
        if (status === undefined) onFailure('timeout');
        else onResponse(newResponse(asked, { status }));
        return true;
      },
    },
    transports: {
      connect: async (to) => {
        connects.push(to.transport);
        if (to.transport !== 'udp' && !hasTcp) throw new Error('connection refused');
        return flowTo(to);
      },
      send: (bytes, { remote }) => {
        keepAlives.push(`${remote.address} ${JSON.stringify(bytes.toString())}`);
        return true;
      },
    },
    resolver: { naptr: async () => [], srv: async () => [], addresses: async () => addresses },
    random: () => 0,
    allowPrivateHosts,
    now: () => time,
  });
  const advance = (milliseconds: number) => void (time += milliseconds);
  return { outbound, sent, requests, keepAlives, connects, advance };
}

test('a request gets our Via on top and is sent to the address of the peer', async () => {
  const { outbound, requests } = newOutbound({ statuses: { '8.8.8.8': 200 } });
  expect(await outbound.send(request, peer, 1_000)).toMatchObject({ kind: 'response', response: { status: 200 } });
  expect(requests.map(({ via }) => via.host)).toEqual(['sip.example.com']);
});

test('after no answer or a 503 the next server is tried, after another response none', async () => {
  const addresses = ['8.8.8.1', '8.8.8.2', '8.8.8.3', '8.8.8.4'];
  const { outbound, sent } = newOutbound({ addresses, statuses: { '8.8.8.2': 503, '8.8.8.3': 486 } });
  expect(await outbound.send(request, peer, 1_000)).toMatchObject({ response: { status: 486 } });
  expect(sent).toEqual(['udp 8.8.8.1', 'udp 8.8.8.2', 'udp 8.8.8.3']);
});

test('a request to a private address is not sent unless it is allowed', async () => {
  const behaviour: Behaviour = { addresses: ['10.0.0.5'], statuses: { '10.0.0.5': 200 } };
  const [strict, lenient] = [newOutbound(behaviour), newOutbound({ ...behaviour, allowPrivateHosts: true })];
  expect(await strict.outbound.send(request, peer, 1_000)).toEqual({
    kind: 'failed',
    code: 503,
    reason: 'ADDRESS_NOT_ALLOWED',
  });
  expect(await lenient.outbound.send(request, peer, 1_000)).toMatchObject({ kind: 'response' });
  expect([strict.sent, lenient.sent]).toEqual([[], ['udp 10.0.0.5']]);
});

test('no answer counts as 408, and a host without address as 503', async () => {
  const silent = await newOutbound({}).outbound.send(request, peer, 1_000);
  const unknown = await newOutbound({ addresses: [] }).outbound.send(request, peer, 1_000);
  expect([silent, unknown]).toEqual([
    { kind: 'failed', code: 408, reason: 'no answer' },
    { kind: 'failed', code: 503, reason: 'The host has no address' },
  ]);
});

test('a request above 1,300 bytes uses TCP, or UDP if the peer has no TCP', async () => {
  const large = requestOf(optionsWith(`Subject: ${'x'.repeat(1_300)}`));
  const [both, udpOnly] = [newOutbound({}), newOutbound({ hasTcp: false })];
  await both.outbound.send(large, peer, 1_000);
  await udpOnly.outbound.send(large, peer, 1_000);
  expect([both.sent, udpOnly.sent]).toEqual([['tcp 8.8.8.8'], ['udp 8.8.8.8']]);
});

test('a peer that has no TCP is not asked again for ten minutes', async () => {
  const large = requestOf(optionsWith(`Subject: ${'x'.repeat(1_300)}`));
  const { outbound, connects, advance } = newOutbound({ hasTcp: false });
  await outbound.send(large, peer, 1_000);
  await outbound.send(large, peer, 1_000);
  expect(connects).toEqual(['tcp', 'udp', 'udp']);
  await outbound.send(large, { ...peer, port: 5_080 }, 1_000);
  expect(connects.slice(3)).toEqual(['tcp', 'udp']);
  advance(600_000);
  await outbound.send(large, peer, 1_000);
  expect(connects.slice(5)).toEqual(['tcp', 'udp']);
});

test('a keep-alive is sent to the first address, unless it is private', async () => {
  const [open, guarded] = [
    newOutbound({ addresses: ['8.8.8.8', '8.8.8.9'] }),
    newOutbound({ addresses: ['10.0.0.5'] }),
  ];
  await open.outbound.keepAlive(peer);
  await guarded.outbound.keepAlive(peer);
  expect([open.keepAlives, guarded.keepAlives]).toEqual([['8.8.8.8 "\\r\\n\\r\\n"'], []]);
});

test('the default port is omitted from the URI of a peer, so that SRV records apply', () => {
  const uris = [peer, { ...peer, port: 5_080 }, { ...peer, host: '2001:db8::1' }].map((each) =>
    printUri(peerUri(each, 'user')),
  );
  expect(uris).toEqual([
    'sip:user@carrier.example.com;transport=udp',
    'sip:user@carrier.example.com:5080;transport=udp',
    'sip:user@[2001:db8::1];transport=udp',
  ]);
});

test('an outbound proxy gets what is for its peer, unless its address is private', async () => {
  for (const [proxy, reached] of [
    ['8.8.4.4:5070', ['8.8.4.4']],
    ['10.0.0.5', []],
    ['127.0.0.1', []],
  ] as const) {
    const { outbound, keepAlives } = newOutbound({ statuses: { '8.8.4.4': 200, '10.0.0.5': 200, '127.0.0.1': 200 } });
    const proxied = { ...peer, outbound_proxy: proxy };
    await outbound.keepAlive(proxied);
    const hop = nextHopOf(proxied);
    const reachedBy: string[] = [];
    for await (const { remote } of outbound.flows(peerUri(hop), hop.transport, 0)) reachedBy.push(remote.address);
    expect([reachedBy, keepAlives.map((each) => each.split(' ')[0])]).toEqual([reached, reached]);
  }
});

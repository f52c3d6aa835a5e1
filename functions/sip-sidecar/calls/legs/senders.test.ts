import { expect, test } from 'vitest';
import { address } from '#sip/address.ts';
import { newRequest, newResponse } from '#sip/build.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import type { StoredSender, RequestSender } from '#sip/session/session.ts';
import type { ClientListener } from '#sip/transaction/client.ts';
import { TransactionLayer } from '#sip/transaction/layer.ts';
import { defaultTimers } from '#sip/transaction/timers.ts';
import { fakeTimers } from '#sip/transaction/timers.fixture.ts';
import { printUri, sipUri, type SipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import type { Flow } from '../../transport/flow.ts';
import type { SipStack } from '../../stack/sip-stack.ts';
import { transactionFlow, type TransactionFlow } from '../../stack/transaction-flow.ts';
import { OwnedBindings } from '../../registrar/owned-bindings.ts';
import { readSender, type SenderItem } from './stored-sender.ts';
import { Speaker, speaksFrom } from './speaker.ts';
import { PhoneSender, type SenderStack } from './phone-sender.ts';
import { peerSender, RequestSenders } from './senders.ts';

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
const senders = {
  phone: ({ stack }: { readonly stack: SenderStack }) =>
    new PhoneSender(stack, flow, {
      phone: { organization: 1_001, device_id: 'dev_1', line: null },
      bindings: { own: () => [], stored: async () => [] },
      mayReturn: () => false,
    }),
  peer: ({ stack }: ReturnType<typeof newStack>) =>
    peerSender(
      {
        stack,
        outbound: {
          async *flows() {
            yield await Promise.resolve({ ...flow });
          },
          addresses: async () => [],
        },
      },
      peer,
    ),
};

test.each(['phone', 'peer'] as const)('an ACK to a %s that is sent again is the same message', async (kind) => {
  const medium = newStack();
  const sender = senders[kind](medium);
  const [first, second] = [newAck(), newAck()];
  for (const ack of [first, first, second]) sender.acknowledge(ack);
  await expect.poll(medium.sent).toHaveLength(3);
  const [one, again, other] = medium.sent();
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test.each(['phone', 'peer'] as const)('the sender to a %s is stored so that another task reads it', (kind) => {
  const stored: unknown = JSON.parse(JSON.stringify(senders[kind](newStack()).stored?.()));
  const read = readSender(stored as StoredSender, 'task_1');
  expect(read).toEqual(
    kind === 'phone' ? { kind: 'flow', flow: { ...flow, task: 'task_1' } } : { kind: 'peer', peer, home: [] },
  );
});

test('a request to a phone has left when it is sent, and not if it cannot be', () => {
  const { stack } = newStack();
  const left: string[] = [];
  for (const [name, sent] of [
    ['sent', { cancel: () => undefined }],
    ['not sent', undefined],
  ] as const)
    senders
      .phone({ stack: { ...stack, begin: () => sent } })
      .request(newAck(), { onResponse: () => undefined, onFailure: () => undefined, onSent: () => left.push(name) });
  expect(left).toEqual(['sent']);
});

/** A stack whose requests are answered, and a network in which each host has the address that is its name. */
function newPeer() {
  const listeners: ClientListener[] = [];
  const { stack } = newStack();
  const begin: SipStack['begin'] = (_request, _flow, listener) => {
    listeners.push(listener);
    return undefined;
  };
  const reached: string[] = [];
  async function* flows(uri: SipUri) {
    reached.push(printUri(uri));
    yield await Promise.resolve({ ...flow, remote: { address: uri.host, port: 5060 } });
  }
  const addresses = async ({ host }: SipUri) => [host];
  const dependencies = { stack: { ...stack, begin }, outbound: { flows, addresses } };
  /** Whether the sender sees the answer to a request as that of its peer. */
  const answer = async (sender: RequestSender, host: string, toTag?: string): Promise<boolean | undefined> => {
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
    sender.request(request, { onResponse: () => void seen.push(sender.isAtPeer?.()), onFailure: () => undefined });
    await expect.poll(() => listeners.length).toBe(before + 1);
    listeners[before]?.onResponse(newResponse(request, { status: 401 }));
    return seen[0];
  };
  return { dependencies, answer, reached };
}

test('a response is of the peer at the addresses that answered the first INVITE, whatever the Contact is', async () => {
  const { dependencies, answer } = newPeer();
  const sender = peerSender(dependencies, peer);
  expect(await answer(sender, 'bob.example.com')).toBe(true);
  expect(await answer(sender, '198.51.100.1', 'b')).toBe(false);
  expect(await answer(sender, peer.host, 'b')).toBe(true);
  const { home } = readSender(sender.stored?.(), 'task_1') as Extract<SenderItem, { kind: 'peer' }>;
  const restored = peerSender(dependencies, peer, { home });
  expect([await answer(restored, '198.51.100.1', 'b'), await answer(restored, peer.host, 'b')]).toEqual([false, true]);
});

test('a request that begins a call is sent to the outbound proxy, others where the dialog leads', async () => {
  const { dependencies, answer, reached } = newPeer();
  const proxy = { host: 'proxy.example.com', port: 5_070, transport: 'udp' } as const;
  const sender = peerSender(dependencies, peer, { nextHop: proxy });
  await answer(sender, 'bob.example.com');
  await answer(sender, '198.51.100.1', 'b');
  expect(reached).toEqual(['sip:proxy.example.com:5070;transport=udp', 'sip:bob@198.51.100.1']);
  const read = readSender(sender.stored?.(), 'task_1') as Extract<SenderItem, { kind: 'peer' }>;
  expect(read).toMatchObject({ peer, proxy });
  const found = { nextHop: read.proxy, home: read.home };
  for (const each of [sender, peerSender(dependencies, peer, found)])
    expect(await Promise.all([proxy.host, peer.host].map((host) => speaks(each, host)))).toEqual([
      [true, true],
      [false, true],
    ]);
});

test('a trunk that called has no address at which challenges are answered', async () => {
  const { dependencies, answer } = newPeer();
  expect(await answer(peerSender(dependencies, peer, { known: flow }), peer.host, 'b')).toBe(false);
});

test('the sender to a trunk behind NAT has the flow on which it called, but no password', () => {
  const trunk = { ...peer, password: 'sealed' };
  const { stack } = newStack();
  const sender = peerSender({ stack, outbound: { async *flows() {}, addresses: async () => [] } }, trunk, {
    known: flow,
  });
  expect(sender.stored?.()).toEqual({ kind: 'peer', peer, flow, home: [] });
});

const at = (address: string, port = 5_060): Flow => ({ ...flow, remote: { address, port } });
const nextHop = sipUri({ user: 'bob', host: '198.51.100.7' });

/** Whether the peer of a sender speaks from an address, before and after a look-up. */
async function speaks(sender: RequestSender, address: string): Promise<readonly [boolean, boolean]> {
  if (!(sender.speaker instanceof Speaker)) throw new Error('no speaker');
  const source = at(address, 40_000);
  return [speaksFrom(source, sender.speaker.places), speaksFrom(source, await sender.speaker.lookUp(nextHop))];
}

test('a peer speaks from where it answered, and from its host, its list and where the dialog leads', async () => {
  const { dependencies, answer } = newPeer();
  const sender = peerSender(dependencies, peer, { listed: async () => ['198.51.100.8'] });
  const others = ['198.51.100.7', '198.51.100.8', '203.0.113.1'];
  const outcomes = () => Promise.all([peer.host, ...others].map((each) => speaks(sender, each)));
  const [known, found, no] = [
    [true, true],
    [false, true],
    [false, false],
  ];
  expect(await outcomes()).toEqual([found, found, found, no]);
  await answer(sender, 'bob.example.com');
  expect(await outcomes()).toEqual([known, found, found, no]);
  await answer(sender, '203.0.113.1', 'b');
  expect(await outcomes()).toEqual([known, found, found, [true, false]]);
  expect(await speaks(sender, '203.0.113.2')).toEqual([false, false]);
});

test('where a peer may speak from is stored for another task', async () => {
  const { dependencies } = newPeer();
  const sender = peerSender(
    dependencies,
    { ...peer, transport: 'tcp' },
    { known: { ...at('203.0.113.3'), transport: 'tcp' } },
  );
  if (sender.speaker instanceof Speaker) sender.speaker.accept(at('198.51.100.8'));
  const read = readSender(sender.stored?.(), 'task_1') as Extract<SenderItem, { kind: 'peer' }>;
  const restored = peerSender(dependencies, peer, { home: read.home, heard: read.heard });
  for (const address of ['203.0.113.3', '198.51.100.8']) expect((await speaks(restored, address))[0]).toBe(true);
  expect(await speaks(restored, '203.0.113.2')).toEqual([false, false]);
});

/** Servers of a peer in turn, and what each of them answers to INVITEs in turn. */
function newServers(answers: Readonly<Record<string, readonly number[]>>, mustProve: (address: string) => boolean) {
  const { stack } = newStack();
  const sent: string[] = [];
  const late: (() => void)[] = [];
  const left: (string | undefined)[] = [];
  const begin = (request: SipRequest, { remote: { address: host } }: Flow, listener: ClientListener) => {
    const before = sent.filter((each) => each === `INVITE ${host}`).length;
    sent.push(`INVITE ${host}`);
    const status = answers[host]?.[before] ?? 500;
    const respond = (each: number) => listener.onResponse(newResponse(request, { status: each, toTag: host }));
    setImmediate(() => respond(status));
    late.push(() => respond(200));
    return { cancel: () => void sent.push(`CANCEL ${host}`) };
  };
  async function* flows() {
    for (const host of Object.keys(answers))
      yield await Promise.resolve({ ...flow, remote: { address: host, port: 5060 } });
  }
  const sender = peerSender({ stack: { ...stack, begin }, outbound: { flows, addresses: async () => [] } }, peer, {
    mustProve: async (remote) => mustProve(remote.address),
  });
  const outcomes: (number | string)[] = [];
  const invite = async (): Promise<number | string> => {
    const from = address(sipUri({ user: 'bob', host: peer.host }));
    const request = newRequest({ method: 'INVITE', uri: from.uri, from, to: from, callId: 'call', sequence: 1 });
    const before = outcomes.length;
    sender.request(request, {
      onResponse: ({ status }) => void outcomes.push(status),
      onFailure: (reason) => void outcomes.push(reason),
      onUnproven: () => void outcomes.push('unproven'),
      onSent: () => void left.push(sent.at(-1)),
    });
    await expect.poll(() => outcomes.length).toBeGreaterThan(before);
    return outcomes[before] ?? '';
  };
  return { invite, sent, outcomes, late, left };
}

test('a server that must ask for credentials gets a CANCEL for any other answer that takes the call', async () => {
  for (const status of [180, 183]) {
    const { invite, sent } = newServers({ 'a.example': [status] }, () => true);
    expect([await invite(), sent]).toEqual(['unproven', ['INVITE a.example', 'CANCEL a.example']]);
  }
});

test('a 2xx of a server that must ask for credentials follows the failure, so that it is ended', async () => {
  const { invite, outcomes } = newServers({ 'a.example': [200] }, () => true);
  await invite();
  expect(outcomes).toEqual(['unproven', 200]);
});

test('a 2xx that crosses the CANCEL is passed on too', async () => {
  const { invite, outcomes, late } = newServers({ 'a.example': [180] }, () => true);
  await invite();
  late[0]?.();
  expect(outcomes).toEqual(['unproven', 200]);
});

test('a server that has asked for credentials may take the call, and rejections are passed on', async () => {
  const { invite } = newServers({ 'a.example': [401, 183, 486] }, () => true);
  expect([await invite(), await invite(), await invite()]).toEqual([401, 183, 486]);
});

test('credentials for one server prove nothing at the next one', async () => {
  const servers = { 'a.example': [401, 503], 'victim.example': [180] };
  const { invite, sent } = newServers(servers, (host) => host === 'victim.example');
  expect([await invite(), await invite()]).toEqual([401, 'unproven']);
  expect(sent.at(-1)).toBe('CANCEL victim.example');
});

test('a server that need not ask for credentials takes the call at once', async () => {
  const { invite } = newServers({ 'a.example': [180] }, () => false);
  expect(await invite()).toBe(180);
});

test('a request to a peer has left when its first server was found, and leaves once', async () => {
  const { invite, left } = newServers({ 'a.example': [503], 'b.example': [180] }, () => false);
  const outcome = invite();
  expect(left).toEqual([]);
  expect([await outcome, left]).toEqual([180, ['INVITE a.example']]);
});

/** The senders of a task on an injected clock, to a peer with three servers that say nothing. */
function newSilentServers() {
  const clock = fakeTimers();
  const reached: string[] = [];
  const never = () => expect.fail('nothing comes');
  const layer = new TransactionLayer<TransactionFlow>({
    send: () => undefined,
    setTimer: clock.setTimer,
    timers: defaultTimers,
    newTag: () => 'tag',
    max: 10,
    user: {
      ...{ onRequest: never, onAck: never, onCancel: never, onStrayResponse: never, onServerFailure: never },
      isOfSource: never,
    },
  });
  const begin: SipStack['begin'] = (request, to, listener, seconds) => {
    reached.push(to.remote.address);
    return layer.request(request, transactionFlow(to), listener, seconds);
  };
  async function* flows() {
    for (const host of ['a.example', 'b.example', 'c.example'])
      yield await Promise.resolve({ ...flow, remote: { address: host, port: 5_060 } });
  }
  const senders = new RequestSenders({
    stack: { ...newStack().stack, begin },
    outbound: { flows, addresses: async () => [] },
    registrar: { owned: new OwnedBindings() },
    directory: { bindingsOf: async () => [], addressesOf: async () => [] },
    membership: { id: 'task_1', others: [] },
  });
  const request = (settings: { readonly attempt_seconds?: number }, toTag?: string) => {
    const party = { organization: 1_001, device_id: null, line: null, trunk_id: 'trunk_1' };
    const from = address(sipUri({ user: 'ann', host: 'example.com' }), new Parameters([['tag', 'a']]));
    const to = address(from.uri, toTag === undefined ? undefined : new Parameters([['tag', toTag]]));
    const invite = newRequest({ method: 'INVITE', uri: from.uri, from, to, callId: 'call', sequence: 1 });
    const failures: string[] = [];
    senders
      .toPeer({ ...peer, ...settings }, party)
      .request(invite, { onResponse: never, onFailure: (reason) => void failures.push(reason) });
    return failures;
  };
  return { clock, reached, request };
}

test.each([
  ['attempt_seconds of the peer', { attempt_seconds: 1 }, undefined, 1_000],
  ['4 s without it', {}, undefined, 4_000],
  ['4 s within a dialog', { attempt_seconds: 1 }, 'b', 4_000],
])('a silent server gives way to the next one after %s', async (_what, settings, toTag, milliseconds) => {
  const { clock, reached, request } = newSilentServers();
  const failures = request(settings, toTag);
  for (let server = 1; server <= 3; server += 1) {
    await expect.poll(() => reached.length).toBe(server);
    clock.advance(milliseconds - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect([reached.length, failures]).toEqual([server, []]);
    clock.advance(1);
  }
  await expect.poll(() => failures).toEqual(['timeout']);
  expect(reached).toEqual(['a.example', 'b.example', 'c.example']);
});

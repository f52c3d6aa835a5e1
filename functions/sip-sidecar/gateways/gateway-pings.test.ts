import { expect, test } from 'vitest';
import { trunkOf } from '#test/support/resources.fixture.ts';
import { pingOf } from '#test/support/resources.fixture.ts';
import { peerOf } from '#test/support/resources.fixture.ts';
import { gatewayOf } from '#test/support/resources.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { contextOf } from '#runtime/background-context.ts';
import { commit } from '#dynamodb/commit.ts';
import { gatewayHealthRow, createGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { tableFor } from '#dynamodb/table.ts';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { create, type Write } from '#dynamodb/write.ts';
import { sipSidecar } from '../contract.ts';
import { header } from '#sip/header-kinds.ts';
import { printUri, sipUri } from '#sip/uri.ts';
import { shards } from '../leases/shards.ts';
import type { Peer, Reply } from '../outbound/outbound.ts';
import { GatewayPings } from './gateway-pings.ts';
import { PingedGateway, type PingDependencies } from './pinged-gateway.ts';

const organization = 1_001;
/** More than the gateways whose pings are all written. */
const many = 130;

const running = testStore();

const peer = peerOf({ host: '127.0.0.1' });
const contact = sipUri({ user: 'task_1', host: 'sip.example.com', port: 5_061 });
const ping = pingOf({ interval_seconds: 1, timeout_ms: 500, degraded_loss_percent: 100 });

/** A gateway that uses the trunk of its number. */
const gatewayOfTrunk = (number: number): GatewayItem =>
  gatewayOf({ id: `gw_${number}`, name: `gateway-${number}`, trunk_id: `trunk_${number}`, ping });

/** A gateway behind a trunk of its own, with a port of its own. */
function gatewayBehindTrunk(number: number): readonly Write<'gateway' | 'gateway-health' | 'trunk'>[] {
  const trunk = trunkOf({ ...peer, id: `trunk_${number}`, port: 10_000 + number });
  const gateway = gatewayOfTrunk(number);
  return [
    create<'trunk', TrunkItem, { id: string }>(trunkRow, trunk),
    create<'gateway', GatewayItem, { id: string }>(gatewayRow, gateway),
    createGatewayHealth(gateway.id),
  ];
}

const healthOf = (id: string) => tableFor<'gateway-health'>(running.store, organization).get(gatewayHealthRow, { id });

/** Pings of the held shards, and the ports that they reached. */
function pingsOf(held: { shards: readonly string[] }) {
  const pinged: number[] = [];
  const send = async (_request: unknown, { port }: Peer): Promise<Reply> => {
    pinged.push(port);
    return { kind: 'failed', code: 408, reason: 'no answer' };
  };
  const plain = Object.assign(testDependencies(running.store), { clock: () => new Date(), random: Math.random });
  return {
    pinged,
    pings: new GatewayPings(
      {
        context: contextOf(sipSidecar, plain),
        outbound: { send, addresses: async () => [] },
        hosts: { noteAll: async () => undefined },
        domain: 'sip.example.com',
        contact,
        newTag: () => 'tag',
      },
      held,
    ),
  };
}

test('130 gateways behind trunks are all pinged, until their shards are released', async () => {
  const writes = Array.from({ length: many }, (_value, number) => gatewayBehindTrunk(number));
  for (let from = 0; from < many; from += 30)
    await commit(running.store, organization, writes.slice(from, from + 30).flat());
  const held = { shards };
  const { pinged, pings } = pingsOf(held);
  await pings.refresh();
  expect(pings.size).toBe(many);
  await eventually(() => expect(new Set(pinged).size).toBe(many), 5_000);
  await eventually(async () => expect((await healthOf('gw_7'))?.status).toBe('down'), 10_000);
  held.shards = [];
  await pings.refresh();
  expect(pings.size).toBe(0);
});

/** What a gateway is pinged with; no ping of it is answered. */
type Pinging = Pick<PingDependencies, 'brake' | 'hosts'> & {
  /** What is sent, and where. */
  readonly onSend: (...sent: Parameters<PingDependencies['outbound']['send']>) => void;
};

/** A gateway that is pinged by itself. */
function pingOne(
  target: ConstructorParameters<typeof PingedGateway>[1],
  { onSend, ...given }: Partial<Pinging>,
): PingedGateway {
  const plain = Object.assign(testDependencies(running.store), { clock: () => new Date(), random: () => 0 });
  return new PingedGateway(
    {
      context: contextOf(sipSidecar, plain),
      brake: async () => 0,
      hosts: { noteAll: async () => undefined },
      ...given,
      outbound: {
        send: async (...sent) => {
          onSend?.(...sent);
          return { kind: 'failed', code: 408, reason: 'no answer' };
        },
        addresses: async () => [],
      },
      domain: 'sip.example.com',
      contact,
      newTag: () => 'tag',
      writeInterval: () => 0,
    },
    target,
  );
}

test('a ping is sent to the outbound proxy, with a Route of it', async () => {
  const sent: string[] = [];
  const noted: string[] = [];
  const proxied = { ...peer, outbound_proxy: '127.0.0.2:5070' };
  const gateway = gatewayOf({ id: 'gw_9001', ping, peer: proxied });
  const pinged = pingOne(
    { gateway, peer: { ...proxied, owner: gateway }, health: undefined },
    {
      brake: async (_kind, { target }) => {
        noted.push(target);
        return 0;
      },
      hosts: { noteAll: async (_claim, { host, port }) => void noted.push(`${host}:${port}`) },
      onSend: ({ uri, headers }, { host, port }) =>
        void sent.push(`${printUri(uri)} ${headers.fields(header.route)[0]?.value} ${host}:${port}`),
    },
  );
  await eventually(() => expect(noted.length).toBeGreaterThan(1), 5_000);
  pinged.end();
  expect(sent[0]).toBe('sip:127.0.0.1;transport=udp <sip:127.0.0.2:5070;transport=udp;lr> 127.0.0.2:5070');
  expect(noted.slice(0, 2)).toEqual(['127.0.0.2:5070', '127.0.0.2:5070']);
});

test.each([
  ['tls', 'sip:ping@sbc.example.com', 'sip:task_1@sip.example.com:5061'],
  ['udp', 'sip:ping@sbc.example.com', undefined],
] as const)(
  'a ping over %s names the host that the peer expects, and where the platform is over TLS',
  async (...row) => {
    const [transport, from, expected] = row;
    const sent: (string | undefined)[][] = [];
    const named = { ...peer, transport, from_domain: 'sbc.example.com' };
    const gateway = gatewayOf({ id: 'gw_9002', ping, peer: named });
    const pinged = pingOne(
      { gateway, peer: { ...named, owner: gateway }, health: undefined },
      {
        onSend: ({ headers }) =>
          void sent.push(
            [header.from, header.contact].map((kind) => /<(.*)>/.exec(headers.fields(kind)[0]?.value ?? '')?.[1]),
          ),
      },
    );
    await eventually(() => expect(sent.length).toBeGreaterThan(0), 2_000);
    pinged.end();
    expect(sent[0]).toEqual([from, expected]);
  },
);

test('a ping for which its host has no room is sent later, and is no failure', async () => {
  const [, , healthWrite] = gatewayBehindTrunk(9_000);
  if (healthWrite !== undefined) await commit(running.store, organization, [healthWrite]);
  const counts = { asked: 0, sent: 0 };
  const gateway = { ...gatewayOfTrunk(9_000), peer };
  const pinged = pingOne(
    { gateway, peer: { ...peer, owner: gateway }, health: undefined },
    { brake: async () => ((counts.asked += 1) > 2 ? 0 : 0.1), onSend: () => void (counts.sent += 1) },
  );
  await eventually(() => expect(counts.sent).toBeGreaterThan(0), 5_000);
  pinged.end();
  expect(counts.asked - counts.sent).toBeGreaterThanOrEqual(2);
  expect(await healthOf('gw_9000')).not.toMatchObject({ status: 'down' });
});

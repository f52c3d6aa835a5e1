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
import { shards } from '../leases/shards.ts';
import type { Peer, Reply } from '../outbound/outbound.ts';
import { GatewayPings } from './gateway-pings.ts';
import { PingedGateway } from './pinged-gateway.ts';

const organization = 1_001;
/** More than the gateways whose pings are all written. */
const many = 130;

const running = testStore();

const peer = peerOf({ host: '127.0.0.1' });
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

test('a ping for which its host has no room is sent later, and is no failure', async () => {
  const [, , healthWrite] = gatewayBehindTrunk(9_000);
  if (healthWrite !== undefined) await commit(running.store, organization, [healthWrite]);
  const plain = Object.assign(testDependencies(running.store), { clock: () => new Date(), random: () => 0 });
  const counts = { asked: 0, sent: 0 };
  const gateway = { ...gatewayOfTrunk(9_000), peer };
  const pinged = new PingedGateway(
    {
      context: contextOf(sipSidecar, plain),
      brake: async () => ((counts.asked += 1) > 2 ? 0 : 0.1),
      outbound: {
        send: async () => {
          counts.sent += 1;
          return { kind: 'failed', code: 408, reason: 'no answer' };
        },
        addresses: async () => [],
      },
      hosts: { noteAll: async () => undefined },
      domain: 'sip.example.com',
      newTag: () => 'tag',
      writeInterval: () => 0,
    },
    { gateway, peer: { ...peer, owner: gateway }, health: undefined },
  );
  await eventually(() => expect(counts.sent).toBeGreaterThan(0), 5_000);
  pinged.end();
  expect(counts.asked - counts.sent).toBeGreaterThanOrEqual(2);
  expect(await healthOf('gw_9000')).not.toMatchObject({ status: 'down' });
});

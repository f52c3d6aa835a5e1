import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { gatewayAt, hostOf, startGateways, type Gateways, type Ping } from '../support/sip-gateways.fixture.ts';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { testStore } from '../support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { bindingRow, bindingsOfDevice } from '#functions/telephony/rows/binding.ts';
import { withRefreshes } from '#functions/telephony/rows/binding-refresh.ts';
import { createGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { sidecarShardRow, sidecarShards } from '#dynamodb/rows/lease.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { assignedTask, shards } from '#functions/sip-sidecar/leases/shards.ts';
import { addAccount, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';

const count = 40;
/** The shortest ping interval, in seconds. */
const interval = 10;

const running = testStore();
let gateways: Gateways;
let one: SidecarProcess;
let other: SidecarProcess;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  gateways = await startGateways();
  everything.defer(() => gateways.close());
  const made = Array.from({ length: count }, (_value, number) => [
    create<'gateway', GatewayItem, { id: string }>(gatewayRow, gatewayAt(number, { port: gateways.port, interval })),
    createGatewayHealth(`gw_${number}`),
  ]);
  await commit(running.store, 1_001, made.flat());
  [one, other] = await Promise.all([startSidecarProcess(running), startSidecarProcess(running)]);
  everything.defer(() => other.stop());
});
afterAll(() => everything.disposeAsync());

const heldShards = async (): Promise<object> => {
  const { items } = await tableFor<'lease'>(running.store, 0).query(sidecarShardRow, sidecarShards);
  return Object.fromEntries(items.map(({ id, task }) => [id, task]));
};

/** CSeq number of the phone's newest stored REGISTER. */
async function storedSequence(): Promise<number | undefined> {
  const { items } = await tableFor<'binding@GSI1'>(running.store, 1_001).queryIndex(
    bindingRow,
    'GSI1',
    bindingsOfDevice(1_001, 'dev_1'),
  );
  return (await withRefreshes(tableFor<'binding-refresh'>(running.store, 0), items))[0]?.cseq;
}

let commands = 0;
const notify = () => {
  commands += 1;
  const secrets = { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' };
  return sidecarClient({ store: running.store, secrets, clock: () => new Date(), fetch }).notify({
    id: `cmd_${String(commands).padStart(26, '0')}`,
    organization: 1_001,
    device: 'dev_1',
    event: 'check-sync',
    timeout_seconds: 2,
  });
};

const hostsOf = (pings: readonly Ping[]): Set<string> => new Set(pings.map(({ host }) => host));

test('after a crash its registrations are stored, and another task takes over gateways and phones', async () => {
  // The first task takes all shards and then releases some to the other.
  const assigned = Object.fromEntries(shards.map((shard) => [shard, assignedTask(shard, [one.id, other.id])]));
  await eventually(async () => expect(await heldShards()).toEqual(assigned), 40_000);
  const settledAt = Date.now();
  const phone = await newPhone(one.bound.udp, { ...(await addAccount(running.store)), domain: sipDomain });
  everything.defer(() => phone.close());
  expect((await phone.register()).status).toBe(200);
  await eventually(async () => expect(await notify()).toEqual({ kind: 'answered', response_code: 200 }), 10_000);
  await eventually(() => expect(hostsOf(gateways.pings).size).toBe(count), interval * 2_000);

  const refreshed = await phone.register();
  await one.stop('SIGKILL');
  const killedAt = Date.now();
  expect([refreshed.status, await storedSequence()]).toEqual([200, refreshed.cseq.sequence]);
  expect(await notify()).toEqual({ kind: 'unreachable' });
  // The load balancer now sends the phone's packets to the other task.
  const keepAlives = setInterval(() => phone.sendRaw(Buffer.from('\r\n\r\n'), other.bound.udp), 500);
  everything.defer(() => clearInterval(keepAlives));
  await eventually(async () => expect(await notify()).toEqual({ kind: 'answered', response_code: 200 }), 15_000);

  const since = () => gateways.pings.filter(({ at }) => at > killedAt);
  await eventually(
    () => expect(hostsOf(since())).toEqual(new Set(Array.from({ length: count }, (_value, number) => hostOf(number)))),
    interval * 2_000,
  );
  expect(new Set(since().map(({ from }) => from))).toEqual(new Set([other.bound.udp.port]));
  const tasksOf = Map.groupBy(
    gateways.pings.filter(({ at }) => at > settledAt && at <= killedAt),
    ({ host }) => host,
  );
  expect([...tasksOf.values()].filter((pings) => new Set(pings.slice(1).map(({ from }) => from)).size > 1)).toEqual([]);
});

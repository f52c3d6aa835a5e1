import { beforeAll, describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { catchUpRow } from '#dynamodb/rows/due.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { gatewayHost, hostUseRow, hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { second } from '#schema/time.ts';
import type { Gateway } from '#telephony/gateway.ts';
import { claimOf, mustProve, type HostUse } from '#telephony/shared-host.ts';
import { lacksProof, type TrunkIp } from '#telephony/trunk-addresses.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { trunkOf, gatewayOf, peerOf, pingOf } from '#test/support/resources.fixture.ts';
import { allUnproven, trunkIpsRow, unprovenBelow } from '../../telephony/rows/trunk-ip.ts';
import { catchUpOrganizations } from './upgrade-steps.ts';
import { sweeper } from './contract.ts';

const [operator, reseller, customer, other] = [1_000, 1_001, 1_002, 1_003];

const running = testStore();
beforeAll(async () => {
  for (const [id, parent] of [
    [operator, null],
    [reseller, operator],
    [customer, reseller],
    [other, operator],
  ] as const)
    await commit(running.store, id, [overwrite(organizationRow, organizationOf(id, { parent_id: parent }))]);
});

/** As if the version of the catch-up had started for the first time. */
const upgrade = () =>
  commit(running.store, 0, [remove(catchUpRow, { kind: 'catch-up' as const, id: 'organizations' })]);

/** A run of the sweeper. @param slowness milliseconds by which its clock advances whenever it is read */
async function run(slowness = 0): Promise<void> {
  let now = Date.parse('2026-11-20T12:00:00.000Z');
  const clock = () => new Date((now += slowness));
  await catchUpOrganizations(contextOf(sweeper, { ...testDependencies(running.store), clock }));
}

const entry = (id: string, more: Partial<TrunkIp> = {}): TrunkIp => ({
  ...{ id, address: '192.0.2.1', port: 5_060, type: 'signaling', priority: 1, active: true },
  ...{ created_at: '', updated_at: '' },
  ...more,
});

/** A trunk with addresses, as earlier versions stored them. */
async function storeTrunk(org_id: number, id: string, ips: readonly TrunkIp[]): Promise<void> {
  const trunk = trunkOf({ id, org_id, type: 'pbx', name: id });
  await commit(running.store, org_id, [
    overwrite(trunkRow, trunk),
    overwrite(trunkIpsRow, { trunk_id: id, ips, version: 1 }),
  ]);
}

const unprovenIn = async (index: 'GSI1' | 'GSI2', partition: readonly string[]): Promise<string[]> =>
  (await tableFor<'trunkip@GSI1' | 'trunkip@GSI2'>(running.store, 0).queryIndex(trunkIpsRow, index, partition)).items
    .flatMap(({ ips }) => ips.filter(lacksProof).map(({ id }) => id))
    .toSorted();

const namedIn = async (organization: number): Promise<unknown[]> =>
  (await eventsOf(running.store, organization))
    .filter(({ type }) => type === 'trunkip.unproven')
    .map(({ data }) => data['ip_id']);

describe('addresses of an earlier version', () => {
  test('are named by one event each and listed for each seller, if they lack proof', async () => {
    await storeTrunk(customer, 'trunk_a', [
      entry('ip_a1'),
      entry('ip_a2', { address: '192.0.2.2', trusted: true }),
      entry('ip_a3', { address: '192.0.2.3', proven: true }),
      entry('ip_a4', { address: '192.0.2.4', type: 'media' }),
      entry('ip_a5', { address: '192.0.2.5', active: false }),
    ]);
    await storeTrunk(other, 'trunk_b', [entry('ip_b1', { address: '192.0.2.6' })]);
    await storeTrunk(reseller, 'trunk_c', [entry('ip_c1', { address: '192.0.2.7', trusted: true })]);
    await upgrade();
    await run();
    expect(await unprovenIn('GSI1', unprovenBelow(reseller))).toEqual(['ip_a1', 'ip_a5']);
    expect(await unprovenIn('GSI1', unprovenBelow(operator))).toEqual(['ip_b1']);
    expect(await unprovenIn('GSI2', allUnproven)).toEqual(['ip_a1', 'ip_a5', 'ip_b1']);
    const named = [await namedIn(customer), await namedIn(other), await namedIn(reseller)];
    expect(named).toEqual([['ip_a1', 'ip_a5'], ['ip_b1'], []]);
    const [event] = await eventsOf(running.store, customer);
    expect(event).toMatchObject({ severity: 'warning', entity: { type: 'trunk', id: 'trunk_a' } });
    // Neither a later run nor a repeated upgrade names them again.
    await run();
    await upgrade();
    await run();
    expect([await namedIn(customer), await namedIn(other), await namedIn(reseller)]).toEqual(named);
  });

  test('are completed in several runs if one has no time for all', async () => {
    for (const at of [1, 2, 3, 4, 5, 6]) await storeTrunk(other, `trunk_s${at}`, [entry(`ip_s${at}`)]);
    await upgrade();
    // Each run may complete some trunks.
    const counts: number[] = [];
    for (let at = 0; at < 20; at += 1) {
      await run(3 * second);
      counts.push((await namedIn(other)).length);
    }
    expect(counts[0]).toBeLessThan(7);
    expect(counts.at(-1)).toBe(7);
    expect((await namedIn(other)).toSorted()).toEqual([...new Set(await namedIn(other))].toSorted());
  });
});

describe('hosts of an earlier version', () => {
  const peer = peerOf({ host: 'sip.carrier.example' });
  const gatewayIn = (org_id: number, id: string, created_at: string, host_since?: string): Gateway =>
    gatewayOf({
      ...{ id, org_id, name: id, peer, ping: pingOf({ enabled: false }), created_at, updated_at: created_at },
      ...(host_since === undefined ? {} : { host_since }),
    });
  const usesOf = async (host: string): Promise<readonly HostUse[]> => {
    const order = { order: 'asc' } as const;
    return (await tableFor(running.store, 0).query<'host', HostUse, { host: string }>(hostUseRow, { host }, order))
      .items;
  };
  /** Whether each gateway needs consent or proof for a call. */
  const needProof = async (gateways: readonly Gateway[]): Promise<boolean[]> => {
    const named = { uses: await usesOf(peer.host), isWhole: true };
    const addressed = { uses: [], isWhole: true };
    return gateways.map((gateway) => mustProve(claimOf(gateway), null, { named, addressed }));
  };

  test('are those of the gateway that was made first, whatever is indexed before', async () => {
    const [first, second, newest] = [
      gatewayIn(other, 'gw_first', '2026-01-01T00:00:00.000Z'),
      gatewayIn(reseller, 'gw_second', '2026-02-01T00:00:00.000Z'),
      gatewayIn(customer, 'gw_new', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'),
    ];
    for (const gateway of [first, second, newest])
      await commit(running.store, gateway.org_id, [overwrite(gatewayRow, gateway)]);
    // The newest was made by the present version. Without the others in the index it is the first one.
    await commit(running.store, 0, hostUseWrites(undefined, gatewayHost(newest), reseller));
    expect(await needProof([newest])).toEqual([false]);
    await upgrade();
    await run();
    expect((await usesOf(peer.host)).map(({ id }) => id)).toEqual(['gw_first', 'gw_second', 'gw_new']);
    expect(await needProof([first, second, newest])).toEqual([false, true, true]);
    expect((await usesOf(peer.host)).map(({ reseller: seller }) => seller)).toEqual([null, null, reseller]);
  });

  test('are indexed for trunks, and not for a gateway that is deleted before', async () => {
    const trunk = trunkOf({ id: 'trunk_h', org_id: other, host: 'h.example', created_at: '2026-03-01T00:00:00.000Z' });
    const gone = { ...gatewayIn(other, 'gw_gone', '2026-03-01T00:00:00.000Z') };
    await commit(running.store, other, [overwrite(trunkRow, trunk), overwrite(gatewayRow, gone)]);
    await upgrade();
    const dependencies = testDependencies(running.store);
    const context = contextOf(sweeper, dependencies);
    await catchUpOrganizations({
      ...context,
      tryCommit: async (organization, writes) => {
        await commit(running.store, other, [remove(gatewayRow, gone)]);
        return context.tryCommit(organization, writes);
      },
    });
    expect((await usesOf('h.example')).map(({ id }) => id)).toEqual(['trunk_h']);
    expect((await usesOf(peer.host)).map(({ id }) => id)).not.toContain('gw_gone');
  });
});

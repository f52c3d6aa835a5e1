import { beforeAll, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { hostUseRow, hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { day, hour, second } from '#schema/time.ts';
import { nextHopOf } from '#telephony/outbound-proxy.ts';
import type { HostUse } from '#telephony/shared-host.ts';
import { sipSidecar } from '../contract.ts';
import { HostGuard } from './host-guard.ts';

const [victim, attacker] = [1_001, 1_002];
const start = Date.parse('2026-11-20T12:00:00.000Z');
const early = '2026-11-01T10:00:00.000Z';

const running = testStore();
beforeAll(async () => {
  for (const id of [victim, attacker]) await commit(running.store, id, [create(organizationRow, organizationOf(id))]);
});

/** A guard with a clock of its own, and the queries and transactions that it sends. */
function newGuard() {
  const faults: unknown[] = [];
  const time = { now: start };
  const clock = () => new Date(time.now);
  const context = contextOf(sipSidecar, Object.assign(testDependencies(running.store), { clock }));
  const sent = { queries: 0, transactions: 0 };
  const tryCommit: typeof context.tryCommit = (...writes) => {
    sent.transactions += 1;
    return context.tryCommit(...writes);
  };
  const counted = {
    ...context,
    tryCommit,
    tableOf: (organization: number) => {
      const table = context.tableOf(organization);
      const query: typeof table.query = (...range) => {
        sent.queries += 1;
        return table.query(...range);
      };
      return { ...table, query };
    },
  };
  return { guard: new HostGuard(counted, (error) => void faults.push(error)), time, sent, faults };
}

const usesOf = async (host: string): Promise<readonly HostUse[]> =>
  (await tableFor(running.store, 0).query<'host', HostUse, { host: string }>(hostUseRow, { host })).items;

const claimOf = (org_id: number, id: string, since = early) => ({ org_id, id, since, consent: null });
const place = (address: string) => ({ address, port: 5_060 });
const peer = (host: string) => ({ host, port: 5_060 });

test('the address of a name is noted when it is used, and counts for other names then', async () => {
  const { guard, time } = newGuard();
  const at = place('198.51.100.1');
  const own = claimOf(victim, 'gw_a', '2026-11-19T10:00:00.000Z');
  expect(await guard.mustProve(own, peer('sip.a.example'), at)).toBe(false);
  await eventually(async () => expect(await usesOf('198.51.100.1')).toHaveLength(1));
  time.now += 16 * second;
  // Its own name is older, but has this address since today.
  expect(await guard.mustProve(claimOf(attacker, 'gw_b'), peer('b.example'), at)).toBe(true);
  expect(await guard.mustProve(claimOf(attacker, 'gw_b'), peer('b.example'), place('::ffff:198.51.100.1'))).toBe(true);
  expect(await guard.mustProve(own, peer('sip.a.example'), at)).toBe(false);
});

test('calls to a host read nothing again within 15 s, and write nothing again within days', async () => {
  const { guard, time, sent } = newGuard();
  const call = () => guard.mustProve(claimOf(victim, 'gw_c'), peer('c.example'), place('198.51.100.2'));
  await call();
  await eventually(async () => expect(await usesOf('198.51.100.2')).toHaveLength(1));
  const [first] = await usesOf('198.51.100.2');
  const before = sent.queries;
  for (let count = 0; count < 50; count += 1) await call();
  expect(sent).toEqual({ queries: before, transactions: 1 });
  time.now += 3 * day;
  await call();
  expect(await usesOf('198.51.100.2')).toEqual([first]);
  time.now += day;
  await call();
  await eventually(async () => expect((await usesOf('198.51.100.2'))[0]?.expires).not.toBe(first?.expires));
  expect(await usesOf('198.51.100.2')).toMatchObject([{ since: first?.since }]);
});

test('all addresses of a pinged name are noted once an hour', async () => {
  const { guard, time } = newGuard();
  let resolved = 0;
  const note = () =>
    guard.noteAll(claimOf(victim, 'gw_d'), peer('d.example'), async () => {
      resolved += 1;
      return ['198.51.100.3', '198.51.100.4', '198.51.100.4'];
    });
  for (let count = 0; count < 5; count += 1) await note();
  expect(resolved).toBe(1);
  await eventually(async () => expect(await usesOf('198.51.100.4')).toHaveLength(1));
  time.now += hour;
  await note();
  expect(resolved).toBe(2);
});

test('an outbound proxy counts as the host: without proof others send no calls there', async () => {
  const { guard } = newGuard();
  const at = place('198.51.100.9');
  const owner = { ...claimOf(victim, 'gw_g'), created_at: early, host_since: early, ...peer(at.address) };
  await commit(running.store, 0, hostUseWrites(undefined, { ...owner, transport: 'udp' }, null));
  const proxied = { ...peer('198.51.100.10'), transport: 'udp' as const, outbound_proxy: at.address };
  expect(await guard.mustProve(claimOf(attacker, 'gw_h', '2026-11-10T10:00:00.000Z'), nextHopOf(proxied), at)).toBe(
    true,
  );
  await commit(running.store, 0, hostUseWrites(undefined, { ...owner, ...proxied, id: 'gw_i' }, null));
  expect((await usesOf(at.address)).map(({ id }) => id)).toContain('gw_i');
  expect(await usesOf('198.51.100.10')).toEqual([]);
});

test('a gateway without an index, as earlier versions stored it, has its host since its creation', async () => {
  const { guard } = newGuard();
  const later = { ...claimOf(attacker, 'gw_f'), created_at: early, host_since: '2026-11-10T10:00:00.000Z' };
  await commit(
    running.store,
    0,
    hostUseWrites(undefined, { ...later, ...peer('198.51.100.5'), transport: 'udp' }, null),
  );
  const at = place('198.51.100.5');
  expect(await guard.mustProve(claimOf(victim, 'gw_e'), peer(at.address), at)).toBe(false);
});

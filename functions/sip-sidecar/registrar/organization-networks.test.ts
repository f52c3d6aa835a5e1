import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationIpRow, organizationIpUseRow, type OrganizationIpUse } from '#dynamodb/rows/organization-ip.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import type { OrganizationIp } from '#schema/organization-ip.ts';
import { sipSidecar } from '../contract.ts';
import { OrganizationNetworks } from './organization-networks.ts';

const running = testStore();

let organizations = 1_100;

/** The networks of a new organization, as `<type> <network>`, and an observer at a clock that stands. */
async function networksOf(...listed: readonly string[]) {
  organizations += 1;
  const organization = organizations;
  let time = Date.parse('2026-11-20T10:00:00.000Z');
  const list = (id: string, text: string) => {
    const [type = '', network = ''] = text.split(' ');
    const [ip_address = '', cidr] = network.split('/');
    return commit(running.store, organization, [
      overwrite<'orgip', OrganizationIp, { id: string }>(organizationIpRow, {
        id,
        org_id: organization,
        parent_id: 1_000,
        ip_address,
        cidr: Number(cidr),
        type: type === 'blacklist' ? 'blacklist' : 'whitelist',
        description: null,
        created_at: '',
        updated_at: '',
        version: 1,
      }),
    ]);
  };
  for (const [at, text] of listed.entries()) await list(`orgip_${at}`, text);
  const context = contextOf(sipSidecar, { ...testDependencies(running.store), clock: () => new Date(time) });
  const networks = new OrganizationNetworks(context);
  const useOf = (id: string) =>
    tableFor<'orgip-use'>(running.store, organization)
      .query<'orgip-use', OrganizationIpUse, { orgip_id: string }>(organizationIpUseRow, { orgip_id: id })
      .then(({ items }) => items.map(({ hour, requests, last_seen: at }) => `${hour} ${requests} ${at}`));
  return {
    list,
    advance: (milliseconds: number) => void (time += milliseconds),
    admits: (address: string) => networks.admits(organization, address),
    store: () => networks.store(),
    useOf,
  };
}

test('without networks every address is admitted', async () => {
  const { admits } = await networksOf();
  expect([await admits('192.0.2.1'), await admits('2001:db8::1')]).toEqual([true, true]);
});

test('with a whitelist only its networks are admitted', async () => {
  const { admits } = await networksOf('whitelist 192.0.2.0/24', 'whitelist 2001:db8::/32');
  expect([await admits('192.0.2.200'), await admits('192.0.3.1')]).toEqual([true, false]);
  expect([await admits('2001:db8:1::1'), await admits('2001:db9::1')]).toEqual([true, false]);
});

test('a network of the blacklist is not admitted, also within one of the whitelist', async () => {
  const black = await networksOf('blacklist 192.0.2.0/24');
  expect([await black.admits('192.0.2.1'), await black.admits('192.0.3.1')]).toEqual([false, true]);
  const both = await networksOf('whitelist 192.0.0.0/16', 'blacklist 192.0.2.0/24');
  expect([await both.admits('192.0.2.1'), await both.admits('192.0.3.1')]).toEqual([false, true]);
});

test('a change takes effect within a minute', async () => {
  const { admits, list, advance } = await networksOf();
  expect(await admits('192.0.2.1')).toBe(true);
  await list('orgip_9', 'blacklist 192.0.2.1/32');
  advance(60_000);
  expect(await admits('192.0.2.1')).toBe(false);
});

test('requests are counted for each network that has their address, by the hour', async () => {
  const { admits, store, useOf, advance } = await networksOf('whitelist 192.0.0.0/16', 'blacklist 192.0.2.0/24');
  for (const address of ['192.0.2.1', '192.0.3.1', '198.51.100.1']) await admits(address);
  await store();
  await store();
  advance(3_600_000);
  await admits('192.0.3.1');
  await store();
  expect([await useOf('orgip_0'), await useOf('orgip_1')]).toEqual([
    ['2026-11-20T11 1 2026-11-20T11:00:00.000Z', '2026-11-20T10 2 2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10 1 2026-11-20T10:00:00.000Z'],
  ]);
});

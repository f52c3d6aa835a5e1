import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { organizationIpRow } from '#dynamodb/rows/organization-ip.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { OrganizationIp } from '#schema/organization-ip.ts';
import { addAccount, testSidecar } from './sidecar.fixture.ts';

/** Phones at addresses that their organization allows, or not. */

const task = testSidecar();

/** Lists an address of an organization. */
const list = (organization: number, type: OrganizationIp['type'], ip_address: string) =>
  commit(task.store, organization, [
    overwrite<'orgip', OrganizationIp, { id: string }>(organizationIpRow, {
      id: `orgip_${type}`,
      org_id: organization,
      parent_id: 1_000,
      ip_address,
      cidr: 32,
      type,
      description: null,
      created_at: '2026-11-20T10:00:00.000Z',
      updated_at: '2026-11-20T10:00:00.000Z',
      version: 1,
    }),
  ]);

/** A phone of an organization at an address. */
async function phoneAt(organization: number, from: string) {
  const account = await addAccount(task.store, { organization, device: `dev_${organization}_${from}` });
  const phone = await task.sidecar.phone(account, { from });
  task.everything.defer(() => phone.close());
  return phone;
}

const registersAt = async (organization: number, from: string): Promise<number> =>
  (await (await phoneAt(organization, from)).register()).status;

test('phones register from the whitelist only', async () => {
  await list(1_301, 'whitelist', '127.0.0.2');
  expect([await registersAt(1_301, '127.0.0.2'), await registersAt(1_301, '127.0.0.3')]).toEqual([200, 403]);
});

test('phones do not register from the blacklist', async () => {
  await list(1_302, 'blacklist', '127.0.0.2');
  expect([await registersAt(1_302, '127.0.0.2'), await registersAt(1_302, '127.0.0.3')]).toEqual([403, 200]);
});

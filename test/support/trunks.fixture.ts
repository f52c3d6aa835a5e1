import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { addressWrites, trunkIpsRow } from '#functions/telephony/rows/trunk-ip.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';

/** A carrier trunk as it is stored. */
export const trunkOf = (more: Partial<TrunkItem>): TrunkItem => ({
  id: 'trunk_1',
  org_id: 1_001,
  name: 'carrier',
  type: 'carrier',
  status: 'active',
  suspended_by_operator: false,
  host: 'a.example.com',
  port: 5_060,
  transport: 'udp',
  username: null,
  sealed_password: null,
  realm: null,
  codecs: [],
  max_channels: null,
  register: false,
  registration_epoch: 1,
  dtmf_mode: 'rfc2833',
  nat_support: true,
  caller_id_name: null,
  caller_id_number: null,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

/** Sets the addresses of a trunk as its endpoint does. @throws AppError IP_IN_USE */
export async function setAddresses(store: Store, trunk: TrunkItem, ips: readonly TrunkIp[]): Promise<void> {
  const table = tableFor<'trunkip' | 'trunkip-address'>(store, trunk.org_id);
  const read = await table.get(trunkIpsRow, { trunk_id: trunk.id });
  await commit(
    store,
    trunk.org_id,
    await addressWrites(table, {
      trunk,
      owner: { org_id: trunk.org_id, parent_id: operatorOrganization },
      read,
      after: ips,
    }),
  );
}

import type { CascadeEffect } from '#contract/resource.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { organizationIpRow, organizationNetworkRow } from '#dynamodb/rows/organization-ip.ts';
import { change, remove } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { organizationIps } from './contract.ts';
import { networkText } from './organization-ip.ts';

/** Networks in one slice. */
const limit = 40;

/** A closed organization has no phones. */
async function deleteNetworks(_organization: string, { table }: CascadeContext<CascadeEffect<typeof organizationIps>>) {
  const { items } = await table.query(organizationIpRow, {}, { limit });
  if (items.length === 0) return [];
  return [
    ...items.flatMap((ip) => [
      remove(organizationIpRow, ip, ip),
      remove(organizationNetworkRow, { network: networkText(ip) }),
    ]),
    change(countRow, { of: 'organization_ips' }, { add: { value: -items.length } }),
  ];
}

export const cascade: CascadeSteps<typeof organizationIps> = { 'org.closed': [deleteNetworks] };

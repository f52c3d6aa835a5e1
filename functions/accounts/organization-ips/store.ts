import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import type { PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import {
  allOrganizationIps,
  organizationIpRow,
  organizationIpsBelow,
  organizationIpUseRow,
  organizationNetworkRow,
  type OrganizationIpUse,
} from '#dynamodb/rows/organization-ip.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import type { OrganizationIp } from '#schema/organization-ip.ts';
import { day } from '#schema/time.ts';
import { hourOf } from '#telephony/gateway-history.ts';
import { readListed, type ListedOrganizations } from '#dynamodb/listed-resources.ts';
import type { organizationIps } from './contract.ts';
import { maxOrganizationIps, networkText, organizationIpErrors } from './organization-ip.ts';

type Reads = Table<ReadName<EffectOf<typeof organizationIps>>>;

export const organizationIpStore = (table: Reads) => ({
  get: (id: string) => table.get(organizationIpRow, { id }),
  page: (request: PageRequest, listed: ListedOrganizations, keep: (ip: OrganizationIp) => boolean) =>
    readListed<OrganizationIp>(
      request,
      listed,
      {
        own: (range: Range) => table.query(organizationIpRow, {}, range),
        below: (parent) => (range) => table.queryIndex(organizationIpRow, 'GSI1', organizationIpsBelow(parent), range),
        all: (range) => table.queryIndex(organizationIpRow, 'GSI2', allOrganizationIps, range),
      },
      keep,
    ),
  /** The hours of the last day with requests from a network. */
  use: (id: string, now: Date): Promise<readonly OrganizationIpUse[]> =>
    readToEnd((after) =>
      table.query<'orgip-use', OrganizationIpUse, { orgip_id: string }>(
        organizationIpUseRow,
        { orgip_id: id },
        { between: [hourOf(now.getTime() - day), hourOf(now.getTime())], ...after },
      ),
    ),
});

const networks = uniqueValues(organizationNetworkRow, {
  markerOf: (ip: OrganizationIp) => ({ network: networkText(ip), orgip_id: ip.id }),
  taken: organizationIpErrors.IP_EXISTS,
  message: (ip) => `The organization has the network ${networkText(ip)} already`,
});

/** Fail with `IP_EXISTS` and `LIMIT_EXCEEDED`. */
export const ipWrites = composeWrites(
  itemWrites(organizationIpRow),
  countWrites('organization_ips', maxOrganizationIps),
  networks.writes,
);

import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { readReadyFile } from '#dynamodb/rows/file.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import type { branding } from './contract.ts';

export const brandStore = (tableOf: (organization: number) => Table<ReadName<EffectOf<typeof branding>>>) => ({
  organization: (number: number) => tableOf(number).get(organizationRow, {}),
  /** The organization whose active domain the host is. */
  ownerOf: async (host: string) => {
    const claim = await tableOf(0).get(domainNameRow, { host, claim: 'active' as const });
    return claim && tableOf(claim.org_id).get(organizationRow, {});
  },
  file: (organization: number, id: string) => readReadyFile(tableOf(organization), id),
});

import { countRow } from '#dynamodb/rows/count.ts';
import { domainNameRow, domainRow } from '#dynamodb/rows/domain.ts';
import { change, remove } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { domains } from './contract.ts';

/** Domains in one slice. */
const limit = 40;

/** The claims of a closed organization end. It has no active domain: they prevent closing. */
async function deleteDomains(_organization: string, { table }: CascadeContext<CascadeEffect<typeof domains>>) {
  const { items } = await table.query(domainRow, {}, { limit });
  if (items.length === 0) return [];
  return [
    ...items.flatMap((domain) => [
      remove(domainRow, domain, domain),
      remove(domainNameRow, { host: domain.domain, claim: domain.org_id }),
    ]),
    change(countRow, { of: 'domains' }, { add: { value: -items.length } }),
  ];
}

export const cascade: CascadeSteps<typeof domains> = { 'org.closed': [deleteDomains] };

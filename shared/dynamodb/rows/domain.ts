import { domainAndParents, domainOfAddress, type Domain } from '../../schema/domain.ts';
import { platformRow, row } from '../row.ts';
import type { Table } from '../table.ts';
import type { Condition } from '../update-expression.ts';
import { change, checkReadCondition, type Write } from '../write.ts';
import { countRow } from './count.ts';

/** `domain#1001`, newest first by id; GSI1: those of a parent's children; GSI2: all. */
export const domainRow = row<'domain', Domain, { id: string }>('domain', {
  unsharded: 'few writes',
  sort: ({ id }) => id,
  index1: ({ parent_id: parent, id }) => ({ partition: domainsBelow(parent), sort: id }),
  index2: ({ id }) => ({ partition: allDomains, sort: id }),
});

/** Partitions of the indexes, after the entity. */
export const domainsBelow = (parent: number | null): readonly string[] => ['parent', String(parent ?? 0)];
export const allDomains: readonly string[] = ['all'];

/**
 * Who claims a domain name: one item for each organization with a domain of the name, and `active` for the one whose
 * domain is active.
 */
export type DomainNameItem = {
  readonly host: string;
  readonly claim: number | 'active';
  readonly org_id: number;
  readonly domain_id: string;
};

type DomainNameKey = Pick<DomainNameItem, 'host' | 'claim'>;

export const domainNameRow = platformRow<'domain-name', DomainNameItem, DomainNameKey, { readonly host: string }>(
  'domain-name',
  {
    partition: ({ host }) => [host],
    sort: ({ claim }) => String(claim),
  },
);

/**
 * The organization's domain that e-mail from an address is sent by: an active one with a verified identity, the
 * address's own domain or the nearest one above it.
 */
export async function senderDomainOf(
  table: Pick<Table<'domain' | 'domain-name'>, 'organization' | 'get' | 'getAll'>,
  address: string,
): Promise<Domain | undefined> {
  const host = domainOfAddress(address);
  if (host === undefined) return undefined;
  const hosts = domainAndParents(host);
  const names = await table.getAll(
    domainNameRow,
    hosts.map((each) => ({ host: each, claim: 'active' as const })),
  );
  const own = names.filter((name) => name?.org_id === table.organization).flatMap((name) => name ?? []);
  const domains = await table.getAll(
    domainRow,
    own.map(({ domain_id: id }) => ({ id })),
  );
  return domains.find((domain) => domain?.status === 'active' && domain.email_status === 'verified');
}

/** The domains of an organization, and how often they have changed. */
export type ReadDomains = { readonly domains: readonly Domain[]; readonly changes: number };

const changesKey = { of: 'domain_changes' } as const;

/** All domains of an organization, of which there are 100 at most. */
export async function readDomains(table: Table<'domain' | 'count'>): Promise<ReadDomains> {
  // First: changes after it are noticed.
  const changes = (await table.get(countRow, changesKey))?.value ?? 0;
  return { domains: (await table.query(domainRow, {})).items, changes };
}

const asRead = (changes: number): Condition =>
  changes === 0
    ? { expression: 'attribute_not_exists(#value)', names: { '#value': 'value' } }
    : { expression: '#value = :changes', names: { '#value': 'value' }, values: { ':changes': changes } };

/** Part of every change of domains: stale if they have changed since they were read. */
export const countDomainChange = ({ changes }: ReadDomains): Write<'count'> =>
  change(countRow, changesKey, { add: { value: 1 }, onlyIf: asRead(changes) });

/** Stale if the domains of the organization have changed since they were read. */
export const domainsUnchanged = ({ changes }: ReadDomains): Write<'check:count'> =>
  checkReadCondition(countRow, changesKey, asRead(changes));

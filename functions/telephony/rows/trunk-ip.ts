import { isDeepStrictEqual } from 'node:util';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { platformRow, row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, remove, replace, checkCondition, type Write } from '#dynamodb/write.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import {
  affectedSourceAddresses,
  lacksProof,
  ownersAfter,
  type AddressOwner,
  type SourceAddress,
  type TrunkIp,
} from '#telephony/trunk-addresses.ts';
import type { Trunk } from '#telephony/trunk.ts';

/** The organization of a trunk, and who sells to it. */
type Owner = Pick<OrganizationItem, 'org_id' | 'parent_id'>;

/**
 * The addresses of a trunk, at most 32. Items of earlier versions have no owner, until the sweeper has recorded events
 * of their addresses without proof.
 */
export type TrunkIpsItem = Partial<Owner> & {
  readonly trunk_id: string;
  readonly ips: readonly TrunkIp[];
  readonly version: number;
};

/** `trunkip#1001` by trunk; while an address lacks proof, GSI1: those of a parent's children, GSI2: all. */
export const trunkIpsRow = row<'trunkip', TrunkIpsItem, { trunk_id: string }>('trunkip', {
  afterClosing: 'an organization with trunks is not closed',
  unsharded: 'a few writes a day each',
  sort: ({ trunk_id: trunk }) => trunk,
  index1: (item) => unprovenKey(item, unprovenBelow),
  index2: (item) => unprovenKey(item, () => allUnproven),
});

/** Partitions of the indexes, after the entity. */
export const unprovenBelow = (parent: number | null): readonly string[] => ['parent', String(parent ?? 0)];
export const allUnproven: readonly string[] = ['all'];

const unprovenKey = (
  { parent_id: parent, ips, trunk_id: sort }: TrunkIpsItem,
  partitionOf: (parent: number | null) => readonly string[],
) => (parent === undefined || !ips.some(lacksProof) ? undefined : { partition: partitionOf(parent), sort });

/**
 * The confirmed owners of calls from an address and port: one trunk, or carrier trunks of several organizations, among
 * which the called number decides. Earlier versions stored owners without confirmation here, too.
 */
export type TrunkAddressItem = SourceAddress & { readonly owners: readonly AddressOwner[]; readonly version: number };

/** `trunkip-address#203.0.113.10` by port. */
export const trunkAddressRow = platformRow<
  'trunkip-address',
  TrunkAddressItem,
  { address: string; port: number },
  { address: string }
>('trunkip-address', {
  partition: ({ address }) => [address],
  sort: ({ port }) => String(port),
});

/** What an organization says of an address and port without confirmation. */
export type TrunkClaimItem = SourceAddress & AddressOwner & { readonly version: number };

type ClaimKey = SourceAddress & { readonly org_id: number };

/**
 * `trunkip-address#203.0.113.10` after the owners, by port and organization: an item for each organization, as any
 * number of them may claim an address.
 */
export const trunkClaimRow = platformRow<'trunkip-address', TrunkClaimItem, ClaimKey, { address: string }>(
  'trunkip-address',
  {
    partition: ({ address }) => [address],
    sort: ({ port, org_id: organization }) => `${claimsOfPort(port)}${String(organization).padStart(10, '0')}`,
  },
);

const claimsOfPort = (port: number): string => `claim#${port}#`;

/** Sort keys that are ports: all others are greater. */
const ports = ['0', ':'] as const;

/** The owners of calls from an address, by port. */
export const readOwners = (table: Pick<Table<'trunkip-address'>, 'query'>, address: string) =>
  readToEnd((range) =>
    table.query<'trunkip-address', TrunkAddressItem, { address: string }>(
      trunkAddressRow,
      { address },
      { ...range, between: ports },
    ),
  );

/** The first claims of an address and port, those of the oldest organizations. */
export const readClaims = async (
  table: Pick<Table<'trunkip-address'>, 'query'>,
  { address, port }: SourceAddress,
  limit: number,
): Promise<readonly TrunkClaimItem[]> =>
  (
    await table.query<'trunkip-address', TrunkClaimItem, { address: string }>(
      trunkClaimRow,
      { address },
      { prefix: claimsOfPort(port), order: 'asc', limit },
    )
  ).items;

/** Replaces the addresses of a trunk; an empty list has no item. */
export function ipsWrites({
  trunk: { id: trunk },
  owner: { org_id, parent_id },
  read,
  after: ips,
}: AddressChange): Write<'trunkip'>[] {
  if (read === undefined)
    return ips.length === 0
      ? [ipsUnchanged(trunk, read)]
      : [create(trunkIpsRow, { trunk_id: trunk, ips, org_id, parent_id, version: 1 })];
  return ips.length === 0
    ? [remove(trunkIpsRow, read, read)]
    : [replace(trunkIpsRow, { ...read, ips, version: read.version + 1 }, read)];
}

/** The condition that a trunk's addresses are as read. */
const ipsUnchanged = (trunk: string, read: TrunkIpsItem | undefined): Write<'trunkip'> =>
  checkCondition(
    trunkIpsRow,
    { trunk_id: trunk },
    read === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.version } },
  );

/** A source address as it was read: its owners, and the claim of the organization that changes it. */
type ReadSourceAddress = {
  readonly source: SourceAddress;
  readonly owners: TrunkAddressItem | undefined;
  readonly claim: TrunkClaimItem | undefined;
};

/** A change of a trunk's addresses. `after`: none if the trunk is deleted. */
export type AddressChange = {
  readonly trunk: Pick<Trunk, 'id' | 'type'>;
  readonly owner: Owner;
  /** The item as read. */
  readonly read: TrunkIpsItem | undefined;
  readonly after: readonly TrunkIp[];
};

/**
 * Reads the source addresses of a change, and returns its writes: the list of the trunk, and the owners and claims that
 * change.
 * @throws AppError IP_IN_USE
 */
export async function addressWrites(
  table: Pick<Table<'trunkip-address'>, 'getAll'>,
  change: AddressChange,
): Promise<Write<'trunkip' | 'trunkip-address'>[]> {
  const { owner, read, after } = change;
  const sources = affectedSourceAddresses(read?.ips ?? [], after);
  const [owners, claims] = await Promise.all([
    table.getAll(trunkAddressRow, sources),
    table.getAll(
      trunkClaimRow,
      sources.map((source) => ({ ...source, org_id: owner.org_id })),
    ),
  ]);
  return [
    ...ipsWrites(change),
    ...sources.flatMap((source, at) => sourceAddressWrites({ source, owners: owners[at], claim: claims[at] }, change)),
  ];
}

/** The writes of a source address. What does not change is not written; one without owners has no item. */
function sourceAddressWrites(
  { source, owners, claim }: ReadSourceAddress,
  { trunk: { id, type }, owner: { org_id }, after: ips }: AddressChange,
): Write<'trunkip-address'>[] {
  const before = { owners: owners?.owners ?? [], claim };
  const after = ownersAfter(before, source, { org_id, trunk_id: id, type }, ips);
  return [
    ...(isDeepStrictEqual(after.owners, before.owners) ? [] : ownerWrites(source, owners, after.owners)),
    ...claimWrites(source, claim, after.claim),
  ];
}

function ownerWrites(
  source: SourceAddress,
  read: TrunkAddressItem | undefined,
  owners: readonly AddressOwner[],
): Write<'trunkip-address'>[] {
  if (read === undefined) return [create(trunkAddressRow, { ...source, owners, version: 1 })];
  return owners.length === 0
    ? [remove(trunkAddressRow, source, read)]
    : [replace(trunkAddressRow, { ...read, owners, version: read.version + 1 }, read)];
}

function claimWrites(
  source: SourceAddress,
  read: TrunkClaimItem | undefined,
  claim: AddressOwner | undefined,
): Write<'trunkip-address'>[] {
  if (claim === undefined) return read === undefined ? [] : [remove(trunkClaimRow, read, read)];
  if (read === undefined) return [create(trunkClaimRow, { ...claim, ...source, version: 1 })];
  const isUnchanged = isDeepStrictEqual({ ...claim, ...source, version: read.version }, read);
  return isUnchanged ? [] : [replace(trunkClaimRow, { ...claim, ...source, version: read.version + 1 }, read)];
}

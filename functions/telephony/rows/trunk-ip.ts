import type { AddressOwner, Place, TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import { platformRow, row } from '../../../shared/dynamodb/row.ts';
import { create, remove, replace, unchanged, type Write } from '../../../shared/dynamodb/write.ts';

/** The addresses of a trunk, 32 at most. */
export type TrunkIpsItem = { readonly trunk_id: string; readonly ips: readonly TrunkIp[]; readonly version: number };

/** `trunkip#1001` by trunk. */
export const trunkIpsRow = row<'trunkip', TrunkIpsItem, { trunk_id: string }>('trunkip', {
  sort: ({ trunk_id: trunk }) => trunk,
});

/**
 * Who calls from an address and port: one trunk, or carriers' trunks of several organizations, which the called number
 * tells apart.
 */
export type TrunkAddressItem = Place & { readonly owners: readonly AddressOwner[]; readonly version: number };

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

/** Puts the list of a trunk's addresses in place of what was read; an empty one has no item. */
export function ipsWritten(trunk: string, read: TrunkIpsItem | undefined, ips: readonly TrunkIp[]): Write<'trunkip'>[] {
  if (read === undefined)
    return ips.length === 0 ? [ipsAsRead(trunk, read)] : [create(trunkIpsRow, { trunk_id: trunk, ips, version: 1 })];
  return ips.length === 0
    ? [remove(trunkIpsRow, read, read)]
    : [replace(trunkIpsRow, { ...read, ips, version: read.version + 1 }, read)];
}

/** For whoever decides by a trunk's addresses without changing them. */
export const ipsAsRead = (trunk: string, read: TrunkIpsItem | undefined): Write<'trunkip'> =>
  unchanged(
    trunkIpsRow,
    { trunk_id: trunk },
    read === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.version } },
  );

/** Puts those who speak for a place in place of what was read; where nobody does there is no item. */
export function ownersWritten(
  place: Place,
  read: TrunkAddressItem | undefined,
  owners: readonly AddressOwner[],
): Write<'trunkip-address'>[] {
  if (read === undefined) return owners.length === 0 ? [] : [create(trunkAddressRow, { ...place, owners, version: 1 })];
  return owners.length === 0
    ? [remove(trunkAddressRow, place, read)]
    : [replace(trunkAddressRow, { ...read, owners, version: read.version + 1 }, read)];
}

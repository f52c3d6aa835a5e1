import type { AddressOwner, Place, TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import { platformRow, row } from '../../../shared/dynamodb/row.ts';
import { create, remove, replace, checkCondition, type Write } from '../../../shared/dynamodb/write.ts';

/** The addresses of a trunk, at most 32. */
export type TrunkIpsItem = { readonly trunk_id: string; readonly ips: readonly TrunkIp[]; readonly version: number };

/** `trunkip#1001` by trunk. */
export const trunkIpsRow = row<'trunkip', TrunkIpsItem, { trunk_id: string }>('trunkip', {
  sort: ({ trunk_id: trunk }) => trunk,
});

/**
 * The owners of calls from an address and port: one trunk, or carrier trunks of several organizations, among which the
 * called number decides.
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

/** Replaces the addresses of a trunk; an empty list has no item. @param read the item as read */
export function ipsWrites(trunk: string, read: TrunkIpsItem | undefined, ips: readonly TrunkIp[]): Write<'trunkip'>[] {
  if (read === undefined)
    return ips.length === 0 ? [ipsUnchanged(trunk, read)] : [create(trunkIpsRow, { trunk_id: trunk, ips, version: 1 })];
  return ips.length === 0
    ? [remove(trunkIpsRow, read, read)]
    : [replace(trunkIpsRow, { ...read, ips, version: read.version + 1 }, read)];
}

/** The condition that a trunk's addresses are as read. */
export const ipsUnchanged = (trunk: string, read: TrunkIpsItem | undefined): Write<'trunkip'> =>
  checkCondition(
    trunkIpsRow,
    { trunk_id: trunk },
    read === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.version } },
  );

/** Replaces the owners of a place; a place without owners has no item. @param read the item as read */
export function ownerWrites(
  place: Place,
  read: TrunkAddressItem | undefined,
  owners: readonly AddressOwner[],
): Write<'trunkip-address'>[] {
  if (read === undefined) return owners.length === 0 ? [] : [create(trunkAddressRow, { ...place, owners, version: 1 })];
  return owners.length === 0
    ? [remove(trunkAddressRow, place, read)]
    : [replace(trunkAddressRow, { ...read, owners, version: read.version + 1 }, read)];
}

import { platformRow, row } from '../row.ts';

export type TrunkIp = {
  readonly id: string;
  /** Canonical (RFC 5952). */
  readonly address: string;
  readonly type: 'signaling' | 'media' | 'both';
  readonly port: number;
  /** Lower goes first. */
  readonly priority: number;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
};

/** The addresses of a trunk, 32 at most. */
export type TrunkIpsItem = { readonly trunk_id: string; readonly ips: readonly TrunkIp[]; readonly version: number };

/** `trunkip#1001` by trunk. */
export const trunkIpsRow = row<'trunkip', TrunkIpsItem, { trunk_id: string }>('trunkip', { sort: ({ trunk_id: trunk }) => trunk });

/** A trunk that a source address and port speak for. */
export type AddressOwner = { readonly org_id: number; readonly trunk_id: string; readonly type: 'carrier' | 'pbx' | 'peer'; /** Whether calls are taken from it. */ readonly active: boolean };

/** Who calls from an address and port: one trunk, or carriers' trunks of several organizations, which the called number tells apart. */
export type TrunkAddressItem = { readonly address: string; readonly port: number; readonly owners: readonly AddressOwner[]; readonly version: number };

/** `trunkip-address#203.0.113.10` by port. */
export const trunkAddressRow = platformRow<'trunkip-address', TrunkAddressItem, { address: string; port: number }, { address: string }>('trunkip-address', {
  partition: ({ address }) => [address],
  sort: ({ port }) => String(port),
});

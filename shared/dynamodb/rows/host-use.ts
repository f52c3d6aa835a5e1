import { isDeepStrictEqual } from 'node:util';
import { day, second } from '../../schema/time.ts';
import type { Gateway } from '../../telephony/gateway.ts';
import type { PeerAddress } from '../../telephony/outbound-proxy.ts';
import { claimOf, nextHopKey, type HostOwner, type HostUse } from '../../telephony/shared-host.ts';
import { platformRow } from '../row.ts';
import { overwrite, remove, type Write } from '../write.ts';

type UseKey = Pick<HostUse, 'host' | 'since' | 'consent' | 'org_id' | 'id'>;

/**
 * `host#<host>`: who uses a host, or an address of one. What the operator consents to comes first, then the earliest.
 * Gateways and trunks write theirs in their own transaction; the sidecar adds the addresses that it finds.
 */
export const hostUseRow = platformRow<'host', HostUse, UseKey, { host: string }>('host', {
  partition: ({ host }) => [host],
  sort: ({ consent, since, org_id: organization, id }) =>
    [consent === 'operator' ? 'operator' : 'others', since, organization, id].join('#'),
  expires: ({ expires }) => expires,
});

/** Milliseconds for which a name is known to have had an address. Renewed in the second half, while it has it. */
export const addressTtl = 7 * day;

/** When a use of an address expires, in Unix seconds. @param now Unix milliseconds */
export const addressExpiry = (now: number): number => Math.floor((now + addressTtl) / second);

/** A gateway or trunk with a host of its own. */
export type HostUser = HostOwner & PeerAddress;

/** A gateway at its own host; undefined: it uses a trunk. */
export const gatewayHost = (gateway: Gateway) => (gateway.peer === null ? undefined : { ...gateway.peer, ...gateway });

/** The use of its host, or of its outbound proxy, by a gateway or trunk. */
export const hostUseOf = (user: HostUser, reseller: number | null): HostUse => ({
  ...claimOf(user),
  host: nextHopKey(user),
  reseller,
});

/**
 * The writes that let the index follow a change of a gateway or trunk. Those of earlier versions are indexed by their
 * next change, or by the sweeper before that.
 * @param before undefined: it is new, or had no host of its own
 * @param after undefined: it is deleted, or has none
 */
export function hostUseWrites(
  before: HostUser | undefined,
  after: HostUser | undefined,
  reseller: number | null,
): Write<'host'>[] {
  const [old, present] = [before, after].map((user) => (user === undefined ? undefined : hostUseOf(user, reseller)));
  const isMoved =
    old !== undefined &&
    (present === undefined || old.host !== present.host || hostUseRow.sort(old) !== hostUseRow.sort(present));
  const isIndexed = before?.host_since !== undefined && isDeepStrictEqual(old, present);
  return [
    ...(isMoved ? [remove(hostUseRow, old)] : []),
    ...(present === undefined || isIndexed ? [] : [overwrite(hostUseRow, present)]),
  ];
}

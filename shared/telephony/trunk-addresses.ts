import { AppError } from '../errors.ts';
import type { TrunkType } from './trunk.ts';

/** Addresses of trunks, and their owners: the source address of a call identifies the trunk. */

export const addressTypes = ['signaling', 'media', 'both'] as const;

export type TrunkIp = {
  readonly id: string;
  /** Canonical (RFC 5952). */
  readonly address: string;
  readonly type: (typeof addressTypes)[number];
  readonly port: number;
  /** Lower values are tried first. */
  readonly priority: number;
  readonly active: boolean;
  /** The seller of the organization, or the operator, has set it. */
  readonly trusted?: true;
  readonly created_at: string;
  readonly updated_at: string;
};

/** A trunk that calls from an address and port belong to. */
export type AddressOwner = {
  readonly org_id: number;
  readonly trunk_id: string;
  readonly type: TrunkType;
  /** Whether calls are accepted from there. */
  readonly active: boolean;
  /** Its sources are known, and never silenced: not on the word of the organization itself. */
  readonly trusted?: true;
};

export type Place = { readonly address: string; readonly port: number };

const isSignaling = ({ type }: TrunkIp): boolean => type !== 'media';
const placeText = ({ address, port }: Place): string => `${address} ${port}`;

/** The distinct source addresses of a trunk's calls. A place is active, or trusted, if an (active) entry of it is. */
export function placesOf(ips: readonly TrunkIp[]): (Place & Pick<AddressOwner, 'active' | 'trusted'>)[] {
  const places = Map.groupBy(ips.filter(isSignaling), placeText);
  return [...places.values()].flatMap((entries) =>
    entries.slice(0, 1).map(({ address, port }) => ({
      address,
      port,
      active: entries.some(({ active }) => active),
      ...(entries.some(({ active, trusted }) => active && trusted) ? { trusted: true as const } : {}),
    })),
  );
}

/** The places before and after a change of the list: those whose owners may change. */
export const affectedPlaces = (before: readonly TrunkIp[], after: readonly TrunkIp[]): Place[] => [
  ...new Map(
    [...placesOf(before), ...placesOf(after)].map(({ address, port }) => [
      placeText({ address, port }),
      { address, port },
    ]),
  ).values(),
];

/**
 * Two owners exclude each other unless both are carrier trunks of different organizations: there the called number
 * identifies the trunk.
 */
const excludes = (one: AddressOwner, other: AddressOwner): boolean =>
  one.trunk_id !== other.trunk_id &&
  (one.org_id === other.org_id || one.type !== 'carrier' || other.type !== 'carrier');

type Claimant = Omit<AddressOwner, 'active' | 'trusted'>;

/** The owners of a place once the trunk has these addresses. @throws AppError IP_IN_USE */
export function ownersAfter(
  owners: readonly AddressOwner[],
  place: Place,
  trunk: Claimant,
  ips: readonly TrunkIp[],
): AddressOwner[] {
  const others = owners.filter(({ trunk_id: id }) => id !== trunk.trunk_id);
  const wanted = placesOf(ips).find((each) => placeText(each) === placeText(place));
  if (wanted === undefined) return others;
  const { active, trusted } = wanted;
  const owner = { ...trunk, active, ...(trusted === undefined ? {} : { trusted }) };
  // The message does not name the other trunk, which may belong to another organization.
  if (others.some((other) => excludes(other, owner)))
    throw new AppError('IP_IN_USE', `${place.address} port ${place.port} belongs to another trunk`);
  return [...others, owner];
}

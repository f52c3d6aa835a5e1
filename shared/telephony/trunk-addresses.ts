import { AppError } from '../errors.ts';
import { omit } from '../schema/omit.ts';
import type { TrunkType } from './trunk.ts';

/**
 * Addresses of trunks, and their owners: the source address of a call identifies the trunk, if its holder proved it or
 * its seller set it (functions/telephony/sip-trunk-ips/README.md).
 */

export const addressTypes = ['signaling', 'media', 'both'] as const;

/** On whose word calls from an address are those of the trunk. */
export type Proof = {
  /** The seller of the organization, or the operator, vouches for it. */
  readonly trusted?: true;
  /** Who receives at the address and port proved that it is the organization: over UDP, as a trunk of this type. */
  readonly proven?: true;
};

export type TrunkIp = Proof & {
  readonly id: string;
  /** Canonical (RFC 5952). */
  readonly address: string;
  readonly type: (typeof addressTypes)[number];
  readonly port: number;
  /** Lower values are tried first. */
  readonly priority: number;
  readonly active: boolean;
  /** A token that was sent there: its SHA-256 hash, and until when it is good (ISO 8601). */
  readonly challenge?: { readonly hash: string; readonly until: string };
  readonly created_at: string;
  readonly updated_at: string;
};

/** A trunk that calls from an address and port belong to, or that is said to have them. */
export type AddressOwner = Proof & {
  readonly org_id: number;
  readonly trunk_id: string;
  readonly type: TrunkType;
  /** Whether calls are accepted from there. */
  readonly active: boolean;
};

export type SourceAddress = { readonly address: string; readonly port: number };

export const isSignaling = ({ type }: Pick<TrunkIp, 'type'>): boolean => type !== 'media';
const sourceAddressText = ({ address, port }: SourceAddress): string => `${address} ${port}`;

/** Whether more than the word of the organization itself says that the address is its trunk's. */
export const isConfirmed = ({ trusted, proven }: Proof): boolean => trusted === true || proven === true;

/** Whether an entry names a source of calls that neither the seller trusts nor its holder has proven. */
export const lacksProof = (ip: TrunkIp): boolean => isSignaling(ip) && !isConfirmed(ip);

/**
 * Whether more than the word of the owner says that requests which come so are its trunk's. The source port of a
 * connection says nothing, so over TCP, TLS and WebSocket only the seller's word counts.
 */
export const provesSource = ({ active, trusted, proven }: AddressOwner, isUdp: boolean): boolean =>
  active && (trusted === true || (isUdp && proven === true));

/** Whether calls that come so are the owner's. Carriers are shared: there the called number says whose a call is. */
export const admits = (owner: AddressOwner, isUdp: boolean): boolean =>
  provesSource(owner, isUdp) || (owner.active && isUdp && owner.type === 'carrier');

/** The flags of an entry as they are stored: a flag that is not set is absent. */
export const proofOf = ({ trusted, proven }: { readonly trusted?: boolean; readonly proven?: boolean }): Proof => ({
  ...(trusted === true ? { trusted } : {}),
  ...(proven === true ? { proven } : {}),
});

/** An entry as answered. */
export const presentIp = (ip: TrunkIp) => ({
  ...omit(ip, 'challenge'),
  trusted: ip.trusted ?? false,
  proven: ip.proven ?? false,
});

/** An entry of which nothing is confirmed. */
export const withoutProof = (ip: TrunkIp): Omit<TrunkIp, keyof Proof | 'challenge'> =>
  omit(ip, 'trusted', 'proven', 'challenge');

/** The distinct source addresses of a trunk's calls. One is active or confirmed if an (active) entry of it is. */
export function sourceAddressesOf(
  ips: readonly TrunkIp[],
): (SourceAddress & Pick<AddressOwner, 'active' | 'trusted' | 'proven'>)[] {
  const sources = Map.groupBy(ips.filter(isSignaling), sourceAddressText);
  return [...sources.values()].flatMap((entries) =>
    entries.slice(0, 1).map(({ address, port }) => ({
      address,
      port,
      active: entries.some(({ active }) => active),
      ...proofOf({
        trusted: entries.some(({ active, trusted }) => active && trusted === true),
        proven: entries.some(({ active, proven }) => active && proven === true),
      }),
    })),
  );
}

/** The source addresses before and after a change of the list: those whose owners may change. */
export const affectedSourceAddresses = (before: readonly TrunkIp[], after: readonly TrunkIp[]): SourceAddress[] => [
  ...new Map(
    [...sourceAddressesOf(before), ...sourceAddressesOf(after)].map(({ address, port }) => [
      sourceAddressText({ address, port }),
      { address, port },
    ]),
  ).values(),
];

/** Who has a source address, as far as a change by one organization is concerned. */
export type SourceAddressOwners = {
  /** Confirmed owners of any organization. Earlier versions stored the others here, too. */
  readonly owners: readonly AddressOwner[];
  /** What the organization itself says without confirmation. */
  readonly claim: AddressOwner | undefined;
};

/**
 * Whether one owner keeps another from an address. Claims of other organizations keep no one from it. Carrier trunks of
 * different organizations share an address: there the called number identifies the trunk.
 */
const excludes = (present: AddressOwner, wanted: AddressOwner): boolean =>
  present.org_id === wanted.org_id ||
  (isConfirmed(present) && (present.type !== 'carrier' || wanted.type !== 'carrier'));

const isSameOwner = (one: AddressOwner, other: AddressOwner): boolean =>
  one.type === other.type && isConfirmed(one) === isConfirmed(other);

type Claimant = Pick<AddressOwner, 'org_id' | 'trunk_id' | 'type'>;

/**
 * The owners of a source address once the trunk has these addresses. What the trunk has there already is not judged
 * again.
 * @throws AppError IP_IN_USE
 */
export function ownersAfter(
  { owners, claim }: SourceAddressOwners,
  source: SourceAddress,
  { org_id, trunk_id, type }: Claimant,
  ips: readonly TrunkIp[],
): SourceAddressOwners {
  const all = [...owners, ...(claim === undefined ? [] : [claim])];
  const present = all.find((owner) => owner.trunk_id === trunk_id);
  const others: SourceAddressOwners = {
    owners: owners.filter((owner) => owner.trunk_id !== trunk_id),
    claim: claim?.trunk_id === trunk_id ? undefined : claim,
  };
  const wanted = sourceAddressesOf(ips).find((each) => sourceAddressText(each) === sourceAddressText(source));
  if (wanted === undefined) return others;
  const owner: AddressOwner = { org_id, trunk_id, type, active: wanted.active, ...proofOf(wanted) };
  const isNew = present === undefined || !isSameOwner(present, owner);
  // The message does not name the other trunk, which may belong to another organization.
  if (isNew && all.some((other) => other.trunk_id !== trunk_id && excludes(other, owner)))
    throw new AppError('IP_IN_USE', `${source.address} port ${source.port} belongs to another trunk`);
  return isConfirmed(owner) ? { ...others, owners: [...others.owners, owner] } : { ...others, claim: owner };
}

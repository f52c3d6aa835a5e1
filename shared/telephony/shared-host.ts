import * as z from 'zod';
import { AppError } from '../errors.ts';
import { canonicalAddress } from '../schema/ip-address.ts';
import { nextHopOf, type PeerAddress, type SipServer } from './outbound-proxy.ts';

/**
 * Hosts of gateways and trunks that several organizations use (functions/telephony/sip-gateways/README.md). A
 * carrier that knows the platform by its address bills whom it was sold to, whichever organization calls.
 */

/** Who consented that a gateway or trunk shares its host: the operator, or the reseller that sells to its owner. */
export type Consent = 'operator' | 'reseller';

/** Stored fields of a gateway or trunk about its host. Absent in earlier versions. */
export type HostSharing = {
  /** The consent of the seller; null: none. */
  readonly shared_host?: Consent | null;
  /** Since when it has its present host (ISO 8601); absent: since its creation. */
  readonly host_since?: string;
};

/** Request field of gateways and trunks. */
export const sharedHostField = {
  shared_host: z
    .boolean()
    .describe(
      'Whether calls may be sent to a host that another organization uses and that asks for no credentials. Only the ' +
        'seller changes it. Ends when host, port, transport, outbound proxy or trunk change; default false. A ' +
        'gateway with `trunk_id` has the value of its trunk',
    ),
};

/** A gateway or trunk at a host, as it is indexed by the host. */
export type HostUse = {
  /** Host or address in the form of {@link hostKey}. */
  readonly host: string;
  readonly org_id: number;
  /** The reseller of the organization; null: the operator sells to it. */
  readonly reseller: number | null;
  /** Id of the gateway or trunk. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  readonly consent: Consent | null;
  /** Unix seconds, of an address that a name was seen to have; absent: as long as the host is configured. */
  readonly expires?: number;
};

/** A gateway or trunk that is about to send to a host; without id: a SIP URI, which no one has configured. */
export type HostClaim = Pick<HostUse, 'org_id' | 'consent'> & {
  readonly id: string | null;
  /** Since when it has its host (ISO 8601); null for a SIP URI. */
  readonly since: string | null;
};

/** A gateway or trunk with a host of its own. */
export type HostOwner = HostSharing & Pick<HostUse, 'id' | 'org_id'> & { readonly created_at: string };

/** The claim of a gateway or trunk. */
export const claimOf = ({ id, org_id, created_at, shared_host, host_since }: HostOwner) =>
  ({ id, org_id, since: host_since ?? created_at, consent: shared_host ?? null }) satisfies HostClaim;

const translated = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** A host as it is compared: IPv4 addresses inside IPv6 ones as IPv4, names in lower case without a final dot. */
function canonicalHost(host: string): string {
  const bare = host.trim().replace(/^\[(.*)\]$/, '$1');
  const address = canonicalAddress(bare);
  if (address === undefined) return bare.toLowerCase().replace(/\.$/, '');
  // RFC 6052: networks that translate addresses have the IPv4 address in the last 32 bits.
  const [, high, low] = translated.exec(address) ?? [];
  return high === undefined || low === undefined ? address : (canonicalAddress(`::ffff:${high}:${low}`) ?? address);
}

const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|(?:.+\.)?localhost)$/;

/**
 * The identity of a host: the same for all spellings, ports and transports, as a carrier knows the platform by its
 * address on all of them. On a loopback address each port is a host, as each is another program.
 */
export function hostKey(host: string, port: number): string {
  const canonical = canonicalHost(host);
  return loopback.test(canonical) ? `${canonical}:${port}` : canonical;
}

/** The identity of the server to which requests to a peer are sent: its outbound proxy, else its host. */
export function nextHopKey(peer: PeerAddress): string {
  const { host, port } = nextHopOf(peer);
  return hostKey(host, port);
}

/** What a request asks for, and who asks. */
export type SharingRequest = {
  readonly wanted: boolean | undefined;
  /** As what the caller sells to the organization; null: it does not. */
  readonly seller: Consent | null;
  /** ISO 8601. */
  readonly now: string;
};

/**
 * What is stored about the host after a change: a consent ends with another host, port, transport or outbound proxy.
 * `host_since` is of where requests are sent.
 * @param before the peer before; undefined: it is new, or had no peer of its own
 * @throws AppError NOT_THE_SELLER if another caller than the seller gives or ends a consent
 */
export function sharingAfter(
  before: (PeerAddress & HostSharing & { readonly created_at: string }) | undefined,
  after: PeerAddress,
  { wanted, seller, now }: SharingRequest,
): Required<HostSharing> {
  const isSameHost = before !== undefined && nextHopKey(before) === nextHopKey(after);
  const current = before !== undefined && isSamePeer(before, after) ? (before.shared_host ?? null) : null;
  const host_since = isSameHost ? (before.host_since ?? before.created_at) : now;
  if (wanted === undefined || (seller === null && wanted === (current !== null)))
    return { shared_host: current, host_since };
  if (seller === null)
    throw new AppError('NOT_THE_SELLER', 'Only the seller may consent that a host is shared with other organizations', {
      details: [{ path: 'shared_host', message: 'may be changed by the seller only' }],
    });
  // The consent of the operator is the stronger one.
  return { shared_host: wanted ? strongest(current, seller) : null, host_since };
}

/** Whether what was agreed with the seller about a peer is said of another address of it too. */
export const isSamePeer = (before: PeerAddress, after: PeerAddress): boolean =>
  isSameServer(before, after) && isSameServer(nextHopOf(before), nextHopOf(after));

const isSameServer = (before: SipServer, after: SipServer): boolean =>
  hostKey(before.host, before.port) === hostKey(after.host, after.port) &&
  before.port === after.port &&
  before.transport === after.transport;

const strongest = (current: Consent | null, seller: Consent): Consent => (current === 'operator' ? current : seller);

type Owner = Pick<HostUse, 'org_id' | 'reseller'>;

/** Whether a consent to one organization counts towards another: a reseller's for itself and its customers only. */
const covers = (consent: Consent | null, { reseller }: Owner, other: Owner): boolean =>
  consent === 'operator' ||
  (consent === 'reseller' && reseller !== null && (other.org_id === reseller || other.reseller === reseller));

/** The uses of a host or address. */
export type HostUses = {
  readonly uses: readonly HostUse[];
  /** Whether these are all of them. */
  readonly isWhole: boolean;
};

const earliest = (times: readonly (string | null | undefined)[]): string | undefined =>
  times.filter((time) => time !== undefined && time !== null).sort()[0];

/**
 * Whether the server at an address must ask for credentials before a call goes on: another organization uses the host
 * as well, and was there first, or has a consent that this one does not have.
 * @param reseller that sells to the organization of the claim
 * @param named uses of the configured host
 * @param addressed uses of the address; none if the host is that address
 */
export function mustProve(
  claim: HostClaim,
  reseller: number | null,
  { named, addressed }: { readonly named: HostUses; readonly addressed: HostUses },
): boolean {
  if (claim.consent === 'operator') return false;
  const isOwn = ({ org_id: organization }: HostUse): boolean => organization === claim.org_id;
  const sinceIn = ({ uses }: HostUses) => uses.filter(isOwn).map(({ since }) => since);
  const [ownNamed, ownAddressed] = [[claim.since, ...sinceIn(named)], sinceIn(addressed)];
  if ([named, addressed].some((each) => !each.isWhole && sinceIn(each).length === 0)) return true;
  const own = { org_id: claim.org_id, reseller };
  const others = [...named.uses, ...addressed.uses].filter((use) => !isOwn(use));
  return Map.groupBy(others, ({ org_id: organization }) => organization)
    .values()
    .some((uses) => {
      if (uses.every((use) => covers(claim.consent, own, use))) return false;
      if (uses.some((use) => covers(use.consent, use, own))) return true;
      // Names are compared with names: an old name that has an address since today gives no earlier claim to it.
      const sharesName = uses.some((use) => named.uses.includes(use));
      const since = earliest([...(sharesName ? ownNamed : []), ...ownAddressed]);
      return since === undefined || since > (earliest(uses.map((use) => use.since)) ?? '');
    });
}

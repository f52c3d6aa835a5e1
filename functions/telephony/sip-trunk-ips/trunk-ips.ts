import * as z from 'zod';
import { AppError, errorKinds, found, invalid } from '#errors.ts';
import { IpAddress } from '#schema/address.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { specialAddress } from '#schema/ip-address.ts';
import { minute } from '#schema/time.ts';
import { Id, Port, Timestamp } from '#schema/values.ts';
import { addressTypes, isSignaling, proofOf, withoutProof, type TrunkIp } from '#telephony/trunk-addresses.ts';
import type { Trunk } from '#telephony/trunk.ts';

/** Addresses of a trunk (`functions/telephony/sip-trunk-ips/README.md`). */

export const trunkIpErrors = errorKinds({
  TRUNK_UNREACHABLE: [503, 'Nothing can be sent to the address of the trunk.'],
});

const maxIps = 32;
const defaultMediaPort = 10_000;

const Address = IpAddress.refine(
  (address) => specialAddress(address) === undefined,
  'must not be a loopback, multicast, unspecified or link-local address',
);

const fields = {
  address: Address.describe(
    'IPv4 or IPv6 address, without a prefix length; not loopback, multicast, unspecified or link-local',
  ),
  type: z.enum(addressTypes).describe('What it is used for'),
  port: Port.describe('Port; default: the port of the trunk, for `media` 10000'),
  priority: z.int().min(0).max(65_535).describe('Lower values are tried first; default 1'),
  active: z.boolean().describe('Whether it is used; default true'),
  trusted: z
    .boolean()
    .describe(
      'Whether the seller vouches that calls from the address are calls of the trunk. Only the seller changes it. It ' +
        'ends when the organization changes address, port or type; default false',
    ),
} as const;

const WantedIp = z.object({
  address: fields.address,
  type: fields.type,
  port: fields.port.optional(),
  priority: fields.priority.optional(),
  active: fields.active.optional(),
  trusted: fields.trusted.optional(),
});
type WantedIp = z.output<typeof WantedIp>;

/** Body of PUT. */
export const WantedIps = z
  .object({ ips: z.array(WantedIp).max(maxIps).describe('Addresses to add or update') })
  .superRefine(({ ips }, context) => {
    for (const [at, ip] of ips.entries()) {
      if (ips.slice(0, at).some((other) => isSame(other, ip)))
        context.addIssue({
          code: 'custom',
          path: ['ips', at],
          message: 'repeats the address and type of an earlier entry',
        });
    }
  })
  .meta({ id: 'NewTrunkIps' });

/** Body of POST: the fields to change. */
export const IpChange = z
  .object(fields)
  .partial()
  .extend({ ip_id: z.string().describe('Id of the address') })
  .meta({ id: 'TrunkIpChange' });
export type IpChange = z.output<typeof IpChange>;

/** Body of POST /verify. */
export const IpVerification = z
  .object({
    ip_id: z.string().describe('Id of the address'),
    token: z.string().max(64).optional().describe('The token that arrived at the address; without it one is sent'),
  })
  .meta({ id: 'TrunkIpVerification' });

/** An address as answered. */
export const PresentedIp = z
  .object({
    id: Id('ip').describe('Id of the address'),
    address: z.string().describe('IPv4 or IPv6 address in canonical form'),
    type: z.enum(addressTypes).describe('What it is used for'),
    port: z.int().describe('Port'),
    priority: z.int().describe('Lower values are tried first'),
    active: z.boolean().describe('Whether it is used'),
    trusted: z
      .boolean()
      .describe(
        'Whether the seller or the operator vouches for the address. Calls from there are calls of the trunk, and ' +
          'the SIP port never silences its sources',
      ),
    proven: z
      .boolean()
      .describe('Whether its holder has answered a challenge. Calls over UDP from this port are calls of the trunk'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'TrunkIp' });

type Identity = Pick<TrunkIp, 'address' | 'type'>;
const isSame = (one: Identity, other: Identity): boolean => one.address === other.address && one.type === other.type;

/** Who sets an address, and when. */
type Author = {
  /** Whether the caller's organization sells to that of the trunk: its word is trusted. */
  readonly isSeller: boolean;
  /** ISO 8601. */
  readonly now: string;
};

type Stamp = Author & {
  readonly trunk: Pick<Trunk, 'port'>;
  readonly nextId: () => string;
};

/** @throws AppError NOT_THE_SELLER */
function assertMayTrust(isSeller: boolean): void {
  if (isSeller) return;
  throw new AppError('NOT_THE_SELLER', 'Only the seller may say whether an address is trusted', {
    details: [{ path: 'trusted', message: 'may be changed by the seller only' }],
  });
}

type Unproven = ReturnType<typeof withoutProof>;

/**
 * The entry with what is left of its proof. Both flags speak of one address, port and type: they end with a change of
 * these by the organization itself.
 * @throws AppError NOT_THE_SELLER if another caller than the seller changes `trusted`
 */
function withProof(
  after: Unproven,
  before: TrunkIp | undefined,
  wanted: boolean | undefined,
  { isSeller }: Author,
): TrunkIp {
  const { trusted = false, proven = false } = before ?? {};
  if (wanted !== undefined && wanted !== trusted) assertMayTrust(isSeller);
  const isSameSource = before !== undefined && isSame(after, before) && after.port === before.port;
  const stays = isSeller || isSameSource;
  return { ...after, ...proofOf({ trusted: stays && (wanted ?? trusted), proven: stays && proven }) };
}

function ipAfter({ trusted, ...wanted }: WantedIp, before: TrunkIp | undefined, stamp: Stamp): TrunkIp {
  const { trunk, nextId, now } = stamp;
  const port = wanted.type === 'media' ? defaultMediaPort : trunk.port;
  const base =
    before === undefined ? { id: nextId(), port, priority: 1, active: true, created_at: now } : withoutProof(before);
  const { address, type } = wanted;
  const after: Unproven = { ...base, ...definedFields(wanted), address, type, updated_at: now };
  return withProof(after, before, trusted, stamp);
}

/** The addresses of a trunk after a change, and the changed ones. */
export type ListChange = {
  readonly ips: readonly TrunkIp[];
  readonly added: readonly TrunkIp[];
  readonly updated: readonly TrunkIp[];
  readonly removed: readonly TrunkIp[];
};

/**
 * Adds or updates addresses. An entry with the address and type of an existing one updates it. Others are kept unless
 * `replace` is set.
 * @returns also the saved entries, in the order of the request
 * @throws AppError LIMIT_EXCEEDED, NOT_THE_SELLER
 */
export function putIps(
  before: readonly TrunkIp[],
  wanted: readonly WantedIp[],
  replace: boolean,
  stamp: Stamp,
): ListChange & { readonly saved: readonly TrunkIp[] } {
  const saved = wanted.map((each) =>
    ipAfter(
      each,
      before.find((ip) => isSame(ip, each)),
      stamp,
    ),
  );
  const others = before.filter((ip) => !saved.some(({ id }) => id === ip.id));
  const kept = before.flatMap((ip) => saved.find(({ id }) => id === ip.id) ?? (replace ? [] : [ip]));
  const added = saved.filter(({ id }) => !before.some((ip) => ip.id === id));
  const ips = [...kept, ...added];
  if (ips.length > maxIps) throw new AppError('LIMIT_EXCEEDED', `A trunk may have ${maxIps} addresses`);
  return { ips, saved, added, updated: saved.filter((ip) => !added.includes(ip)), removed: replace ? others : [] };
}

/**
 * Changes one address.
 * @throws AppError NOT_FOUND, NOT_THE_SELLER, VALIDATION_FAILED if another entry has the same address and type
 */
export function changeIp(
  before: readonly TrunkIp[],
  { ip_id: id, trusted, ...wanted }: IpChange,
  author: Author,
): ListChange & { readonly after: TrunkIp } {
  const present = ipWithId(before, id);
  const changed = { ...withoutProof(present), ...definedFields(wanted), updated_at: author.now };
  const after = withProof(changed, present, trusted, author);
  if (before.some((other) => other.id !== id && isSame(other, after)))
    throw invalid('address', 'another entry of the trunk has this address and type');
  return {
    ips: before.map((each) => (each.id === id ? after : each)),
    after,
    added: [],
    updated: [after],
    removed: [],
  };
}

/** Milliseconds for which a token is good. */
export const challengeTtl = 10 * minute;

/** An address that a challenge may prove. @throws AppError NOT_FOUND, VALIDATION_FAILED for media */
export function findProvable(ips: readonly TrunkIp[], id: string): TrunkIp {
  const ip = ipWithId(ips, id);
  if (!isSignaling(ip)) throw invalid('ip_id', 'calls do not come from an address of type media');
  return ip;
}

/** The list with the challenge of an address. @param hash of its token */
export const challengeIp = (ips: readonly TrunkIp[], id: string, hash: string, now: Date): readonly TrunkIp[] =>
  ips.map((ip) =>
    ip.id === id ? { ...ip, challenge: { hash, until: new Date(now.getTime() + challengeTtl).toISOString() } } : ip,
  );

/** The list with a proven address. @throws AppError VALIDATION_FAILED if the token is wrong or too old */
export function proveIp(
  ips: readonly TrunkIp[],
  id: string,
  hash: string,
  now: string,
): ListChange & { readonly after: TrunkIp } {
  const { challenge, ...ip } = findProvable(ips, id);
  if (challenge === undefined || challenge.hash !== hash || challenge.until <= now)
    throw invalid('token', 'is not the token that was sent last, or is older than 10 minutes');
  const after: TrunkIp = { ...ip, proven: true, updated_at: now };
  return { ips: ips.map((each) => (each.id === id ? after : each)), after, added: [], updated: [after], removed: [] };
}

/** Removes one address. @throws AppError NOT_FOUND */
export function removeIp(before: readonly TrunkIp[], id: string): ListChange {
  const ip = ipWithId(before, id);
  return { ips: before.filter((each) => each.id !== id), added: [], updated: [], removed: [ip] };
}

/** @throws AppError NOT_FOUND */
const ipWithId = (ips: readonly TrunkIp[], id: string): TrunkIp =>
  found(
    ips.find((ip) => ip.id === id),
    'IP configuration',
  );

/** A trunk that neither registers nor has a signaling address receives no calls. */
export const removalWarnings = (trunk: Pick<Trunk, 'register'>, { ips, removed }: ListChange): string[] =>
  removed.some(isSignaling) && !ips.some(isSignaling) && !trunk.register
    ? ['The trunk has no signaling address and does not register: no inbound calls reach the platform by it']
    : [];

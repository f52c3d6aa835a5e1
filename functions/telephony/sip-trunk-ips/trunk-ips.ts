import * as z from 'zod';
import { AppError, found, invalid } from '../../../shared/errors.ts';
import { IpAddress } from '../../../shared/schema/address.ts';
import { definedFields } from '../../../shared/schema/defined-fields.ts';
import { specialAddress } from '../../../shared/schema/ip-address.ts';
import { omit } from '../../../shared/schema/omit.ts';
import { Id, Port, Timestamp } from '../../../shared/schema/values.ts';
import { addressTypes, type TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import type { Trunk } from '../../../shared/telephony/trunk.ts';

/** Addresses of a trunk (`functions/telephony/README.md`, "Trunk addresses"). */

const maxIps = 32;
const defaultMediaPort = 10_000;

const Address = IpAddress.refine(
  (address) => specialAddress(address) === undefined,
  'must not be a loopback, multicast, unspecified or link-local address',
);

const fields = {
  address: Address.describe('IPv4 or IPv6 address, without a prefix length'),
  type: z.enum(addressTypes).describe('What it is used for'),
  port: Port.describe('Port; default: the port of the trunk, for `media` 10000'),
  priority: z.int().min(0).max(65_535).describe('Lower values are tried first; default 1'),
  active: z.boolean().describe('Whether it is used; default true'),
} as const;

const WantedIp = z.object({
  address: fields.address,
  type: fields.type,
  port: fields.port.optional(),
  priority: fields.priority.optional(),
  active: fields.active.optional(),
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
        'Whether the seller or the operator has set it, so that its sources are never silenced at the SIP port',
      ),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'TrunkIp' });

/** An address as answered. */
export const presentIp = (ip: TrunkIp): z.input<typeof PresentedIp> => ({ ...ip, trusted: ip.trusted ?? false });

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

const trusted = { trusted: true } as const;

function ipAfter(wanted: WantedIp, before: TrunkIp | undefined, { trunk, nextId, now, isSeller }: Stamp): TrunkIp {
  const port = wanted.type === 'media' ? defaultMediaPort : trunk.port;
  const base = before ?? { id: nextId(), port, priority: 1, active: true, created_at: now };
  const { address, type } = wanted;
  return { ...base, ...definedFields(wanted), address, type, updated_at: now, ...(isSeller ? trusted : {}) };
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
 * @throws AppError LIMIT_EXCEEDED
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
 * Changes one address. Trust in it ends if the organization itself changes it to another.
 * @throws AppError NOT_FOUND, VALIDATION_FAILED if another entry has the same address and type
 */
export function changeIp(
  before: readonly TrunkIp[],
  { ip_id: id, ...wanted }: IpChange,
  { isSeller, now }: Author,
): ListChange & { readonly after: TrunkIp } {
  const present = ipWithId(before, id);
  const stays = present.trusted === true && (wanted.address ?? present.address) === present.address;
  const after: TrunkIp = {
    ...omit(present, 'trusted'),
    ...definedFields(wanted),
    updated_at: now,
    ...(isSeller || stays ? trusted : {}),
  };
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

const isSignaling = ({ type }: TrunkIp): boolean => type !== 'media';

/** A trunk that neither registers nor has a signaling address receives no calls. */
export const removalWarnings = (trunk: Pick<Trunk, 'register'>, { ips, removed }: ListChange): string[] =>
  removed.some(isSignaling) && !ips.some(isSignaling) && !trunk.register
    ? ['The trunk has no signaling address and does not register: no inbound calls reach the platform by it']
    : [];

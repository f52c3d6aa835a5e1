import * as z from 'zod';
import { AppError, invalid, notFound } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { canonicalAddress, specialAddress } from '../../../shared/schema/ip-address.ts';
import { Id, Port, Timestamp } from '../../../shared/schema/values.ts';
import { addressTypes, type TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import type { Trunk } from '../../../shared/telephony/trunk.ts';

/** The addresses of a trunk (seed 001; telephony.md, "Trunk IPs"). */

const maxIps = 32;
/** Of an address that media comes from, where none is given. */
const mediaPort = 10_000;

const Address = z
  .string()
  .trim()
  .transform((value, context) => {
    const address = canonicalAddress(value);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: 'is no IPv4 or IPv6 address', params: { code: 'INVALID_IP_ADDRESS' } });
    return z.NEVER;
  })
  .refine((address) => specialAddress(address) === undefined, 'is loopback, multicast, unspecified or link-local');

const fields = {
  address: Address,
  type: z.enum(addressTypes),
  port: Port,
  priority: z.int().min(0).max(65_535),
  active: z.boolean(),
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
  .object({ ips: z.array(WantedIp).max(maxIps) })
  .superRefine(({ ips }, context) => {
    for (const [at, ip] of ips.entries()) {
      if (ips.slice(0, at).some((other) => isSame(other, ip)))
        context.addIssue({
          code: 'custom',
          path: ['ips', at],
          message: 'has the address and type of an entry before it',
        });
    }
  })
  .meta({ id: 'NewTrunkIps' });

/** Body of POST: the fields to change. */
export const IpChange = z.object(fields).partial().extend({ ip_id: z.string() }).meta({ id: 'TrunkIpChange' });
export type IpChange = z.output<typeof IpChange>;

/** As answered. */
export const ShownIp = z
  .object({
    id: Id('ip'),
    address: z.string(),
    type: z.enum(addressTypes),
    port: z.int(),
    priority: z.int(),
    active: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'TrunkIp' });

type Identity = Pick<TrunkIp, 'address' | 'type'>;
const isSame = (one: Identity, other: Identity): boolean => one.address === other.address && one.type === other.type;

type Stamp = { readonly trunk: Pick<Trunk, 'port'>; readonly nextId: () => string; readonly now: string };

function ipAfter(wanted: WantedIp, before: TrunkIp | undefined, { trunk, nextId, now }: Stamp): TrunkIp {
  const usual = { port: wanted.type === 'media' ? mediaPort : trunk.port, priority: 1, active: true };
  const known = before ?? { ...usual, id: nextId(), created_at: now };
  return { ...known, ...given(wanted), address: wanted.address, type: wanted.type, updated_at: now };
}

/** What a change makes of a trunk's list. */
export type ListChange = {
  readonly ips: readonly TrunkIp[];
  readonly added: readonly TrunkIp[];
  readonly updated: readonly TrunkIp[];
  readonly removed: readonly TrunkIp[];
};

/**
 * Adds or updates: what has the address and type of an entry takes its place; others stay, unless the list is
 * replaced. `shown`: the entries that were asked for, in order. @throws AppError LIMIT_EXCEEDED
 */
export function ipsPut(
  before: readonly TrunkIp[],
  wanted: readonly WantedIp[],
  replace: boolean,
  stamp: Stamp,
): ListChange & { readonly shown: readonly TrunkIp[] } {
  const shown = wanted.map((each) =>
    ipAfter(
      each,
      before.find((ip) => isSame(ip, each)),
      stamp,
    ),
  );
  const isPut = (ip: TrunkIp): boolean => shown.some(({ id }) => id === ip.id);
  const others = before.filter((ip) => !isPut(ip));
  const kept = before.flatMap((ip) => shown.find(({ id }) => id === ip.id) ?? (replace ? [] : [ip]));
  const added = shown.filter(({ id }) => !before.some((ip) => ip.id === id));
  const ips = [...kept, ...added];
  if (ips.length > maxIps) throw new AppError('LIMIT_EXCEEDED', `A trunk may have ${maxIps} addresses`);
  return { ips, shown, added, updated: shown.filter((ip) => !added.includes(ip)), removed: replace ? others : [] };
}

/** @throws AppError NOT_FOUND, VALIDATION_FAILED where another entry has that address and type */
export function ipPosted(
  before: readonly TrunkIp[],
  { ip_id: id, ...wanted }: IpChange,
  now: string,
): ListChange & { readonly after: TrunkIp } {
  const ip = presentIp(before, id);
  const after = { ...ip, ...given(wanted), updated_at: now };
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

/** @throws AppError NOT_FOUND */
export function ipRemoved(before: readonly TrunkIp[], id: string): ListChange {
  const ip = presentIp(before, id);
  return { ips: before.filter((each) => each.id !== id), added: [], updated: [], removed: [ip] };
}

export function presentIp(ips: readonly TrunkIp[], id: string): TrunkIp {
  const ip = ips.find((each) => each.id === id);
  if (ip === undefined) throw notFound('IP configuration');
  return ip;
}

const isSignaling = ({ type }: TrunkIp): boolean => type !== 'media';

/** A trunk that neither registers nor has an address that calls come from is called by nobody. */
export const removalWarnings = (trunk: Pick<Trunk, 'register'>, { ips, removed }: ListChange): string[] =>
  removed.some(isSignaling) && !ips.some(isSignaling) && !trunk.register
    ? ['The trunk has no signaling address and does not register: no inbound calls reach the platform by it']
    : [];

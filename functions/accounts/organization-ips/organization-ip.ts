import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { IpAddress } from '#schema/address.ts';
import { addressBits, hasHostBits } from '#schema/ip-address.ts';
import { organizationIpTypes, type OrganizationIp } from '#schema/organization-ip.ts';
import { Id, OrganizationId, organizationText, text, Timestamp } from '#schema/values.ts';

/** Networks of an organization (functions/accounts/README.md, "Organization networks"). */

export const organizationIpErrors = errorKinds({
  IP_EXISTS: [409, 'The organization has the network already.'],
  HOST_BITS_SET: [422, 'The address is not the first one of a network of this prefix.'],
});

/** Networks of an organization. */
export const maxOrganizationIps = 500;

/** The shortest prefix, by the bits of the address: a quarter of a class A network, and what a large site has. */
const shortest: Readonly<Record<32 | 128, number>> = { 32: 8, 128: 19 };

const fields = {
  type: z.enum(organizationIpTypes).describe('`whitelist`: phones may send from here; `blacklist`: they may not'),
  description: text(255).describe('Description of the network'),
  cidr: z
    .int()
    .min(8)
    .max(128)
    .describe('Length of the prefix: 8–32 for IPv4, 19–128 for IPv6; by default all bits of the address'),
};

/** Body of PUT. Absent fields get their defaults. */
export const NewOrganizationIp = z
  .object({
    organization_id: OrganizationId,
    ip_address: IpAddress.describe(
      'First address of the network: IPv4 or IPv6. Bits beyond the prefix must not be set',
    ),
    cidr: fields.cidr.optional(),
    type: fields.type.optional(),
    description: fields.description.optional(),
  })
  .meta({ id: 'NewOrganizationIp' });
export type NewOrganizationIp = z.output<typeof NewOrganizationIp>;

/** Body of POST: the fields to change. */
export const OrganizationIpChange = z.object(fields).partial().meta({ id: 'OrganizationIpChange' });
export type OrganizationIpChange = z.output<typeof OrganizationIpChange>;

const example = {
  id: 'orgip_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  ip_address: '198.51.100.0',
  cidr: 24,
  type: 'whitelist',
  description: 'Remote office subnet',
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
  version: 1,
};

/** A network as answered. */
export const PresentedOrganizationIp = z
  .object({
    id: Id('orgip').describe('Id'),
    organization_id: Id('org').describe('Organization whose phones it is for'),
    ip_address: z.string().describe('First address of the network, in canonical form'),
    cidr: z.int().describe('Length of the prefix'),
    type: fields.type,
    description: z.string().nullable().describe('Description of the network; null without one'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    version: z.int().describe('Incremented by every change'),
  })
  .meta({ id: 'OrganizationIp', example });

/** One page of networks. */
export const OrganizationIpPage = z
  .object({ ips: z.array(PresentedOrganizationIp).describe('Networks') })
  .meta({ id: 'OrganizationIpPage', example: { ips: [example] } });

/** A network with its use. */
export const UsedOrganizationIp = PresentedOrganizationIp.extend({
  last_seen: Timestamp.nullable().describe('Last SIP request from it within 24 hours; null without one'),
  request_count_24h: z
    .int()
    .describe(
      'Authenticated REGISTER, SUBSCRIBE and INVITE requests from it in the last 24 hours, rejected ones too; ' +
        'up to a minute late',
    ),
}).meta({
  id: 'UsedOrganizationIp',
  example: { ...example, last_seen: '2026-01-31T12:00:00.000Z', request_count_24h: 1_523 },
});

/** A network as answered. */
export const presentOrganizationIp = (ip: OrganizationIp): z.input<typeof PresentedOrganizationIp> => ({
  id: ip.id,
  organization_id: organizationText(ip.org_id),
  ip_address: ip.ip_address,
  cidr: ip.cidr,
  type: ip.type,
  description: ip.description,
  created_at: ip.created_at,
  updated_at: ip.updated_at,
  version: ip.version,
});

/** The network as a CIDR block. */
export const networkText = ({ ip_address: address, cidr }: Pick<OrganizationIp, 'ip_address' | 'cidr'>): string =>
  `${address}/${cidr}`;

/** @throws AppError VALIDATION_FAILED, HOST_BITS_SET */
function checkedNetwork(network: Pick<OrganizationIp, 'ip_address' | 'cidr'>) {
  const { ip_address: address, cidr } = network;
  const bits = addressBits(address);
  if (cidr < shortest[bits] || cidr > bits) throw invalid('cidr', `must be from ${shortest[bits]} to ${bits}`);
  if (hasHostBits(address, cidr))
    throw new AppError(
      organizationIpErrors.HOST_BITS_SET,
      `${networkText(network)} is not the first address of a network`,
      {
        details: [{ path: 'cidr', message: 'leaves bits of the address that are set' }],
      },
    );
  return { ip_address: address, cidr };
}

type Origin = {
  readonly id: string;
  readonly organization: number;
  /** The organization's parent. */
  readonly parent: number | null;
  /** The type if the body has none. */
  readonly type: OrganizationIp['type'];
  /** ISO 8601. */
  readonly now: string;
};

const wantedFields = (wanted: NewOrganizationIp, type: OrganizationIp['type']) => ({
  ...checkedNetwork({ ip_address: wanted.ip_address, cidr: wanted.cidr ?? addressBits(wanted.ip_address) }),
  type: wanted.type ?? type,
  description: wanted.description ?? null,
});

/** A network as first stored. @throws AppError VALIDATION_FAILED, HOST_BITS_SET */
export const newOrganizationIp = (wanted: NewOrganizationIp, origin: Origin): OrganizationIp => ({
  id: origin.id,
  org_id: origin.organization,
  parent_id: origin.parent,
  ...wantedFields(wanted, origin.type),
  created_at: origin.now,
  updated_at: origin.now,
  version: 1,
});

const changed = (before: OrganizationIp, fieldsAfter: Partial<OrganizationIp>, now: string): OrganizationIp => ({
  ...before,
  ...fieldsAfter,
  updated_at: now,
  version: before.version + 1,
});

/** PUT of an id: absent fields return to their defaults. @throws AppError VALIDATION_FAILED, HOST_BITS_SET */
export const replaceOrganizationIp = (before: OrganizationIp, wanted: NewOrganizationIp, now: string): OrganizationIp =>
  changed(before, wantedFields(wanted, 'whitelist'), now);

/** POST. The address stays. @throws AppError VALIDATION_FAILED, HOST_BITS_SET */
export function changeOrganizationIp(
  before: OrganizationIp,
  wanted: OrganizationIpChange,
  now: string,
): OrganizationIp {
  const after = { ...before, ...definedFields(wanted) };
  return changed(before, { ...definedFields(wanted), ...checkedNetwork(after) }, now);
}

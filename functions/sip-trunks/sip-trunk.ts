import * as z from 'zod';
import { AppError, invalid, notYetSupported } from '../../shared/errors.ts';
import { E164, Id, isHost, Name, OrganizationId, organizationText, Port, text, Timestamp } from '../../shared/schema/values.ts';

/** SIP trunks: what the platform is connected to (seed 001; telephony.md, "Trunks"). */

export const trunkTypes = ['carrier', 'pbx', 'peer'] as const;
export const trunkStatuses = ['pending', 'active', 'inactive', 'suspended'] as const;
const transports = ['udp', 'tcp', 'tls'] as const;
const codecs = ['G.711', 'G.711U', 'G.711A', 'G.722', 'G.726', 'G.729', 'GSM', 'iLBC', 'OPUS'] as const;
const dtmfModes = ['rfc2833', 'inband', 'info'] as const;

const Host = z.string().trim().refine(isHost, { message: 'must be a host name (RFC 1123) or an IP address', params: { code: 'INVALID_HOST' } });

/** Read without regard to case, answered in the usual spelling. */
const Codec = z.string()
  .transform((name) => codecs.find((codec) => codec.toLowerCase() === name.toLowerCase()) ?? name)
  .pipe(z.enum(codecs));
const Codecs = z.array(Codec).min(1).max(10);

const optional = {
  port: Port,
  transport: z.enum(transports),
  username: text(128).nullable(),
  password: z.string().min(1).max(128).nullable(),
  realm: text(255).nullable(),
  register: z.boolean(),
  max_channels: z.number().int().min(1).max(10_000).nullable(),
  codecs: Codecs,
  dtmf_mode: z.enum(dtmfModes),
  nat_support: z.boolean(),
  caller_id_name: text(64).nullable(),
  caller_id_number: E164.nullable(),
} as const;

const optionalFields = z.object(optional).partial();

/** Body of PUT: what a trunk shall be; absent optional fields take their defaults. */
export const NewSipTrunk = optionalFields.extend({
  name: Name,
  organization_id: OrganizationId.optional(),
  /** May be missing where the path says it. */
  type: z.enum(trunkTypes).optional(),
  host: Host,
});
export type NewSipTrunk = z.output<typeof NewSipTrunk>;

/** Body of POST: the fields to change. */
export const SipTrunkChange = optionalFields.extend({
  name: Name.optional(),
  organization_id: OrganizationId.optional(),
  type: z.enum(trunkTypes).optional(),
  host: Host.optional(),
  status: z.enum(['active', 'inactive', 'suspended']).optional(),
});
export type SipTrunkChange = z.output<typeof SipTrunkChange>;

/** As answered. */
export const SipTrunk = z.object({
  id: Id('trunk'),
  name: z.string(),
  organization_id: z.string(),
  status: z.enum(trunkStatuses),
  type: z.enum(trunkTypes),
  protocol: z.literal('sip'),
  transport: z.enum(transports),
  host: z.string(),
  port: z.number().int(),
  username: z.string().nullable(),
  has_password: z.boolean(),
  realm: z.string().nullable(),
  register: z.boolean(),
  registration: z.object({
    state: z.enum(['none', 'registering', 'registered', 'failed']),
    expires_at: Timestamp.nullable(), last_attempt: Timestamp.nullable(), next_attempt: Timestamp.nullable(),
  }),
  max_channels: z.number().int().nullable(),
  codecs: z.array(z.enum(codecs)),
  dtmf_mode: z.enum(dtmfModes),
  nat_support: z.boolean(),
  caller_id_name: z.string().nullable(),
  caller_id_number: z.string().nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
});

/** As stored. */
export type SipTrunkItem = Omit<z.output<typeof SipTrunk>, 'organization_id' | 'has_password' | 'registration' | 'protocol'> & { readonly version: number };

const tlsPort = 5061;
const sipPort = 5060;

/** Trunks neither register nor answer challenges yet: nothing is kept that would have no effect. */
function refuseUnbuilt(wanted: { readonly register?: boolean | undefined; readonly password?: string | null | undefined }): void {
  if (wanted.register === true) throw notYetSupported('register');
  if (typeof wanted.password === 'string') throw notYetSupported('password');
}

type Stamp = { readonly id: string; readonly type: (typeof trunkTypes)[number] | undefined; readonly now: string };

const usualPort = (transport: (typeof transports)[number]): number => (transport === 'tls' ? tlsPort : sipPort);

/** A trunk as it is first stored: `active` at once, as it does not register. @throws AppError 400, 422 */
export function newTrunk(wanted: NewSipTrunk, { id, type, now }: Stamp): SipTrunkItem {
  refuseUnbuilt(wanted);
  if (type === undefined) throw new AppError('MISSING_FIELD', 'Required: type', { details: [{ path: 'type', message: 'is required' }] });
  const transport = wanted.transport ?? 'udp';
  return {
    id, type, transport,
    name: wanted.name,
    status: 'active',
    host: wanted.host,
    port: wanted.port ?? usualPort(transport),
    username: wanted.username ?? null,
    realm: wanted.realm ?? null,
    register: false,
    max_channels: wanted.max_channels ?? null,
    codecs: wanted.codecs ?? ['G.711', 'G.722', 'G.729', 'OPUS'],
    dtmf_mode: wanted.dtmf_mode ?? 'rfc2833',
    nat_support: wanted.nat_support ?? false,
    caller_id_name: wanted.caller_id_name ?? null,
    caller_id_number: wanted.caller_id_number ?? null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** The trunk that a PUT of an existing id makes of it: what was left out goes back to its default. */
export const replacedTrunk = (trunk: SipTrunkItem, wanted: NewSipTrunk, now: string): SipTrunkItem => ({
  ...newTrunk(wanted, { id: trunk.id, type: wanted.type ?? trunk.type, now }),
  status: trunk.status, created_at: trunk.created_at, version: trunk.version + 1,
});

/** The trunk with the changes of a POST. @throws AppError 422 */
export function changedTrunk(trunk: SipTrunkItem, wanted: SipTrunkChange, organization: number, now: string): SipTrunkItem {
  refuseUnbuilt(wanted);
  if (wanted.organization_id !== undefined && wanted.organization_id !== organization)
    throw invalid('organization_id', 'a trunk stays with its organization');
  const { organization_id: _, password: __, ...fields } = wanted;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<SipTrunkItem>;
  const port = wanted.port ?? (wanted.transport === 'tls' && trunk.transport !== 'tls' && trunk.port === sipPort ? tlsPort : trunk.port);
  return { ...trunk, ...given, port, updated_at: now, version: trunk.version + 1 };
}

/** As answered; the password is never there. */
export const presentTrunk = ({ version: _, ...trunk }: SipTrunkItem, organization: number): z.input<typeof SipTrunk> => ({
  ...trunk,
  organization_id: organizationText(organization),
  protocol: 'sip',
  has_password: false,
  registration: { state: 'none', expires_at: null, last_attempt: null, next_attempt: null },
});

/** A caller id that is no active number of the organization is kept, but not presented on calls until it is one. */
export const trunkWarnings = (trunk: SipTrunkItem): string[] =>
  trunk.caller_id_number === null ? [] : [`caller_id_number ${trunk.caller_id_number} is no active number of the organization and is not presented on calls until it is`];

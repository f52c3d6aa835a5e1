import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { Id, OrganizationId, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import {
  gatewayStatuses,
  unknownHealth,
  type GatewayHealth,
  type PingSettings,
} from '../../../shared/telephony/gateway-health.ts';
import { isNamedBy, type Gateway, type GatewayPeer } from '../../../shared/telephony/gateway.ts';
import {
  codecs,
  peerFields,
  portAfter,
  SipHost,
  transports,
  defaultCodecs,
  defaultPort,
} from '../../../shared/telephony/sip-peer.ts';
import type { Trunk } from '../../../shared/telephony/trunk.ts';
import { referencesTo, type RoutingPolicy } from '../../dialplan/dialplan-policies/named-gateway.ts';
import type { DialplanTemplate } from '../../dialplan/dialplan-template/dialplan-template.ts';
import { gatewaysNamedIn } from '../../dialplan/dialplan-template/named-gateways.ts';

/** SIP gateways: next hops for calls, which policies name by id or name (telephony.md, "Gateways"). */

export const maxGateways = 200;

/** Stands in dial strings; one that begins `gw_` would be taken for an id. */
const GatewayName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must have 1 to 64 of letters, digits, . _ -')
  .refine((name) => !/^gw_/i.test(name), 'must not begin gw_');

const pingFields = {
  enabled: z.boolean(),
  interval_seconds: z.int().min(10).max(3_600),
  timeout_ms: z.int().min(500).max(32_000),
  degraded_ms: z.int().min(1).max(32_000),
  degraded_loss_percent: z.number().min(0.1).max(100),
  down_after: z.int().min(1).max(20),
  up_after: z.int().min(1).max(20),
} as const;

const defaultPing: PingSettings = {
  enabled: true,
  interval_seconds: 30,
  timeout_ms: 5_000,
  degraded_ms: 200,
  degraded_loss_percent: 5,
  down_after: 3,
  up_after: 3,
};

const optionalFields = z
  .object({
    ...peerFields,
    host: SipHost,
    trunk_id: z.string().max(80).nullable(),
    enabled: z.boolean(),
    prefix: z.string().regex(/^[0-9]{0,16}$/, 'must be up to 16 digits'),
    strip: z.int().min(0).max(16),
    organization_id: OrganizationId,
    ping: z.object(pingFields).partial(),
  })
  .partial();

/** Body of PUT: what a gateway shall be; absent optional fields take their defaults, an absent password stays. */
export const NewSipGateway = optionalFields.extend({ name: GatewayName }).meta({ id: 'NewSipGateway' });
export type NewSipGateway = z.output<typeof NewSipGateway>;
/** Body of POST: the fields to change; `ping` by its own fields. */
export const SipGatewayChange = optionalFields
  .extend({ name: GatewayName.optional() })
  .meta({ id: 'SipGatewayChange' });
export type SipGatewayChange = z.output<typeof SipGatewayChange>;

/** As answered. What comes from a trunk is null while that is gone. */
export const SipGateway = z
  .object({
    id: Id('gw'),
    name: z.string(),
    organization_id: z.string(),
    trunk_id: z.string().nullable(),
    host: z.string().nullable(),
    port: z.int().nullable(),
    transport: z.enum(transports).nullable(),
    username: z.string().nullable(),
    has_password: z.boolean(),
    realm: z.string().nullable(),
    codecs: z.array(z.enum(codecs)),
    max_channels: z.int().nullable(),
    caller_id_number: z.string().nullable(),
    enabled: z.boolean(),
    prefix: z.string(),
    strip: z.int(),
    ping: z.object({ ...pingFields, degraded_loss_percent: z.number() }),
    status: z.enum(gatewayStatuses),
    last_ping: Timestamp.nullable(),
    response_time_ms: z.number().nullable(),
    packet_loss_percent: z.number().nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'SipGateway' });

type PeerFields = Pick<NewSipGateway, 'host' | 'port' | 'transport' | 'username' | 'realm' | 'codecs' | 'max_channels'>;

/** A password that was sealed; null takes it away, undefined leaves what is there. */
export type SealedPassword = string | null | undefined;

/** What a request that does not say otherwise means. */
const defaultPeer = {
  transport: 'udp',
  username: null,
  realm: null,
  codecs: defaultCodecs,
  max_channels: null,
} as const;
const peerIn = ({ host, port, transport, username, realm, codecs: names, max_channels }: PeerFields) =>
  given({ host, port, transport, username, realm, codecs: names, max_channels });

function newPeer(wanted: PeerFields, sealed: SealedPassword): GatewayPeer {
  if (wanted.host === undefined)
    throw new AppError('MISSING_FIELD', 'Required: host', {
      details: [{ path: 'host', message: 'is required without trunk_id' }],
    });
  return {
    ...defaultPeer,
    port: defaultPort(wanted.transport ?? defaultPeer.transport),
    ...peerIn(wanted),
    host: wanted.host,
    sealed_password: sealed ?? null,
  };
}

const changedPeer = (peer: GatewayPeer, wanted: PeerFields, sealed: SealedPassword): GatewayPeer => ({
  ...peer,
  port: portAfter(peer, wanted.transport ?? peer.transport),
  ...peerIn(wanted),
  sealed_password: sealed === undefined ? peer.sealed_password : sealed,
});

type Stamp = { readonly id: string; readonly organization: number; readonly now: string };

/** A gateway as it is first stored. @throws AppError 400, 422 */
export function newGateway(wanted: NewSipGateway, sealed: SealedPassword, { id, organization, now }: Stamp): Gateway {
  const trunk = wanted.trunk_id ?? null;
  return checked({
    id,
    org_id: organization,
    name: wanted.name,
    enabled: wanted.enabled ?? true,
    prefix: wanted.prefix ?? '',
    strip: wanted.strip ?? 0,
    trunk_id: trunk,
    peer: trunk === null ? newPeer(wanted, sealed) : null,
    caller_id_number: wanted.caller_id_number ?? null,
    ping: pingAfter(defaultPing, wanted.ping),
    created_at: now,
    updated_at: now,
    version: 1,
  });
}

/**
 * The gateway that a PUT of an existing id makes of it: what was left out goes back to its default, but for the
 * password.
 */
export const replacedGateway = (
  gateway: Gateway,
  wanted: NewSipGateway,
  sealed: SealedPassword,
  { organization, now }: Omit<Stamp, 'id'>,
): Gateway => ({
  ...newGateway(wanted, sealed === undefined ? gateway.peer?.sealed_password : sealed, {
    id: gateway.id,
    organization,
    now,
  }),
  created_at: gateway.created_at,
  version: gateway.version + 1,
});

/** The gateway with the changes of a POST. @throws AppError 400, 422 */
export function changedGateway(
  gateway: Gateway,
  wanted: SipGatewayChange,
  sealed: SealedPassword,
  { organization, now }: Omit<Stamp, 'id'>,
): Gateway {
  if (wanted.organization_id !== undefined && wanted.organization_id !== organization)
    throw invalid('organization_id', 'a gateway stays with its organization');
  const { name, enabled, prefix, strip, caller_id_number } = wanted;
  const trunk = wanted.trunk_id === undefined ? gateway.trunk_id : wanted.trunk_id;
  const own = (): GatewayPeer =>
    gateway.peer === null ? newPeer(wanted, sealed) : changedPeer(gateway.peer, wanted, sealed);
  return checked({
    ...gateway,
    ...given({ name, enabled, prefix, strip, caller_id_number }),
    org_id: organization,
    trunk_id: trunk,
    peer: trunk === null ? own() : null,
    ping: pingAfter(gateway.ping, wanted.ping),
    updated_at: now,
    version: gateway.version + 1,
  });
}

const pingAfter = (before: PingSettings, wanted: NewSipGateway['ping']): PingSettings => ({
  ...before,
  ...(wanted === undefined ? {} : given(wanted)),
});

/** @throws AppError VALIDATION_FAILED */
function checked(gateway: Gateway): Gateway {
  const { timeout_ms: timeout, interval_seconds: interval } = gateway.ping;
  if (timeout >= interval * 1_000) throw invalid('ping.timeout_ms', 'must be below the interval');
  return gateway;
}

/** @throws AppError VALIDATION_FAILED for a trunk that is none of the organization */
export function requireTrunk(gateway: Gateway, trunk: Trunk | undefined): void {
  if (gateway.trunk_id !== null && trunk === undefined)
    throw invalid('trunk_id', `${gateway.trunk_id} is no trunk of the organization`);
}

/** Whether a gateway is pinged otherwise than before, so that what its pings said no longer counts. */
export function isElsewhere(before: Gateway, after: Gateway): boolean {
  const placeOf = ({ enabled, ping, trunk_id: trunk, peer }: Gateway): string =>
    JSON.stringify([enabled, ping.enabled, trunk, peer?.host, peer?.port, peer?.transport]);
  return placeOf(before) !== placeOf(after);
}

type Shown = z.input<typeof SipGateway>;

/** A peer as answered; null where the trunk is gone. */
function presentPeer(
  peer: GatewayPeer | undefined | null,
): Pick<Shown, 'host' | 'port' | 'transport' | 'username' | 'realm' | 'max_channels' | 'has_password' | 'codecs'> {
  if (peer === undefined || peer === null)
    return {
      host: null,
      port: null,
      transport: null,
      username: null,
      realm: null,
      max_channels: null,
      has_password: false,
      codecs: [],
    };
  const { host, port, transport, username, realm, max_channels, sealed_password: password, codecs: names } = peer;
  return { host, port, transport, username, realm, max_channels, has_password: password !== null, codecs: [...names] };
}

/** As answered; the password is never there. `trunk`: the one it goes by. */
export function presentGateway(gateway: Gateway, health: GatewayHealth | undefined, trunk: Trunk | undefined): Shown {
  const { version: _, org_id: organization, peer, ...shown } = gateway;
  const { last_ping: lastPing, response_time_ms, packet_loss_percent } = health ?? unknownHealth;
  return {
    ...shown,
    ...presentPeer(gateway.trunk_id === null ? peer : trunk),
    organization_id: organizationText(organization),
    status: statusOf(gateway, health),
    last_ping: lastPing === null ? null : new Date(lastPing).toISOString(),
    response_time_ms,
    packet_loss_percent,
  };
}

/** A disabled gateway is not pinged, and nothing is known of it. */
const statusOf = ({ enabled }: Gateway, health: GatewayHealth | undefined): GatewayHealth['status'] =>
  enabled ? (health?.status ?? 'unknown') : 'unknown';

const ofTrunk = ['host', 'port', 'transport', 'username', 'password', 'realm', 'codecs', 'max_channels'] as const;

/**
 * What of a request has no effect yet, or none any more, as sentences. @param callerId those about the number that it
 * shows
 */
export function gatewayWarnings(
  gateway: Gateway,
  wanted: Pick<NewSipGateway, (typeof ofTrunk)[number]>,
  callerId: readonly string[],
): string[] {
  const ignored = gateway.trunk_id === null ? [] : ofTrunk.filter((field) => wanted[field] !== undefined);
  return [
    ...(ignored.length === 0 ? [] : [`${ignored.join(', ')}: the trunk's count, as the gateway goes by it`]),
    ...callerId,
  ];
}

/** What names gateways. */
export type Naming = { readonly policies: readonly RoutingPolicy[]; readonly template: DialplanTemplate | undefined };

type Namer = {
  readonly id: string;
  readonly message: string;
  /** Whether by its name, which then cannot change. */ readonly byName: boolean;
};

/** Policies and the template, as far as they name this gateway. */
function namersOf(gateway: Gateway, { policies, template }: Naming): Namer[] {
  const namer = (id: string, what: string, references: readonly string[]): Namer[] =>
    references.length === 0
      ? []
      : [{ id, message: `${what} routes over it`, byName: references.some((reference) => reference !== gateway.id) }];
  const inTemplate =
    template === undefined
      ? []
      : gatewaysNamedIn(template).filter((reference) =>
          isNamedBy(gateway, template.gateway_ids?.[reference.toLowerCase()] ?? reference),
        );
  return [
    ...policies.flatMap((policy) => namer(policy.id, `policy ${policy.name}`, referencesTo(gateway, policy))),
    ...(template === undefined ? [] : namer(template.id, `template ${template.name}`, inTemplate)),
  ];
}

function reject(namers: readonly Namer[], why: string): void {
  if (namers.length === 0) return;
  throw new AppError('GATEWAY_IN_USE', `The dial plan names this gateway; ${why}`, {
    details: namers.slice(0, 20).map(({ id, message }) => ({ path: id, message })),
  });
}

/** @throws AppError GATEWAY_IN_USE, with up to 20 of what names it */
export const rejectInUse = (gateway: Gateway, naming: Naming): void =>
  reject(namersOf(gateway, naming), 'force=true deletes it, and leaves those without a route');

/** @throws AppError GATEWAY_IN_USE while something names it by the name that it has */
export const rejectNamed = (gateway: Gateway, naming: Naming): void =>
  reject(
    namersOf(gateway, naming).filter(({ byName }) => byName),
    'its name stays',
  );

export type GatewayFilter = {
  readonly status?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly trunk_id?: string | undefined;
  readonly q?: string | undefined;
};

/** Whether a list that is filtered so shows the gateway. */
export const isListed = (
  gateway: Gateway,
  health: GatewayHealth | undefined,
  { status, enabled, trunk_id: trunk, q }: GatewayFilter,
): boolean =>
  (status === undefined || statusOf(gateway, health) === status) &&
  (enabled === undefined || gateway.enabled === enabled) &&
  (trunk === undefined || gateway.trunk_id === trunk) &&
  (q === undefined || gateway.name.toLowerCase().includes(q.toLowerCase()));

import * as z from 'zod';
import { invalid, missingField } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { second } from '#schema/time.ts';
import { OrganizationId } from '#schema/values.ts';
import type { PingSettings } from '#telephony/gateway-health.ts';
import { foreignCallerIdAfter, foreignCallerIdField } from '#telephony/foreign-caller-id.ts';
import { stirSettings, type Gateway, type GatewayPeer } from '#telephony/gateway.ts';
import {
  assertOwnCaller,
  assertSettings,
  peerSettingFields,
  peerSettingNames,
  settingsAfter,
  withoutSettings,
  type WantedSettings,
} from '#telephony/peer-setting-fields.ts';
import { settingsOf } from '#telephony/peer-settings.ts';
import { sharedHostField, sharingAfter, type SharingRequest } from '#telephony/shared-host.ts';
import {
  defaultCodecs,
  defaultPort,
  peerFields,
  portAfter,
  SipHost,
  type SealedPassword,
} from '#telephony/sip-peer.ts';
import type { Trunk } from '#telephony/trunk.ts';

/** SIP gateways: next hops for calls (`functions/telephony/README.md`, "Gateways"). */

export const maxGateways = 200;

/** Part of dial strings. A name that begins with `gw_` would be taken for an id. */
const GatewayName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must have 1 to 64 letters, digits, dots, underscores or hyphens')
  .refine((name) => !/^gw_/i.test(name), 'must not begin with gw_')
  .describe('Name, unique in the organization, case ignored, and not beginning with `gw_`; policies may reference it');

export const pingFields = {
  enabled: z.boolean().describe('Whether the gateway is pinged; default true'),
  interval_seconds: z.int().min(10).max(3_600).describe('Seconds between pings, ± 10 %; default 30'),
  timeout_ms: z
    .int()
    .min(500)
    .max(32_000)
    .describe('Milliseconds to wait for an answer, less than the interval; default 5000'),
  degraded_ms: z
    .int()
    .min(1)
    .max(32_000)
    .describe('`degraded` above this mean of the last 5 response times, milliseconds; default 200'),
  degraded_loss_percent: z
    .number()
    .min(0.1)
    .max(100)
    .describe('`degraded` from this loss of the last 20 pings, percent; default 5'),
  down_after: z.int().min(1).max(20).describe('Consecutive failures until `down`; default 3'),
  up_after: z.int().min(1).max(20).describe('Consecutive good pings until `healthy` again; default 3'),
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
    ...peerSettingFields,
    host: SipHost.describe('Host name or IP address of the peer; required without `trunk_id`'),
    ...sharedHostField,
    ...foreignCallerIdField,
    trunk_id: z
      .string()
      .max(80)
      .nullable()
      .describe(
        'Trunk of the organization whose peer it uses: values of the request for fields of the peer are ignored with ' +
          'a warning; null: it has a peer of its own',
      ),
    enabled: z
      .boolean()
      .describe('Whether calls are routed to it and it is pinged; its status is `unknown` otherwise; default true'),
    prefix: z
      .string()
      .regex(/^[0-9]{0,16}$/, 'must have at most 16 digits')
      .describe('Digits put before the dialed string, after `strip`. Calls are priced by the result'),
    strip: z.int().min(0).max(16).describe('Number of leading digits removed from the dialed string; default 0'),
    stir: z
      .enum(stirSettings)
      .describe(
        '`sign`: calls over the gateway have an `Identity` header, signed with the certificate of its organization ' +
          '(`/stir/certificates`). Without one they go unsigned, with an event; default `off`',
      ),
    organization_id: OrganizationId,
    ping: z.object(pingFields).partial().describe('How it is pinged, and the thresholds of its status'),
  })
  .partial();

/** Body of PUT. Absent fields get their defaults; an absent password is kept when replacing. */
export const NewSipGateway = optionalFields.extend({ name: GatewayName }).meta({ id: 'NewSipGateway' });
export type NewSipGateway = z.output<typeof NewSipGateway>;
/** Body of POST: the fields to change; those of `ping` one by one. */
export const SipGatewayChange = optionalFields
  .extend({ name: GatewayName.optional() })
  .meta({ id: 'SipGatewayChange' });
export type SipGatewayChange = z.output<typeof SipGatewayChange>;

type PeerFields = WantedSettings &
  Pick<NewSipGateway, 'host' | 'port' | 'transport' | 'username' | 'realm' | 'codecs' | 'max_channels'>;

const defaultPeer = {
  transport: 'udp',
  username: null,
  realm: null,
  codecs: defaultCodecs,
  max_channels: null,
} as const;
const peerOf = ({ host, port, transport, username, realm, codecs, max_channels }: PeerFields) =>
  definedFields({ host, port, transport, username, realm, codecs, max_channels });

/** @throws AppError MISSING_FIELD without a host */
function newPeer(body: PeerFields, sealed: SealedPassword): GatewayPeer {
  if (body.host === undefined) throw missingField('host');
  return {
    ...defaultPeer,
    port: defaultPort(body.transport ?? defaultPeer.transport),
    ...peerOf(body),
    ...settingsAfter({}, body),
    host: body.host,
    sealed_password: sealed ?? null,
  };
}

const changePeer = (peer: GatewayPeer, body: PeerFields, sealed: SealedPassword): GatewayPeer => ({
  ...withoutSettings(peer),
  port: portAfter(peer, body.transport ?? peer.transport),
  ...peerOf(body),
  ...settingsAfter(peer, body),
  sealed_password: sealed === undefined ? peer.sealed_password : sealed,
});

type Identity = {
  readonly id: string;
  readonly organization: number;
  /** ISO 8601. */
  readonly now: string;
};

/**
 * A gateway as first stored.
 * @param sealed its sealed password
 * @throws AppError MISSING_FIELD without host and trunk, VALIDATION_FAILED
 */
export function newGateway(body: NewSipGateway, sealed: SealedPassword, { id, organization, now }: Identity): Gateway {
  const trunk = body.trunk_id ?? null;
  const gateway = {
    id,
    org_id: organization,
    name: body.name,
    enabled: body.enabled ?? true,
    prefix: body.prefix ?? '',
    strip: body.strip ?? 0,
    trunk_id: trunk,
    peer: trunk === null ? newPeer(body, sealed) : null,
    caller_id_number: body.caller_id_number ?? null,
    stir: body.stir ?? 'off',
    ping: pingAfter(defaultPing, body.ping),
    created_at: now,
    updated_at: now,
    version: 1,
  };
  assertPingTimes(gateway.ping);
  if (gateway.peer !== null) assertSettings(gateway.peer);
  return gateway;
}

/**
 * The gateway after a PUT of its id: absent fields return to their defaults, except the password.
 * @throws AppError MISSING_FIELD, VALIDATION_FAILED
 */
export const replaceGateway = (
  gateway: Gateway,
  body: NewSipGateway,
  sealed: SealedPassword,
  { organization, now }: Omit<Identity, 'id'>,
): Gateway => ({
  ...newGateway(body, sealed === undefined ? gateway.peer?.sealed_password : sealed, {
    id: gateway.id,
    organization,
    now,
  }),
  created_at: gateway.created_at,
  version: gateway.version + 1,
});

/** The gateway after a POST. @throws AppError MISSING_FIELD without host and trunk, VALIDATION_FAILED */
export function changeGateway(
  gateway: Gateway,
  body: SipGatewayChange,
  sealed: SealedPassword,
  { organization, now }: Omit<Identity, 'id'>,
): Gateway {
  if (body.organization_id !== undefined && body.organization_id !== organization)
    throw invalid('organization_id', 'a gateway cannot move to another organization');
  const { name, enabled, prefix, strip, caller_id_number, stir } = body;
  const trunk = body.trunk_id === undefined ? gateway.trunk_id : body.trunk_id;
  const ownPeer = (): GatewayPeer =>
    gateway.peer === null ? newPeer(body, sealed) : changePeer(gateway.peer, body, sealed);
  const after = {
    ...gateway,
    ...definedFields({ name, enabled, prefix, strip, caller_id_number, stir }),
    org_id: organization,
    trunk_id: trunk,
    peer: trunk === null ? ownPeer() : null,
    ping: pingAfter(gateway.ping, body.ping),
    updated_at: now,
    version: gateway.version + 1,
  };
  assertPingTimes(after.ping);
  if (after.peer !== null) assertSettings(after.peer);
  return after;
}

const pingAfter = (before: PingSettings, body: NewSipGateway['ping']): PingSettings => ({
  ...before,
  ...(body === undefined ? {} : definedFields(body)),
});

/** @throws AppError VALIDATION_FAILED */
function assertPingTimes({ timeout_ms: timeout, interval_seconds: interval }: PingSettings): void {
  if (timeout >= interval * second) throw invalid('ping.timeout_ms', 'must be below the interval');
}

/**
 * @param trunk the trunk that the gateway names, if the organization has it
 * @throws AppError VALIDATION_FAILED
 */
export function assertTrunkExists(gateway: Gateway, trunk: Trunk | undefined): void {
  if (gateway.trunk_id !== null && trunk === undefined)
    throw invalid('trunk_id', `${gateway.trunk_id} is not a trunk of the organization`);
}

/** Whether pings go to another peer or end, so that earlier results no longer count. */
export function isPingedDifferently(before: Gateway, after: Gateway): boolean {
  const targetOf = ({ enabled, ping, trunk_id: trunk, peer }: Gateway): string =>
    JSON.stringify([
      ...[enabled, ping.enabled, trunk, peer?.host, peer?.port, peer?.transport],
      settingsOf(peer ?? {}).outbound_proxy,
    ]);
  return targetOf(before) !== targetOf(after);
}

/**
 * The gateway with what its seller says of its host. One that uses a trunk has no host: what is said of the trunk
 * counts.
 * @param foreign whether the host is to accept caller numbers of others
 * @throws AppError NOT_THE_SELLER, VALIDATION_FAILED
 */
export function withConsents(
  before: Gateway | undefined,
  after: Gateway,
  request: SharingRequest & { readonly foreign: boolean | undefined },
): Gateway {
  const plain = omit(after, 'shared_host', 'host_since', 'foreign_caller_id');
  if (after.peer !== null) {
    const peerBefore = before === undefined || before.peer === null ? undefined : { ...before, ...before.peer };
    const accepts = foreignCallerIdAfter(peerBefore, after.peer, { wanted: request.foreign, seller: request.seller });
    assertOwnCaller(after.peer, accepts);
    return { ...plain, ...sharingAfter(peerBefore, after.peer, request), ...accepts };
  }
  if (request.wanted === true) throw invalid('shared_host', 'is set on the trunk that the gateway uses');
  if (request.foreign === true) throw invalid('foreign_caller_id', 'is set on the trunk that the gateway uses');
  return plain;
}

const trunkFields = [
  ...(['host', 'port', 'transport', 'username', 'password', 'realm', 'codecs', 'max_channels'] as const),
  ...peerSettingNames,
] as const;

/** Warnings about fields of the body without effect. @param callerId warnings about the caller ID */
export function gatewayWarnings(
  gateway: Gateway,
  body: Pick<NewSipGateway, (typeof trunkFields)[number]>,
  callerId: readonly string[],
): string[] {
  const ignored = gateway.trunk_id === null ? [] : trunkFields.filter((field) => body[field] !== undefined);
  return [
    ...(ignored.length === 0
      ? []
      : [`${ignored.join(', ')}: ignored, as the gateway uses a trunk; the values of the trunk apply`]),
    ...callerId,
  ];
}

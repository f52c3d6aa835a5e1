import * as z from 'zod';
import { omit } from '#schema/omit.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import { gatewayStatuses, unknownHealth, type GatewayHealth } from '#telephony/gateway-health.ts';
import { stirSettings, type Gateway, type GatewayPeer } from '#telephony/gateway.ts';
import { peerSettingAnswers, presentSettings } from '#telephony/peer-setting-fields.ts';
import { codecs, transports } from '#telephony/sip-peer.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { pingFields } from './sip-gateway.ts';

/** Gateways as answered and listed. */

/** A gateway as answered. It never contains the password. */
export const SipGateway = z
  .object({
    id: Id('gw').describe('Id of the gateway'),
    name: z.string().describe('Name, which policies may reference'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    trunk_id: z.string().nullable().describe('The trunk whose peer it uses; null: it has a peer of its own'),
    host: z.string().nullable().describe('Host name or IP address of the peer; null if its trunk was deleted'),
    port: z.int().nullable().describe('SIP port of the peer; null if its trunk was deleted'),
    transport: z.enum(transports).nullable().describe('SIP transport; null if its trunk was deleted'),
    username: z.string().nullable().describe('User name for authentication challenges'),
    has_password: z.boolean().describe('Whether a password is stored'),
    realm: z.string().nullable().describe('Realm whose challenges are answered; null: any realm'),
    codecs: z.array(z.enum(codecs)).describe('Codecs in order of preference'),
    max_channels: z
      .int()
      .nullable()
      .describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    caller_id_number: z.string().nullable().describe('Caller number to present (E.164)'),
    shared_host: z
      .boolean()
      .describe('Whether the seller consents to calls to a host that other organizations use; with a trunk, its own'),
    foreign_caller_id: z
      .boolean()
      .describe('Whether the peer accepts caller numbers that are not the organization’s; with a trunk, its own'),
    stir: z.enum(stirSettings).describe('Whether its calls are signed (STIR/SHAKEN)'),
    ...peerSettingAnswers,
    enabled: z.boolean().describe('Whether calls are routed to it and it is pinged'),
    prefix: z.string().describe('Digits put before the dialed string, after `strip`'),
    strip: z.int().describe('Number of leading digits removed from the dialed string'),
    ping: z
      .object({ ...pingFields, degraded_loss_percent: z.number().describe('`degraded` from this loss, percent') })
      .describe('How it is pinged, and the thresholds of its status'),
    status: z.enum(gatewayStatuses).describe('Status by pings and reports; `unknown` before the first, or if disabled'),
    last_ping: Timestamp.nullable().describe('Time of the last ping or report'),
    response_time_ms: z.number().nullable().describe('Response time of the last ping, milliseconds; null: no answer'),
    packet_loss_percent: z.number().nullable().describe('Loss of the last 20 pings, percent'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'SipGateway' });

type Presented = z.input<typeof SipGateway>;
type PresentedPeer = Pick<
  Presented,
  'host' | 'port' | 'transport' | 'username' | 'realm' | 'max_channels' | 'has_password' | 'codecs'
>;

/** The peer of a gateway whose trunk was deleted. */
const noPeer: PresentedPeer = {
  host: null,
  port: null,
  transport: null,
  username: null,
  realm: null,
  max_channels: null,
  has_password: false,
  codecs: [],
};

function presentPeer(peer: GatewayPeer | undefined | null): PresentedPeer {
  if (peer === undefined || peer === null) return noPeer;
  const { host, port, transport, username, realm, max_channels, sealed_password: password, codecs: names } = peer;
  return { host, port, transport, username, realm, max_channels, has_password: password !== null, codecs: [...names] };
}

/** A gateway as answered. @param trunk the trunk that it uses, if that exists */
export function presentGateway(
  gateway: Gateway,
  health: GatewayHealth | undefined,
  trunk: Trunk | undefined,
): Presented {
  const reached = gateway.trunk_id === null ? gateway : trunk;
  const { last_ping: lastPing, response_time_ms, packet_loss_percent } = health ?? unknownHealth;
  return {
    ...omit(gateway, 'version', 'org_id', 'peer', 'host_since'),
    ...presentPeer(gateway.trunk_id === null ? gateway.peer : trunk),
    ...presentSettings((gateway.trunk_id === null ? gateway.peer : trunk) ?? {}),
    organization_id: organizationText(gateway.org_id),
    shared_host: (reached?.shared_host ?? null) !== null,
    foreign_caller_id: reached?.foreign_caller_id ?? false,
    stir: gateway.stir ?? 'off',
    status: statusOf(gateway, health),
    last_ping: lastPing === null ? null : new Date(lastPing).toISOString(),
    response_time_ms,
    packet_loss_percent,
  };
}

/** A disabled gateway is not pinged, so its status is unknown. */
const statusOf = ({ enabled }: Gateway, health: GatewayHealth | undefined): GatewayHealth['status'] =>
  enabled ? (health?.status ?? 'unknown') : 'unknown';

export type GatewayFilter = {
  readonly status?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly trunk_id?: string | undefined;
  readonly q?: string | undefined;
};

/** Whether a list with this filter contains the gateway. */
export const matchesFilter = (
  gateway: Gateway,
  health: GatewayHealth | undefined,
  { status, enabled, trunk_id: trunk, q }: GatewayFilter,
): boolean =>
  (status === undefined || statusOf(gateway, health) === status) &&
  (enabled === undefined || gateway.enabled === enabled) &&
  (trunk === undefined || gateway.trunk_id === trunk) &&
  (q === undefined || gateway.name.toLowerCase().includes(q.toLowerCase()));

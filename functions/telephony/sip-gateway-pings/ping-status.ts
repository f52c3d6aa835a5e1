import * as z from 'zod';
import { Id, Timestamp } from '#schema/values.ts';
import { gatewayStatuses, unknownHealth, uptimePercent, type GatewayHealth } from '#telephony/gateway-health.ts';
import { hourlyPoints, type HistoryPoint } from '#telephony/gateway-history.ts';
import type { Gateway } from '#telephony/gateway.ts';
import type { Trunk } from '#telephony/trunk.ts';

/** Ping status and history of a gateway as answered (`functions/telephony/sip-gateways/README.md`, "Pings"). */

const Point = z.object({
  timestamp: Timestamp.describe('Time of the ping, or the beginning of the hour'),
  status: z.enum(gatewayStatuses).describe('Status after the ping, or the worst of the hour'),
  response_time_ms: z.number().nullable().describe('Response time, or the mean of the hour, milliseconds'),
});

export const PingStatus = z
  .object({
    gateway_id: Id('gw').describe('Id of the gateway'),
    name: z.string().describe('Name of the gateway'),
    host: z.string().nullable().describe('Host of the peer; null if its trunk was deleted'),
    status: z.enum(gatewayStatuses).describe('Status; `unknown` before the first ping, or if disabled'),
    last_ping: Timestamp.nullable().describe('Time of the last ping or report'),
    response_time_ms: z.number().nullable().describe('Response time of the last ping, milliseconds; null: no answer'),
    packet_loss_percent: z.number().nullable().describe('Loss of the last 20 pings, percent'),
    uptime_percent_24h: z
      .number()
      .nullable()
      .describe('Percentage of the last 24 hours, or since creation, in which it was not down; null while unknown'),
    last_error: z.string().optional().describe('Why it is not healthy, if known'),
    history: z.array(Point).optional().describe('Newest first, with `include_history`'),
  })
  .meta({ id: 'GatewayPings' });

/** Maximum number of points in an answer, which is limited to 6 MB. */
const maxPoints = 20_000;

/** The history as answered, newest first: each ping, or one point an hour. */
export const presentHistory = (points: readonly HistoryPoint[], resolution: 'raw' | 'hour'): z.input<typeof Point>[] =>
  (resolution === 'raw' ? points : hourlyPoints(points))
    .slice(0, maxPoints)
    .map(({ at, status, response_time_ms }) => ({ timestamp: new Date(at).toISOString(), status, response_time_ms }));

type PingedGateway = {
  readonly gateway: Gateway;
  readonly health: GatewayHealth | undefined;
  readonly trunk: Trunk | undefined;
};

/** The status as answered. @param now Unix milliseconds */
export function presentStatus(
  { gateway, health: read, trunk }: PingedGateway,
  now: number,
): z.input<typeof PingStatus> {
  const health = gateway.enabled && read !== undefined ? read : unknownHealth;
  const { status, last_ping: lastPing, response_time_ms, packet_loss_percent, last_error: lastError } = health;
  return {
    gateway_id: gateway.id,
    name: gateway.name,
    host: gateway.trunk_id === null ? (gateway.peer?.host ?? null) : (trunk?.host ?? null),
    status,
    response_time_ms,
    packet_loss_percent,
    last_ping: lastPing === null ? null : new Date(lastPing).toISOString(),
    uptime_percent_24h: uptimePercent(health, Date.parse(gateway.created_at), now),
    ...(status === 'healthy' || lastError === null ? {} : { last_error: lastError }),
  };
}

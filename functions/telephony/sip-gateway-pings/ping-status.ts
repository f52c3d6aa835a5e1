import * as z from 'zod';
import { Id, Timestamp } from '../../../shared/schema/values.ts';
import {
  gatewayStatuses,
  unknownHealth,
  uptimePercent,
  type GatewayHealth,
} from '../../../shared/telephony/gateway-health.ts';
import { hourlyPoints, type HistoryPoint } from '../../../shared/telephony/gateway-history.ts';
import type { Gateway } from '../../../shared/telephony/gateway.ts';
import type { Trunk } from '../../../shared/telephony/trunk.ts';

/** How a gateway is, as pings and monitors say (seed 001; telephony.md, "Gateways"). */

const Point = z.object({
  timestamp: Timestamp,
  status: z.enum(gatewayStatuses),
  response_time_ms: z.number().nullable(),
});

export const PingStatus = z
  .object({
    gateway_id: Id('gw'),
    name: z.string(),
    host: z.string().nullable(),
    status: z.enum(gatewayStatuses),
    last_ping: Timestamp.nullable(),
    response_time_ms: z.number().nullable(),
    packet_loss_percent: z.number().nullable(),
    uptime_percent_24h: z.number().nullable(),
    /** When it is not healthy, and somebody said why. */
    last_error: z.string().optional(),
    /** Newest first. */
    history: z.array(Point).optional(),
  })
  .meta({ id: 'GatewayPings' });

/** Points that an answer shows at most, which has room for them. */
const maxPoints = 20_000;

/** Newest first: each ping, or one point an hour. */
export const shownHistory = (points: readonly HistoryPoint[], resolution: 'raw' | 'hour'): z.input<typeof Point>[] =>
  (resolution === 'raw' ? points : hourlyPoints(points))
    .slice(0, maxPoints)
    .map(({ at, status, response_time_ms }) => ({ timestamp: new Date(at).toISOString(), status, response_time_ms }));

type Known = {
  readonly gateway: Gateway;
  readonly health: GatewayHealth | undefined;
  readonly trunk: Trunk | undefined;
};

/** As answered. `now`: Unix milliseconds. */
export function presentStatus({ gateway, health: read, trunk }: Known, now: number): z.input<typeof PingStatus> {
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

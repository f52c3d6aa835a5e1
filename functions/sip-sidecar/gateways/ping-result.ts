import { isAlive, type PingResult } from '#telephony/gateway-health.ts';
import type { Reply } from '../outbound/outbound.ts';

/**
 * The result of a ping. Every final response except a server failure means that the gateway is alive.
 * @param at when the ping was sent, in Unix milliseconds
 * @param milliseconds until the reply
 */
export function pingResult(reply: Reply, at: number, milliseconds: number): PingResult {
  if (reply.kind === 'failed') return { at, error: reply.reason };
  const { status, reason } = reply.response;
  return isAlive(status) ? { at, response_time_ms: Math.round(milliseconds) } : { at, error: `${status} ${reason}` };
}

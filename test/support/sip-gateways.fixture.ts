import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { newResponse } from '../../shared/sip/build.ts';
import { parseMessage, serialize } from '../../shared/sip/message.ts';
import { isSipUri } from '../../shared/sip/uri.ts';
import type { GatewayItem } from '../../shared/dynamodb/rows/gateway.ts';

/** One OPTIONS request that a gateway received. */
export type Ping = {
  readonly host: string;
  /** Port of the task that sent it. */ readonly from: number;
  /** Unix milliseconds. */ readonly at: number;
};

/** Number of source addresses of the answers: from a single address they would exceed the rate limit of strangers. */
const socketCount = 32;

/**
 * Many gateways in one process: every address of 127.0.0.0/8 at one port. Each answers 200, and is identified by the
 * Request-URI.
 */
export type Gateways = { readonly port: number; readonly pings: Ping[]; readonly close: () => void };

export async function startGateways(): Promise<Gateways> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }).bind(0);
  const sockets = Array.from({ length: socketCount }, (_, at) => createSocket('udp4').bind(0, `127.2.0.${at + 1}`));
  await Promise.all([socket, ...sockets].map((each) => once(each, 'listening')));
  const pings: Ping[] = [];
  socket.on('message', (bytes, { address, port }) => {
    const request = parseMessage(bytes);
    if (request.kind !== 'request' || !isSipUri(request.uri)) return;
    pings.push({ host: request.uri.host, from: port, at: Date.now() });
    sockets[pings.length % socketCount]?.send(
      serialize(newResponse(request, { status: 200, toTag: 'gateway' })),
      port,
      address,
    );
  });
  return { port: socket.address().port, pings, close: () => [socket, ...sockets].forEach((each) => each.close()) };
}

/** Address of a gateway by its number. */
export const hostOf = (number: number): string => `127.1.${number >> 8}.${number & 255}`;

export function gatewayAt(
  number: number,
  { port, interval }: { readonly port: number; readonly interval: number },
): GatewayItem {
  const at = '2026-11-20T10:00:00.000Z';
  return {
    id: `gw_${number}`,
    org_id: 1_001,
    name: `gateway-${number}`,
    enabled: true,
    prefix: '',
    strip: 0,
    trunk_id: null,
    caller_id_number: null,
    created_at: at,
    updated_at: at,
    version: 1,
    peer: {
      host: hostOf(number),
      port,
      transport: 'udp',
      username: null,
      sealed_password: null,
      realm: null,
      codecs: [],
      max_channels: null,
    },
    ping: {
      enabled: true,
      interval_seconds: interval,
      timeout_ms: 5_000,
      degraded_ms: 200,
      degraded_loss_percent: 5,
      down_after: 3,
      up_after: 3,
    },
  };
}

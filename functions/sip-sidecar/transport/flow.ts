import { canonicalAddress } from '#schema/ip-address.ts';
import type { Arrival } from '#sip/framing.ts';
import type { BindingFlow } from '../../telephony/rows/binding.ts';

/** The transports that the sidecar supports. */
export type TransportName = BindingFlow['transport'];

/** Whether each message of a transport is a frame of a WebSocket (RFC 7118 §5). */
export const isWebSocket = (transport: TransportName): transport is 'ws' | 'wss' =>
  transport === 'ws' || transport === 'wss';

/** An IP address and a port. */
export type Endpoint = { readonly address: string; readonly port: number };

/**
 * The network path of a packet and of its answer: a flow in the sense of RFC 5626 §2. `task`: id of the task that has
 * the socket; absent, or this task's own: this one. `isProven`: that task has verified the credentials of the request.
 */
export type Flow = BindingFlow & { readonly task?: string; readonly isProven?: true };

/** The received bytes of an arrival; of a keep-alive none. */
export function bytesOf(arrival: Arrival): Buffer {
  if (arrival.kind === 'keepalive') return nothing;
  return arrival.kind === 'message' ? arrival.bytes : arrival.head;
}

const nothing = Buffer.alloc(0);

/** The destination of a request after DNS resolution. */
export type Destination = Endpoint & {
  /** No one connects to a browser. */
  readonly transport: Exclude<TransportName, 'ws' | 'wss'>;
  /** Host name for TLS: the peer must have its certificate (RFC 5922). */
  readonly serverName?: string;
};

/** Whether two texts are the same IP address: sockets of both families write IPv4 addresses in two forms. */
export const isSameAddress = (one: string, other: string): boolean =>
  one === other || (canonicalAddress(one) ?? one) === (canonicalAddress(other) ?? other);

/** Identifies a flow. */
export const flowKey = ({ transport, remote, connection }: Flow): string =>
  `${transport}:${remote.address}:${remote.port}:${connection ?? ''}`;

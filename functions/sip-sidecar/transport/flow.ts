import type { BindingFlow } from '../../telephony/rows/binding.ts';

/** The transports that the sidecar itself speaks. */
export type TransportName = 'udp' | 'tcp' | 'tls';

/** An address and port of one side. */
export type Endpoint = { readonly address: string; readonly port: number };

/** Where a packet came from, and the way back: RFC 5626 §2 calls it a flow. */
export type Flow = Omit<BindingFlow, 'transport'> & { readonly transport: TransportName };

/**
 * What came out of a transport. `refused`: the head of a message whose frame cannot be trusted; its connection ends.
 */
export type Arrival =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  | { readonly kind: 'keepalive' }
  | { readonly kind: 'refused'; readonly head: Buffer; readonly code: 400 | 413; readonly reason: string };

/** Where a request is to go, after resolution. */
export type Destination = Endpoint & {
  readonly transport: TransportName;
  /** Whose certificate is asked for (RFC 5922). */
  readonly serverName?: string;
};

/** Bytes of one message: of its header part, and of its body. */
export const messageLimits = { head: 16_384, body: 65_536 } as const;

/** Text by which flows are told apart. */
export const flowKey = ({ transport, remote, connection }: Flow): string =>
  `${transport}:${remote.address}:${remote.port}:${connection ?? ''}`;

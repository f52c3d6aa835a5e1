import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

type Endpoint = { readonly address: string; readonly port: number };

/**
 * A NAT for UDP with a load balancer behind it. A client inside gets a port outside, which accepts only packets from
 * the destination of its own last packet (RFC 4787 §5, address and port-dependent filtering) and expires without
 * packets from inside (§4.3).
 */
export type Nat = {
  /** The address to which clients inside send. */
  readonly inside: Endpoint;
  /** Changes the server to which the load balancer forwards. */
  readonly routeTo: (server: Endpoint) => void;
  /** Number of packets that were not accepted. */
  readonly rejected: () => number;
  readonly close: () => void;
};

type Mapping = { readonly socket: Socket; expiry: NodeJS.Timeout };

/** @param ttl milliseconds for which a port outside remains after the last packet from inside */
export async function startNat(server: Endpoint, ttl: number): Promise<Nat> {
  const mappings = new Map<number, Mapping>();
  let [target, rejected] = [server, 0];
  const inner = createSocket('udp4').bind(0, '127.0.0.1');
  await once(inner, 'listening');

  const forget = (port: number): void => {
    mappings.get(port)?.socket.close();
    mappings.delete(port);
  };
  const newMapping = (port: number): Mapping => {
    const socket = createSocket('udp4').bind(0, '127.0.5.1');
    socket.on('message', (bytes, from) => {
      if (from.port === target.port && from.address === target.address) inner.send(bytes, port, '127.0.0.1');
      else rejected += 1;
    });
    const mapping = { socket, expiry: setTimeout(() => forget(port), ttl) };
    mappings.set(port, mapping);
    return mapping;
  };
  inner.on('message', (bytes, { port }) => {
    const mapping = mappings.get(port) ?? newMapping(port);
    clearTimeout(mapping.expiry);
    mapping.expiry = setTimeout(() => forget(port), ttl);
    mapping.socket.send(bytes, target.port, target.address);
  });
  return {
    inside: { address: '127.0.0.1', port: inner.address().port },
    routeTo: (next) => void (target = next),
    rejected: () => rejected,
    close: () => {
      for (const [port, { expiry }] of mappings) {
        clearTimeout(expiry);
        forget(port);
      }
      inner.close();
    },
  };
}

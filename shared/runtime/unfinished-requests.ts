import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { minute, second } from '../schema/time.ts';

/** Limits of what clients of an HTTP server leave half sent, as a connection costs its sender almost nothing. */

/** Options of a server, in milliseconds: for the head of a request, for a TLS handshake, and between two checks. */
export const headTimeouts = {
  headersTimeout: 10 * second,
  handshakeTimeout: 10 * second,
  connectionsCheckingInterval: second,
} as const;

/** Milliseconds without a byte after which a body is given up. A body that goes on may take longer than a head. */
export const idleTimeout = minute;

/** Connections of one address that have not sent a whole request. */
export const maxUnfinished = 512;

type Connection = {
  readonly socket: Socket;
  /** The request in progress. */
  request?: IncomingMessage | undefined;
  /** Bytes that its completed requests had; -1 before the first. */
  read: number;
};

const isUnfinished = ({ socket, request, read }: Connection): boolean =>
  request === undefined ? socket.bytesRead > read : !request.complete;

/** TLS wraps the socket of a connection in another one: both have the same remote end. */
const keyOf = ({ remotePort }: Socket): number => remotePort ?? 0;

/**
 * Rejects a connection of an address that has 512 others without a whole request. Idle connections that are kept for
 * further requests do not count.
 * @returns what exempts a connection from now on: one that does not speak HTTP any more
 */
export function limitUnfinished(server: Server, max = maxUnfinished): (socket: Socket) => void {
  const byAddress = new Map<string, Map<number, Connection>>();
  const find = (socket: Socket) => byAddress.get(socket.remoteAddress ?? '')?.get(keyOf(socket));

  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress: address = '' } = socket;
    const key = keyOf(socket);
    const ofAddress = byAddress.get(address) ?? new Map<number, Connection>();
    if (ofAddress.size >= max && ofAddress.values().filter(isUnfinished).take(max).toArray().length >= max)
      return void socket.destroy();
    byAddress.set(address, ofAddress.set(key, { socket, read: -1 }));
    socket.once('close', () => {
      // A new connection may have the port already.
      if (ofAddress.get(key)?.socket === socket) ofAddress.delete(key);
      if (ofAddress.size === 0) byAddress.delete(address);
    });
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = find(request.socket);
    if (connection === undefined) return;
    connection.request = request;
    response.once('close', () => {
      // The next request of a pipeline may have begun.
      if (connection.request !== request) return;
      connection.request = undefined;
      connection.read = connection.socket.bytesRead;
    });
  });
  return (socket) => {
    const connection = find(socket);
    if (connection !== undefined) connection.read = Number.POSITIVE_INFINITY;
  };
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { ConnectionDependencies } from './connection-table.ts';
import { Connections, type TlsEnd, type WebSocketSettings } from './connections.ts';
import type { Destination, Endpoint, Flow } from './flow.ts';

/** A bound UDP socket. */
type UdpSocket = {
  readonly local: Endpoint;
  /** Sends a packet. An error counts as a lost packet. */
  readonly send: (bytes: Buffer, to: Endpoint) => void;
  readonly isOpen: () => boolean;
  readonly close: () => Promise<void>;
};

/** Bytes that the kernel buffers while the process is busy: a few thousand requests. */
const receiveBuffer = 8 * 1024 * 1024;

/** Emitted when the kernel has accepted a packet. */
const packetSent = Symbol('packet sent');

/** Binds a UDP socket. `receive` must not throw. @throws Error if the port is in use */
async function openUdp(bound: Endpoint, receive: (bytes: Buffer, flow: Flow) => void): Promise<UdpSocket> {
  const socket = createSocket({ type: isIPv6(bound.address) ? 'udp6' : 'udp4', recvBufferSize: receiveBuffer });
  socket.bind({ address: bound.address, port: bound.port });
  await once(socket, 'listening');
  // A transaction may still send after the socket is closed.
  let isClosed = false;
  const local = { address: bound.address, port: socket.address().port };
  socket.on('message', (bytes, { address, port }) =>
    receive(bytes, { transport: 'udp', remote: { address, port }, local }),
  );
  // An ICMP error of an earlier packet. The timer of its transaction handles the loss.
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  let unsent = 0;
  return {
    local,
    isOpen: () => !isClosed,
    send: (bytes, { address, port }) => {
      // Node throws for port 0, which a packet may come from (RFC 768), and DNS may name.
      if (isClosed || port === 0) return;
      unsent += 1;
      socket.send(bytes, port, address, () => {
        unsent -= 1;
        socket.emit(packetSent);
      });
    },
    close: async () => {
      isClosed = true;
      // `send` resolves even an IP address asynchronously, and a packet would be lost if the socket closed before.
      while (unsent > 0) await once(socket, packetSent);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** The open transports of a task. */
export type Transports = {
  /** Bound addresses. A port that was 0 in the settings is the port that the system chose. */
  readonly bound: { readonly udp: Endpoint; readonly tcp: Endpoint; readonly ws: Endpoint; readonly tls?: Endpoint };
  /** False if the connection of the flow is closed. */
  readonly send: (bytes: Buffer, flow: Flow) => boolean;
  /** Whether the flow, which a call uses, is open: its connection is not closed as idle then. */
  readonly keep: (flow: Flow) => boolean;
  /** A flow to a destination, over a connection that we established. Rejects if that takes too long. */
  readonly connect: (to: Destination) => Promise<Flow>;
  readonly connections: () => number;
  /** How many of them calls use, at any task. */
  readonly inCalls: () => number;
  /** Closes some of those that are idle, if the task leaves its work. */
  readonly closeIdle: () => void;
  /** Whether all ports are open. */
  readonly isOpen: () => boolean;
  readonly close: () => Promise<void>;
};

/** Local address and ports; without `tls` its port is not opened. */
export type TransportSettings = {
  readonly host: string;
  readonly udp: number;
  readonly tcp: number;
  readonly tls?: { readonly port: number; readonly end: TlsEnd };
  readonly ws: WebSocketSettings;
};

/** A datagram of less than 5 bytes is a keep-alive (RFC 5626 §4.4) or not SIP. */
const isKeepalive = (bytes: Buffer): boolean => bytes.length < 5;

/** Opens the sockets. `onArrival` must not throw. @throws Error if a port is in use */
export async function openTransports(
  { host, udp, tcp, tls, ws }: TransportSettings,
  dependencies: ConnectionDependencies,
): Promise<Transports> {
  const packets = await openUdp({ address: host, port: udp }, (bytes, flow) => {
    if (dependencies.admission.admits(flow, bytes))
      dependencies.onArrival(isKeepalive(bytes) ? { kind: 'keepalive' } : { kind: 'message', bytes }, flow);
  });
  const connections = new Connections(dependencies);
  const boundTcp = await connections.listen({ address: host, port: tcp });
  const boundTls = tls === undefined ? undefined : await connections.listen({ address: host, port: tls.port }, tls.end);
  const boundWs = await connections.listenForWebSockets({ address: host, port: ws.port }, ws);
  return {
    bound: { udp: packets.local, tcp: boundTcp, ws: boundWs, ...(boundTls === undefined ? {} : { tls: boundTls }) },
    send: (bytes, flow) => {
      if (flow.transport !== 'udp') return connections.send(bytes, flow);
      packets.send(bytes, flow.remote);
      return true;
    },
    keep: (flow) => flow.transport === 'udp' || connections.keep(flow),
    connect: async (to) =>
      to.transport === 'udp'
        ? { transport: 'udp', remote: { address: to.address, port: to.port }, local: packets.local }
        : connections.connect(to),
    connections: () => connections.size,
    inCalls: () => connections.inCalls,
    closeIdle: () => connections.closeIdle(),
    isOpen: () => packets.isOpen() && connections.isListening,
    close: async () => {
      await Promise.all([packets.close(), connections.close()]);
    },
  };
}

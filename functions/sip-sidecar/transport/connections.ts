import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { framing } from './framing.ts';
import type { Arrival, Destination, Endpoint, Flow } from './flow.ts';

/** SIP over connections (RFC 3261 §18): those that come in, and those that are made. */
export type Connections = {
  /** False where the connection of a flow is gone. */
  readonly send: (bytes: Buffer, flow: Flow) => boolean;
  /** An open connection to the destination, or a new one. Rejects when none can be made in time. */
  readonly connect: (to: Destination) => Promise<Flow>;
  /** Listens. `secure`: the certificate of a TLS that ends here; `terminated`: it ended before us, at the load balancer. */
  readonly listen: (bound: Endpoint, how?: { readonly secure?: { readonly key: string; readonly cert: string }; readonly terminated?: true }) => Promise<Endpoint>;
  /** A registered contact uses it: it may be silent for longer. */
  readonly keep: (flow: Flow) => void;
  readonly count: () => number;
  readonly close: () => Promise<void>;
};

/** What a task holds at most: of all sources, and of one address that has proven nothing. */
const most = { connections: 20_000, ofAddress: 1_000 } as const;
/** Milliseconds: to connect; for a message once it has begun; without a message; the same where a contact uses it. */
const patience = { connect: 5_000, message: 10_000, idle: 60_000, kept: 600_000 } as const;
/** Bytes that may wait for a peer that does not read. */
const mostWaiting = 262_144;

const pong = Buffer.from('\r\n');

type Connection = { readonly socket: Socket; readonly flow: Flow; idle: number; heardAt: number; messageSince: number | undefined };

export type Heard = (arrival: Arrival, flow: Flow) => void;
type Outside = { readonly heard: Heard; /** A connection ended. */ readonly gone: (flow: Flow) => void; readonly admits: (address: string) => boolean; readonly now: () => number };

const endpointText = (transport: string, { address, port }: Endpoint): string => `${transport}:${address}:${port}`;

export function openConnections({ heard, gone, admits, now }: Outside): Connections {
  const open = new Map<string, Connection>();
  const byRemote = new Map<string, Connection>();
  const ofAddress = new Map<string, number>();
  const servers: Server[] = [];
  const connecting = new Map<string, Promise<Flow>>();

  const forget = ({ flow }: Connection): void => {
    if (!open.delete(flow.connection ?? '')) return;
    const remote = endpointText(flow.transport, flow.remote);
    if (byRemote.get(remote)?.flow.connection === flow.connection) byRemote.delete(remote);
    const left = (ofAddress.get(flow.remote.address) ?? 1) - 1;
    if (left === 0) ofAddress.delete(flow.remote.address);
    else ofAddress.set(flow.remote.address, left);
    gone(flow);
  };

  const adopt = (socket: Socket, transport: 'tcp' | 'tls', remote: Endpoint): Connection => {
    const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const connection: Connection = { socket, flow: { transport, remote, local, connection: randomUUID() }, idle: patience.idle, heardAt: now(), messageSince: undefined };
    open.set(connection.flow.connection ?? '', connection);
    byRemote.set(endpointText(transport, remote), connection);
    ofAddress.set(remote.address, (ofAddress.get(remote.address) ?? 0) + 1);
    listenTo(connection);
    return connection;
  };

  const listenTo = (connection: Connection): void => {
    const { socket, flow } = connection;
    const frames = framing();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      connection.heardAt = now();
      for (const arrival of frames.take(chunk)) {
        if (!admits(flow.remote.address)) continue;
        if (arrival.kind === 'keepalive') socket.write(pong);
        heard(arrival, flow);
        if (arrival.kind === 'refused') socket.destroySoon();
      }
      connection.messageSince = frames.isWithin() ? connection.messageSince ?? now() : undefined;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => forget(connection));
  };

  const welcome = (socket: Socket, transport: 'tcp' | 'tls'): void => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const full = open.size >= most.connections || (ofAddress.get(address) ?? 0) >= most.ofAddress;
    if (full || address === '' || !admits(address)) return void socket.destroy();
    adopt(socket, transport, { address, port: socket.remotePort ?? 0 });
  };

  const dial = async (to: Destination, transport: 'tcp' | 'tls'): Promise<Flow> => {
    const { address: host, port, serverName } = to;
    const socket = transport === 'tls' ? connectTls({ host, port, ...(serverName === undefined ? {} : { servername: serverName }) }) : connectTcp({ host, port });
    const late = setTimeout(() => socket.destroy(new Error('no connection in time')), patience.connect);
    try {
      await once(socket, transport === 'tls' ? 'secureConnect' : 'connect');
    } finally {
      clearTimeout(late);
    }
    return adopt(socket, transport, { address: host, port }).flow;
  };

  const sweep = setInterval(() => {
    const at = now();
    for (const { socket, heardAt, idle, messageSince } of open.values())
      if (at - heardAt > idle || (messageSince !== undefined && at - messageSince > patience.message)) socket.destroy();
  }, 1_000);
  sweep.unref();

  return {
    count: () => open.size,
    keep: ({ connection }) => {
      const found = open.get(connection ?? '');
      if (found !== undefined) found.idle = patience.kept;
    },
    send: (bytes, { connection }) => {
      const socket = open.get(connection ?? '')?.socket;
      if (socket === undefined || !socket.writable) return false;
      if (socket.writableLength > mostWaiting) return void socket.destroy() ?? false;
      socket.write(bytes);
      return true;
    },
    connect: async (to) => {
      const transport = to.transport === 'tls' ? 'tls' : 'tcp';
      const remote = endpointText(transport, to);
      const reused = byRemote.get(remote)?.flow;
      if (reused !== undefined) return reused;
      const flow = connecting.get(remote) ?? dial(to, transport).finally(() => connecting.delete(remote));
      connecting.set(remote, flow);
      return flow;
    },
    listen: async (bound, { secure, terminated } = {}) => {
      const transport = secure !== undefined || terminated === true ? 'tls' : 'tcp';
      const server = secure === undefined
        ? createServer((socket) => welcome(socket, transport))
        : createTlsServer({ ...secure, minVersion: 'TLSv1.2', handshakeTimeout: patience.connect }, (socket) => welcome(socket, transport));
      server.listen(bound.port, bound.address);
      await once(server, 'listening');
      servers.push(server);
      return { address: bound.address, port: (server.address() as AddressInfo).port };
    },
    close: async () => {
      clearInterval(sweep);
      const closed = servers.map((server) => once(server.close(), 'close'));
      for (const { socket } of open.values()) socket.destroy();
      await Promise.all(closed);
    },
  };
}

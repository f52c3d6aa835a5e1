import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { minute, second } from '../../../shared/schema/time.ts';
import { framing } from './framing.ts';
import type { Arrival, Endpoint, Flow } from './flow.ts';

/** The dependencies of connections. */
export type ConnectionDependencies = {
  readonly onArrival: (arrival: Arrival, flow: Flow) => void;
  /** Called when a connection has closed. */
  readonly onClosed: (flow: Flow) => void;
  /** Whether to process what comes from this address. */
  readonly admits: (address: string) => boolean;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Connections of a task, and of one address. */
const max = { connections: 20_000, perAddress: 1_000 } as const;
/** Timeouts in milliseconds. */
const timeout = {
  /** From the first to the last byte of a message. */
  message: 10 * second,
  /** Without any data. */
  idle: minute,
  /** Without any data, on a connection that a registered contact uses. */
  registered: 10 * minute,
  /** For the last bytes to be sent. */
  closing: second,
} as const;
/** Unsent bytes at most; beyond, the peer does not read, and its connection is closed. */
const maxUnsent = 262_144;

const pong = Buffer.from('\r\n');

type Connection = {
  readonly socket: Socket;
  readonly flow: Flow;
  /** Milliseconds. */
  idleTimeout: number;
  lastDataAt: number;
  messageSince: number | undefined;
};

const remoteKey = (transport: string, { address, port }: Endpoint): string => `${transport}:${address}:${port}`;

/** The open connections by their id and by their remote end. */
export class ConnectionTable {
  readonly #dependencies: ConnectionDependencies;
  readonly #open = new Map<string, Connection>();
  readonly #byRemote = new Map<string, Connection>();
  readonly #countByAddress = new Map<string, number>();

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#open.size;
  }

  hasRoomFor(address: string): boolean {
    return this.#open.size < max.connections && (this.#countByAddress.get(address) ?? 0) < max.perAddress;
  }

  /** The open connection to a remote end. */
  to(transport: 'tcp' | 'tls', remote: Endpoint): Flow | undefined {
    return this.#byRemote.get(remoteKey(transport, remote))?.flow;
  }

  /** Adds a connected socket. */
  add(socket: Socket, transport: 'tcp' | 'tls', remote: Endpoint): Flow {
    const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const flow: Flow = { transport, remote, local, connection: randomUUID() };
    const connection: Connection = {
      socket,
      flow,
      idleTimeout: timeout.idle,
      lastDataAt: this.#dependencies.now(),
      messageSince: undefined,
    };
    this.#open.set(flow.connection ?? '', connection);
    this.#byRemote.set(remoteKey(transport, remote), connection);
    this.#countByAddress.set(remote.address, (this.#countByAddress.get(remote.address) ?? 0) + 1);
    this.#listenTo(connection);
    return flow;
  }

  /** False if the connection is closed, or if its peer does not read. */
  send(bytes: Buffer, { connection }: Flow): boolean {
    const socket = this.#open.get(connection ?? '')?.socket;
    if (socket?.writable !== true) return false;
    if (socket.writableLength > maxUnsent) {
      socket.destroy();
      return false;
    }
    socket.write(bytes);
    return true;
  }

  /** A registered contact uses the connection: it may be idle for longer. */
  keepOpen({ connection }: Flow): void {
    const found = this.#open.get(connection ?? '');
    if (found !== undefined) found.idleTimeout = timeout.registered;
  }

  /** Closes idle connections, and those whose message takes too long. */
  sweep(): void {
    const now = this.#dependencies.now();
    for (const { socket, lastDataAt, idleTimeout, messageSince } of this.#open.values())
      if (now - lastDataAt > idleTimeout || (messageSince !== undefined && now - messageSince > timeout.message))
        socket.destroy();
  }

  /** Closes all connections after their unsent bytes, or after the closing timeout. */
  close(): void {
    for (const { socket } of this.#open.values()) {
      socket.destroySoon();
      setTimeout(() => socket.destroy(), timeout.closing).unref();
    }
  }

  #listenTo(connection: Connection): void {
    const { socket, flow } = connection;
    const frames = framing();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      connection.lastDataAt = this.#dependencies.now();
      for (const arrival of frames.take(chunk)) this.#receive(arrival, connection);
      connection.messageSince = frames.isWithin() ? (connection.messageSince ?? connection.lastDataAt) : undefined;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#remove(flow));
  }

  #receive(arrival: Arrival, { socket, flow }: Connection): void {
    if (arrival.kind === 'keepalive') socket.write(pong);
    if (this.#dependencies.admits(flow.remote.address)) this.#dependencies.onArrival(arrival, flow);
    // Earlier messages of the same chunk are answered first.
    if (arrival.kind === 'rejected') setImmediate(() => socket.destroySoon());
  }

  #remove(flow: Flow): void {
    if (!this.#open.delete(flow.connection ?? '')) return;
    const remote = remoteKey(flow.transport, flow.remote);
    if (this.#byRemote.get(remote)?.flow === flow) this.#byRemote.delete(remote);
    const remaining = (this.#countByAddress.get(flow.remote.address) ?? 1) - 1;
    if (remaining === 0) this.#countByAddress.delete(flow.remote.address);
    else this.#countByAddress.set(flow.remote.address, remaining);
    this.#dependencies.onClosed(flow);
  }
}

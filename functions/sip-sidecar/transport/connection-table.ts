import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { minute, second } from '../../../shared/schema/time.ts';
import type { Admission } from './admission.ts';
import { framing } from './framing.ts';
import { bytesOf, type Arrival, type Endpoint, type Flow } from './flow.ts';

/** The dependencies of connections. */
export type ConnectionDependencies = {
  readonly onArrival: (arrival: Arrival, flow: Flow) => void;
  /** Called when a connection has closed. */
  readonly onClosed: (flow: Flow) => void;
  readonly admission: Pick<Admission, 'admits' | 'admitsConnection'>;
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
  /** With unsent bytes: the peer does not read. */
  unread: 10 * second,
  /** For the last bytes to be sent. */
  closing: second,
} as const;
/** Unsent bytes at most; beyond, the connection is closed, as its peer does not read. */
const maxUnsent = { connection: 262_144, address: 4 * 1024 * 1024 } as const;

/** Bytes that are read from a connection between two sweeps, that is, in a second: by default, and if it is kept. */
const maxReceived = { stranger: 65_536, kept: 4 * 1024 * 1024 } as const;

const pong = Buffer.from('\r\n');

type Connection = {
  readonly socket: Socket;
  readonly flow: Flow;
  /** Whether a registered contact uses it. */
  isKept: boolean;
  lastDataAt: number;
  /** When the connection had no unsent bytes. */
  sentAllAt: number;
  messageSince: number | undefined;
  /** Bytes since the last sweep. */
  received: number;
};

const isOverdue = ({ lastDataAt, isKept, messageSince, sentAllAt }: Connection, now: number): boolean =>
  now - lastDataAt > (isKept ? timeout.registered : timeout.idle) ||
  now - sentAllAt > timeout.unread ||
  (messageSince !== undefined && now - messageSince > timeout.message);

const remoteKey = (transport: string, { address, port }: Endpoint): string => `${transport}:${address}:${port}`;

/** The open connections by their id and by their remote end. */
export class ConnectionTable {
  readonly #dependencies: ConnectionDependencies;
  readonly #open = new Map<string, Connection>();
  readonly #byRemote = new Map<string, Connection>();
  readonly #byAddress = new Map<string, Set<Connection>>();

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#open.size;
  }

  hasRoomFor(address: string): boolean {
    return this.#open.size < max.connections && (this.#byAddress.get(address)?.size ?? 0) < max.perAddress;
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
      isKept: false,
      lastDataAt: this.#dependencies.now(),
      sentAllAt: this.#dependencies.now(),
      messageSince: undefined,
      received: 0,
    };
    this.#open.set(flow.connection ?? '', connection);
    this.#byRemote.set(remoteKey(transport, remote), connection);
    const ofAddress = this.#byAddress.get(remote.address) ?? new Set();
    this.#byAddress.set(remote.address, ofAddress.add(connection));
    this.#listenTo(connection);
    return flow;
  }

  /** False if the connection is closed, or if its peer does not read. */
  send(bytes: Buffer, { connection }: Flow): boolean {
    const found = this.#open.get(connection ?? '');
    return found !== undefined && this.#write(found, bytes);
  }

  /** A registered contact uses the connection: it may be idle for longer. */
  keepOpen({ connection }: Flow): void {
    const found = this.#open.get(connection ?? '');
    if (found !== undefined) found.isKept = true;
  }

  /**
   * Closes idle connections, those whose message takes too long, and those whose peer does not read. Reads again from
   * the others that were read too fast.
   */
  sweep(): void {
    const now = this.#dependencies.now();
    for (const connection of this.#open.values()) {
      if (connection.socket.writableLength === 0) connection.sentAllAt = now;
      connection.received = 0;
      if (isOverdue(connection, now)) connection.socket.destroy();
      else if (connection.socket.isPaused()) connection.socket.resume();
    }
  }

  /** Closes all connections after their unsent bytes, or after the closing timeout. */
  close(): void {
    for (const { socket } of this.#open.values()) {
      socket.destroySoon();
      setTimeout(() => socket.destroy(), timeout.closing).unref();
    }
  }

  #listenTo(connection: Connection): void {
    const { socket } = connection;
    const frames = framing();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      connection.lastDataAt = this.#dependencies.now();
      connection.received += chunk.length;
      if (connection.received > (connection.isKept ? maxReceived.kept : maxReceived.stranger)) socket.pause();
      for (const arrival of frames.take(chunk)) this.#receive(arrival, connection);
      connection.messageSince = frames.isWithin() ? (connection.messageSince ?? connection.lastDataAt) : undefined;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#remove(connection));
  }

  #receive(arrival: Arrival, connection: Connection): void {
    const { socket, flow } = connection;
    if (this.#dependencies.admission.admits(flow, bytesOf(arrival))) {
      // Pongs are not queued: a peer that has not read the bytes before does not wait for them.
      if (arrival.kind === 'keepalive' && socket.writableLength === 0) this.#write(connection, pong);
      this.#dependencies.onArrival(arrival, flow);
    }
    // Earlier messages of the same chunk are answered first.
    if (arrival.kind === 'rejected') setImmediate(() => socket.destroySoon());
  }

  /** The only place that writes to a socket, so that unsent bytes are limited whatever they are. */
  #write(connection: Connection, bytes: Buffer): boolean {
    const { socket, flow } = connection;
    if (!socket.writable) return false;
    if (socket.writableLength === 0) connection.sentAllAt = this.#dependencies.now();
    else if (this.#exceedsUnsent(socket.writableLength, flow.remote.address, bytes.length)) {
      socket.destroy();
      return false;
    }
    socket.write(bytes);
    return true;
  }

  #exceedsUnsent(unsent: number, address: string, more: number): boolean {
    if (unsent + more > maxUnsent.connection) return true;
    let total = more;
    for (const { socket } of this.#byAddress.get(address) ?? []) if (!socket.destroyed) total += socket.writableLength;
    return total > maxUnsent.address;
  }

  #remove(connection: Connection): void {
    const { flow } = connection;
    if (!this.#open.delete(flow.connection ?? '')) return;
    const remote = remoteKey(flow.transport, flow.remote);
    if (this.#byRemote.get(remote)?.flow === flow) this.#byRemote.delete(remote);
    const ofAddress = this.#byAddress.get(flow.remote.address);
    ofAddress?.delete(connection);
    if (ofAddress?.size === 0) this.#byAddress.delete(flow.remote.address);
    this.#dependencies.onClosed(flow);
  }
}

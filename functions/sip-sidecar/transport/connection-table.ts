import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { minute, second } from '#schema/time.ts';
import type { Arrival } from '#sip/framing.ts';
import type { Admission } from './admission.ts';
import type { TlsIdentity } from './client-certificate.ts';
import { bytesOf, type Destination, type Endpoint, type Flow } from './flow.ts';
import { streamWire, type OpenWire, type Wire } from './wire.ts';

/** The dependencies of connections. */
export type ConnectionDependencies = {
  readonly onArrival: (arrival: Arrival, flow: Flow) => void;
  /** Called when a connection has closed. */
  readonly onClosed: (flow: Flow) => void;
  /** Whether a live binding was registered on the flow. */
  readonly isRegistered: (flow: Flow) => boolean;
  readonly admission: Pick<Admission, 'admits' | 'admitsConnection'>;
  /** Presented by new outgoing TLS connections. Absent or undefined: they present none. */
  readonly clientCertificate?: () => TlsIdentity | undefined;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Connections of a task, and of one address; and strangers' connections of an address that may be idle for longer. */
const max = { connections: 20_000, perAddress: 1_000, idlePerAddress: 100 } as const;
/** Timeouts in milliseconds. */
const timeout = {
  /** From the first to the last byte of a message. */
  message: 10 * second,
  /** Without a message; on a connection that we established, without any data. */
  idle: minute,
  /** The same for an address with many connections of strangers. */
  crowded: 10 * second,
  /** With unsent bytes: the peer does not read. */
  unread: 10 * second,
  /** For the last bytes to be sent. */
  closing: second,
  /** Without a message, and without a call that uses the connection: a task that leaves its work closes it. */
  leaving: 12 * second,
  /** Between two of its checks: later, the signs of calls may be late, too. */
  stall: 2 * second,
} as const;
/** Connections that a task which leaves its work closes at once: their phones register again. */
const maxLeaving = 25;
/** Unsent bytes at most; beyond, the connection is closed, as its peer does not read. */
const maxUnsent = { connection: 262_144, address: 4 * 1024 * 1024 } as const;

/** Bytes that are read from a connection between two sweeps, that is, in a second: by default, and if it is kept. */
const maxReceived = { stranger: 65_536, kept: 4 * 1024 * 1024 } as const;

const pong = Buffer.from('\r\n');

type ConnectionTransport = Exclude<Flow['transport'], 'udp'>;

/** `open`: how messages travel; in a stream by default. */
type Form = { readonly isOutgoing?: boolean; readonly open?: OpenWire };

type Connection = {
  readonly socket: Socket;
  readonly wire: Wire;
  readonly flow: Flow;
  /** Whether we established it. */
  readonly isOutgoing: boolean;
  /** When a message was complete, or data arrived on an outgoing connection. */
  lastUsedAt: number;
  /** When a call used it. */
  keptAt: number;
  /** Whether we close it: nothing that still arrives is processed, as no response could be sent. */
  isEnding: boolean;
  /** When the connection had no unsent bytes. */
  sentAllAt: number;
  messageSince: number | undefined;
  /** Bytes since the last sweep. */
  received: number;
};

const isUnread = ({ sentAllAt }: Connection, now: number): boolean => now - sentAllAt > timeout.unread;

const isLate = ({ messageSince }: Connection, now: number): boolean =>
  messageSince !== undefined && now - messageSince > timeout.message;

/** Identifies the outgoing connections that a request to the destination may use. */
const destinationKey = ({ transport, address, port, serverName = '' }: Destination): string =>
  `${transport}:${address}:${port}:${serverName}`;

/** The open connections by their id, their address, and their destination if they are outgoing. */
export class ConnectionTable {
  readonly #dependencies: ConnectionDependencies;
  readonly #open = new Map<string, Connection>();
  readonly #byDestination = new Map<string, Flow>();
  readonly #byAddress = new Map<string, Set<Connection>>();
  /** When idle connections were looked for last, and since when in time. */
  #lookedAt = -Infinity;
  #lookingSince = 0;

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#open.size;
  }

  hasRoomFor(address: string): boolean {
    return this.#open.size < max.connections && (this.#byAddress.get(address)?.size ?? 0) < max.perAddress;
  }

  /**
   * The open connection that we established to a destination. A connection that came in is never used for requests to
   * a destination, because over TLS its certificate was not verified (RFC 5923 §4).
   */
  to(destination: Destination): Flow | undefined {
    return this.#byDestination.get(destinationKey(destination));
  }

  /** Adds a socket that is connected to a destination, over TLS with its verified certificate. */
  addOutgoing(socket: Socket, destination: Destination & { readonly transport: 'tcp' | 'tls' }): Flow {
    const { transport, address, port } = destination;
    const flow = this.add(socket, transport, { address, port }, { isOutgoing: true });
    const key = destinationKey(destination);
    this.#byDestination.set(key, flow);
    socket.on('close', () => {
      if (this.#byDestination.get(key) === flow) this.#byDestination.delete(key);
    });
    return flow;
  }

  /** Adds a connected socket. */
  add(
    socket: Socket,
    transport: ConnectionTransport,
    remote: Endpoint,
    { isOutgoing = false, open = streamWire }: Form = {},
  ): Flow {
    const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const flow: Flow = { transport, remote, local, connection: randomUUID() };
    const wire = open(socket, {
      onBytes: (count) => this.#limitRate(connection, count),
      onArrivals: (arrivals, isWithin) => this.#take(connection, arrivals, isWithin),
    });
    const connection: Connection = {
      socket,
      wire,
      flow,
      isOutgoing,
      lastUsedAt: this.#dependencies.now(),
      keptAt: -Infinity,
      isEnding: false,
      sentAllAt: this.#dependencies.now(),
      messageSince: undefined,
      received: 0,
    };
    this.#open.set(flow.connection ?? '', connection);
    const ofAddress = this.#byAddress.get(remote.address) ?? new Set();
    this.#byAddress.set(remote.address, ofAddress.add(connection));
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#remove(connection));
    return flow;
  }

  /** False if the connection is closed, or if its peer does not read. */
  send(bytes: Buffer, { connection }: Flow): boolean {
    const found = this.#open.get(connection ?? '');
    return found !== undefined && !found.isEnding && this.#write(found, bytes);
  }

  /** Whether the connection of a flow is open. It is used now, if only by a call. */
  keep({ connection }: Flow): boolean {
    const found = this.#open.get(connection ?? '');
    if (found === undefined || found.isEnding) return false;
    found.lastUsedAt = found.keptAt = this.#dependencies.now();
    return true;
  }

  /** How many connections calls use, at any task. */
  get inCalls(): number {
    const since = this.#dependencies.now() - timeout.leaving;
    return this.#open.values().reduce((count, { keptAt }) => (keptAt > since ? count + 1 : count), 0);
  }

  /**
   * Closes some connections of others that are idle, the longest idle first: their phones connect again, and the
   * balancer may choose another task. Call it several times a second: it begins when it has looked for long enough.
   */
  closeIdle(): void {
    const now = this.#dependencies.now();
    if (now - this.#lookedAt > timeout.stall) this.#lookingSince = now;
    this.#lookedAt = now;
    const before = now - timeout.leaving;
    if (this.#lookingSince > before) return;
    const idle = [...this.#open.values()].filter(
      ({ isOutgoing, isEnding, lastUsedAt, messageSince }) =>
        !isOutgoing && !isEnding && messageSince === undefined && lastUsedAt <= before,
    );
    const longest = idle.toSorted((one, other) => one.lastUsedAt - other.lastUsedAt).slice(0, maxLeaving);
    for (const connection of longest) this.#end(connection);
  }

  /**
   * Closes idle connections, those whose message takes too long, and those whose peer does not read. Reads again from
   * the others that were read too fast.
   */
  sweep(): void {
    const now = this.#dependencies.now();
    for (const connections of this.#byAddress.values()) {
      const idleTimeout = this.#isCrowded(connections) ? timeout.crowded : timeout.idle;
      for (const connection of connections) {
        if (connection.socket.writableLength === 0) connection.sentAllAt = now;
        connection.received = 0;
        if (this.#isDead(connection, now, idleTimeout)) connection.socket.destroy();
        else if (isLate(connection, now)) this.#refuse(connection);
        else if (connection.socket.isPaused()) connection.wire.resume();
      }
    }
  }

  #isDead(connection: Connection, now: number, idleTimeout: number): boolean {
    const isIdle = now - connection.lastUsedAt > idleTimeout && !this.#dependencies.isRegistered(connection.flow);
    const isAlive = connection.wire.isAlive?.(now) ?? true;
    return isIdle || isUnread(connection, now) || !isAlive;
  }

  /** Closes a connection whose message takes too long, and says why where the protocol can. */
  #refuse({ socket, wire }: Connection): void {
    if (wire.refuse === undefined) socket.destroy();
    else {
      wire.refuse(`A message takes more than ${timeout.message / second} seconds`);
      setTimeout(() => socket.destroy(), timeout.closing).unref();
    }
  }

  #isCrowded(connections: ReadonlySet<Connection>): boolean {
    if (connections.size <= max.idlePerAddress) return false;
    const strangers = [...connections].filter(
      (each) => !each.isOutgoing && !this.#dependencies.isRegistered(each.flow),
    );
    return strangers.length > max.idlePerAddress;
  }

  /** Closes all connections after their unsent bytes, or after the closing timeout. */
  close(): void {
    for (const connection of this.#open.values()) this.#end(connection);
  }

  #end(connection: Connection): void {
    connection.isEnding = true;
    connection.wire.end();
    setTimeout(() => connection.socket.destroy(), timeout.closing).unref();
  }

  #take(connection: Connection, arrivals: readonly Arrival[], isWithin: boolean): void {
    if (connection.isEnding) return;
    for (const arrival of arrivals) this.#receive(arrival, connection);
    const now = this.#dependencies.now();
    if (connection.isOutgoing || arrivals.some(({ kind }) => kind === 'message')) connection.lastUsedAt = now;
    // A complete message restarts the time of the next one, whose beginning was in the same chunk.
    if (!isWithin || arrivals.length > 0) connection.messageSince = undefined;
    if (isWithin) connection.messageSince ??= now;
  }

  /** Reads no more before the next sweep, if more was received than a stranger, or a registered contact, may send. */
  #limitRate(connection: Connection, bytes: number): void {
    connection.received += bytes;
    const isBeyond =
      connection.received > maxReceived.stranger &&
      (connection.received > maxReceived.kept || !this.#dependencies.isRegistered(connection.flow));
    if (isBeyond) connection.wire.pause();
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
    const { socket, wire, flow } = connection;
    if (!socket.writable) return false;
    if (socket.writableLength === 0) connection.sentAllAt = this.#dependencies.now();
    else if (this.#exceedsUnsent(socket.writableLength, flow.remote.address, bytes.length)) {
      socket.destroy();
      return false;
    }
    wire.send(bytes);
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
    const ofAddress = this.#byAddress.get(flow.remote.address);
    ofAddress?.delete(connection);
    if (ofAddress?.size === 0) this.#byAddress.delete(flow.remote.address);
    this.#dependencies.onClosed(flow);
  }
}

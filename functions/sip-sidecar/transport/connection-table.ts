import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { framing } from './framing.ts';
import type { Arrival, Endpoint, Flow } from './flow.ts';

/** What connections need of the world around them. */
export type ConnectionDependencies = {
  readonly heard: (arrival: Arrival, flow: Flow) => void;
  /** A connection ended. */
  readonly gone: (flow: Flow) => void;
  /** Whether something from this address is to be looked at. */
  readonly admits: (address: string) => boolean;
  /** Milliseconds. */
  readonly now: () => number;
};

/** What a task holds at most: of all sources, and of one address. */
const most = { connections: 20_000, ofAddress: 1_000 } as const;
/**
 * Milliseconds: for a message once it has begun; without a message; the same where a contact uses the connection; until
 * what was written last has gone.
 */
const timeout = { message: 10_000, idle: 60_000, kept: 600_000, closing: 1_000 } as const;
/** Bytes that may wait for a peer that does not read. */
const maxWaiting = 262_144;

const pong = Buffer.from('\r\n');

type Connection = {
  readonly socket: Socket;
  readonly flow: Flow;
  idle: number;
  heardAt: number;
  messageSince: number | undefined;
};

const remoteKey = (transport: string, { address, port }: Endpoint): string => `${transport}:${address}:${port}`;

/** The open connections, by their id and by their other end. */
export class ConnectionTable {
  readonly #dependencies: ConnectionDependencies;
  readonly #open = new Map<string, Connection>();
  readonly #byRemote = new Map<string, Connection>();
  readonly #ofAddress = new Map<string, number>();

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#open.size;
  }

  hasRoomFor(address: string): boolean {
    return this.#open.size < most.connections && (this.#ofAddress.get(address) ?? 0) < most.ofAddress;
  }

  to(transport: 'tcp' | 'tls', remote: Endpoint): Flow | undefined {
    return this.#byRemote.get(remoteKey(transport, remote))?.flow;
  }

  adopt(socket: Socket, transport: 'tcp' | 'tls', remote: Endpoint): Flow {
    const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const flow: Flow = { transport, remote, local, connection: randomUUID() };
    const connection: Connection = {
      socket,
      flow,
      idle: timeout.idle,
      heardAt: this.#dependencies.now(),
      messageSince: undefined,
    };
    this.#open.set(flow.connection ?? '', connection);
    this.#byRemote.set(remoteKey(transport, remote), connection);
    this.#ofAddress.set(remote.address, (this.#ofAddress.get(remote.address) ?? 0) + 1);
    this.#listenTo(connection);
    return flow;
  }

  /** False where the connection is gone, or its peer does not read. */
  send(bytes: Buffer, { connection }: Flow): boolean {
    const socket = this.#open.get(connection ?? '')?.socket;
    if (socket?.writable !== true) return false;
    if (socket.writableLength > maxWaiting) {
      socket.destroy();
      return false;
    }
    socket.write(bytes);
    return true;
  }

  /** A registered contact uses it: it may be silent for longer. */
  keep({ connection }: Flow): void {
    const found = this.#open.get(connection ?? '');
    if (found !== undefined) found.idle = timeout.kept;
  }

  /** Ends connections that are silent for too long, and those that stop in the middle of a message. */
  sweep(): void {
    const now = this.#dependencies.now();
    for (const { socket, heardAt, idle, messageSince } of this.#open.values())
      if (now - heardAt > idle || (messageSince !== undefined && now - messageSince > timeout.message))
        socket.destroy();
  }

  /** Ends all, those at once to whom everything has gone that was written. */
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
      connection.heardAt = this.#dependencies.now();
      for (const arrival of frames.take(chunk)) this.#hear(arrival, connection);
      connection.messageSince = frames.isWithin() ? (connection.messageSince ?? connection.heardAt) : undefined;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(flow));
  }

  #hear(arrival: Arrival, { socket, flow }: Connection): void {
    if (arrival.kind === 'keepalive') socket.write(pong);
    if (this.#dependencies.admits(flow.remote.address)) this.#dependencies.heard(arrival, flow);
    // What came before it in the same breath is answered first.
    if (arrival.kind === 'refused') setImmediate(() => socket.destroySoon());
  }

  #forget(flow: Flow): void {
    if (!this.#open.delete(flow.connection ?? '')) return;
    const remote = remoteKey(flow.transport, flow.remote);
    if (this.#byRemote.get(remote)?.flow === flow) this.#byRemote.delete(remote);
    const left = (this.#ofAddress.get(flow.remote.address) ?? 1) - 1;
    if (left === 0) this.#ofAddress.delete(flow.remote.address);
    else this.#ofAddress.set(flow.remote.address, left);
    this.#dependencies.gone(flow);
  }
}

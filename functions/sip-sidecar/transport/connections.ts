import { once } from 'node:events';
import { createServer, connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { second } from '#schema/time.ts';
import type { TlsIdentity } from './client-certificate.ts';
import { ConnectionTable, type ConnectionDependencies } from './connection-table.ts';
import type { Destination, Endpoint, Flow } from './flow.ts';
import { remoteOf, webSocketServer, type Opened } from './websocket-server.ts';
import { webSocketWire } from './wire.ts';

/** Where TLS terminates: here with this key and certificate (PEM), or at the load balancer. */
export type TlsEnd = TlsIdentity | 'load-balancer';

/**
 * How WebSockets are opened: their port, their transport (`wss` if TLS ends here or at the load balancer), key and
 * certificate if it ends here, and what takes those of listeners to events.
 */
export type WebSocketSettings = {
  readonly port: number;
  readonly transport: 'ws' | 'wss';
  readonly tls?: Exclude<TlsEnd, 'load-balancer'>;
  readonly events?: (opened: Opened) => void;
};

/** Time to establish a connection including the TLS handshake, in milliseconds. */
const connectTimeout = 5 * second;
/** Interval between two checks for idle connections, in milliseconds. */
const sweepInterval = second;
/** Connections per port, including those that have not finished the TLS handshake. */
const maxConnections = 25_000;

/** SIP over TCP and TLS (RFC 3261 §18): incoming and outgoing connections. */
export class Connections {
  readonly #table: ConnectionTable;
  readonly #dependencies: ConnectionDependencies;
  readonly #servers: Server[] = [];
  /** What ends the connections that are not in the table. */
  readonly #closing: (() => void)[] = [];
  readonly #connecting = new Map<string, Promise<Flow>>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(dependencies: ConnectionDependencies) {
    this.#dependencies = dependencies;
    this.#table = new ConnectionTable(dependencies);
    this.#sweeping = setInterval(() => this.#table.sweep(), sweepInterval).unref();
  }

  get size(): number {
    return this.#table.size;
  }

  /** How many connections calls use, at any task. */
  get inCalls(): number {
    return this.#table.inCalls;
  }

  /** Closes some connections that are idle. */
  closeIdle(): void {
    this.#table.closeIdle();
  }

  get isListening(): boolean {
    return this.#servers.every(({ listening }) => listening);
  }

  /** False if the connection of the flow is closed. */
  send(bytes: Buffer, flow: Flow): boolean {
    return this.#table.send(bytes, flow);
  }

  /** Whether the connection of a flow, which a call uses, is open. */
  keep(flow: Flow): boolean {
    return this.#table.keep(flow);
  }

  /**
   * A connection that we established to the destination, or a new one. Rejects if it cannot be established in time.
   */
  connect(to: Destination): Promise<Flow> {
    const transport = to.transport === 'tls' ? 'tls' : 'tcp';
    const reused = this.#table.to(to);
    if (reused !== undefined) return Promise.resolve(reused);
    const key = `${transport}:${to.address}:${to.port}:${to.serverName ?? ''}`;
    const flow =
      this.#connecting.get(key) ?? this.#dial({ ...to, transport }).finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, flow);
    return flow;
  }

  /** Listens on a port. @returns the bound address and port @throws Error if the port is in use */
  async listen(bound: Endpoint, tls?: TlsEnd): Promise<Endpoint> {
    const transport = tls === undefined ? 'tcp' : 'tls';
    const accept = (socket: Socket): void => this.#accept(socket, transport);
    return this.#open(
      tls === undefined || tls === 'load-balancer' ? createServer(accept) : this.#tlsServer(tls, accept),
      bound,
    );
  }

  /**
   * Listens for WebSockets on a port. @param transport `wss` if TLS ends here (`tls`) or at the load balancer
   * @returns the bound address and port @throws Error if the port is in use
   */
  async listenForWebSockets(
    bound: Endpoint,
    { transport, tls, events }: Omit<WebSocketSettings, 'port'>,
  ): Promise<Endpoint> {
    const sip = ({ webSocket, socket, remote }: Opened): void =>
      void this.#table.add(socket, transport, remote, { open: webSocketWire(webSocket) });
    const server = webSocketServer({
      admits: (remote) => this.#dependencies.admission.admitsConnection(remote),
      hasRoomFor: (address) => this.#table.hasRoomFor(address),
      subprotocols: { sip, ...(events === undefined ? {} : { events, '': events }) },
      ...(tls === undefined ? {} : { tls }),
    });
    this.#closing.push(() => server.closeAllConnections());
    return this.#open(server, bound);
  }

  async #open(server: Server, bound: Endpoint): Promise<Endpoint> {
    server.maxConnections = maxConnections;
    server.listen(bound.port, bound.address);
    await once(server, 'listening');
    this.#servers.push(server);
    return { address: bound.address, port: (server.address() as AddressInfo).port };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    const closed = this.#servers.map((server) => once(server.close(), 'close'));
    this.#table.close();
    for (const close of this.#closing) close();
    await Promise.all(closed);
  }

  #accept(socket: Socket, transport: 'tcp' | 'tls'): void {
    const remote = remoteOf(socket);
    const isAccepted = this.#table.hasRoomFor(remote.address) && this.#admits(remote);
    if (isAccepted) this.#table.add(socket, transport, remote);
    else socket.destroy();
  }

  /** The address of a socket that is closed already is empty. */
  #admits(remote: Endpoint): boolean {
    return remote.address !== '' && this.#dependencies.admission.admitsConnection(remote);
  }

  /** A failed handshake is not our error. A source that is not admitted is disconnected before the handshake. */
  #tlsServer(end: Exclude<TlsEnd, 'load-balancer'>, accept: (socket: Socket) => void): Server {
    const server = createTlsServer({ ...end, minVersion: 'TLSv1.2', handshakeTimeout: connectTimeout }, accept);
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.on('connection', (socket: Socket) => {
      if (!this.#admits(remoteOf(socket))) socket.destroy();
    });
    return server;
  }

  async #dial(to: Destination & { readonly transport: 'tcp' | 'tls' }): Promise<Flow> {
    const { address: host, port, serverName, transport } = to;
    const socket =
      transport === 'tls'
        ? connectTls({
            ...{ host, port },
            ...(serverName === undefined ? {} : { servername: serverName }),
            ...this.#dependencies.clientCertificate?.(),
          })
        : connectTcp({ host, port });
    const late = setTimeout(
      () => socket.destroy(new Error('the connection was not established in time')),
      connectTimeout,
    );
    try {
      await once(socket, transport === 'tls' ? 'secureConnect' : 'connect');
    } finally {
      clearTimeout(late);
    }
    return this.#table.addOutgoing(socket, to);
  }
}

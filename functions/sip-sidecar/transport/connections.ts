import { once } from 'node:events';
import { createServer, connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { ConnectionTable, type ConnectionDependencies } from './connection-table.ts';
import type { Destination, Endpoint, Flow } from './flow.ts';

/** Where a TLS ends: here, with this certificate (PEM), or at the load balancer before us. */
export type TlsEnd = { readonly key: string; readonly cert: string } | 'load-balancer';

/** Milliseconds for a connection to be made, TLS's hand-shake included. */
const connectTimeout = 5_000;
const sweepInterval = 1_000;
/** Of a port, those included that are not yet through with TLS's hand-shake. */
const maxConnections = 25_000;

const addressOf = ({ remoteAddress = '' }: Socket): string => remoteAddress.replace(/^::ffff:/, '');

/** SIP over connections (RFC 3261 §18): those that come in, and those that are made. */
export class Connections {
  readonly #table: ConnectionTable;
  readonly #dependencies: ConnectionDependencies;
  readonly #servers: Server[] = [];
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

  /** False where the connection of a flow is gone. */
  send(bytes: Buffer, flow: Flow): boolean {
    return this.#table.send(bytes, flow);
  }

  keep(flow: Flow): void {
    this.#table.keep(flow);
  }

  /** An open connection to the destination, or a new one. Rejects when none can be made in time. */
  connect(to: Destination): Promise<Flow> {
    const transport = to.transport === 'tls' ? 'tls' : 'tcp';
    const reused = this.#table.to(transport, to);
    if (reused !== undefined) return Promise.resolve(reused);
    const key = `${transport}:${to.address}:${to.port}:${to.serverName ?? ''}`;
    const flow = this.#connecting.get(key) ?? this.#dial(to, transport).finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, flow);
    return flow;
  }

  /** @returns where it listens, which is a port of the system's choice for port 0 */
  async listen(bound: Endpoint, tls?: TlsEnd): Promise<Endpoint> {
    const transport = tls === undefined ? 'tcp' : 'tls';
    const welcome = (socket: Socket): void => this.#welcome(socket, transport);
    const server = tls === undefined || tls === 'load-balancer' ? createServer(welcome) : this.#tlsServer(tls, welcome);
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
    await Promise.all(closed);
  }

  #welcome(socket: Socket, transport: 'tcp' | 'tls'): void {
    const address = addressOf(socket);
    const welcome = address !== '' && this.#table.hasRoomFor(address) && this.#dependencies.admits(address);
    if (welcome) this.#table.adopt(socket, transport, { address, port: socket.remotePort ?? 0 });
    else socket.destroy();
  }

  /**
   * A hand-shake that fails is the stranger's affair, and takes no longer than others; who is not admitted has none.
   */
  #tlsServer(end: Exclude<TlsEnd, 'load-balancer'>, welcome: (socket: Socket) => void): Server {
    const server = createTlsServer({ ...end, minVersion: 'TLSv1.2', handshakeTimeout: connectTimeout }, welcome);
    server.on('tlsClientError', (_: Error, socket: Socket) => socket.destroy());
    server.on('connection', (socket: Socket) => {
      if (!this.#dependencies.admits(addressOf(socket))) socket.destroy();
    });
    return server;
  }

  async #dial({ address: host, port, serverName }: Destination, transport: 'tcp' | 'tls'): Promise<Flow> {
    const socket =
      transport === 'tls'
        ? connectTls({ host, port, ...(serverName === undefined ? {} : { servername: serverName }) })
        : connectTcp({ host, port });
    const late = setTimeout(() => socket.destroy(new Error('no connection in time')), connectTimeout);
    try {
      await once(socket, transport === 'tls' ? 'secureConnect' : 'connect');
    } finally {
      clearTimeout(late);
    }
    return this.#table.adopt(socket, transport, { address: host, port });
  }
}

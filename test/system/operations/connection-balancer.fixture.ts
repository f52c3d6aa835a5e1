import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { BalancedTasks } from './balanced-tasks.fixture.ts';
import type { LocalCloud, OwnCloud } from '../cloud.ts';
import type { SidecarProcess } from '../deployments.fixture.ts';
import type { TaskAddress } from '../sidecar-tasks.fixture.ts';

/** The transports that the balancer listens for, and the ports of a task behind them. */
const ports = {
  tcp: ({ sip }: SidecarProcess) => sip,
  tls: ({ tls }: SidecarProcess) => tls,
  wss: ({ webSocket }: SidecarProcess) => webSocket,
} as const;
export type BalancedTransport = keyof typeof ports;

/**
 * A network load balancer for SIP over TCP, TLS and WebSockets in front of the tasks of a local cloud. As the one of
 * AWS, it chooses a task for each new connection from those that pass their health check, keeps connections to a task
 * that leaves its work, ends the TLS of WebSockets, and shows tasks the client's own address. TLS of phones ends at the
 * task, as with `npm start`.
 */
export class ConnectionBalancer implements Disposable {
  /** PEM certificate of TLS and WebSockets, for `localhost`. */
  readonly authority: string;
  readonly #tasks = new BalancedTasks();
  readonly #servers = new Map<BalancedTransport, Server>();
  readonly #sockets = new Set<Socket>();

  private constructor(authority: string) {
    this.authority = authority;
  }

  static async open(cloud: Pick<OwnCloud, 'pid'> & Pick<LocalCloud, 'dataDir'>): Promise<ConnectionBalancer> {
    const [key, cert] = ['key', 'certificate'].map((name) =>
      readFileSync(join(cloud.dataDir, `sip-tls-${name}.pem`), 'utf8'),
    );
    const balancer = new ConnectionBalancer(cert ?? '');
    await balancer.#tasks.begin(cloud);
    await balancer.#listen('tcp', createServer());
    await balancer.#listen('tls', createServer());
    await balancer.#listen('wss', createTlsServer({ ...{ key, cert } }), 'secureConnection');
    return balancer;
  }

  /** Where clients reach it. */
  placeOf(transport: BalancedTransport): TaskAddress {
    const { address, port } = this.#servers.get(transport)?.address() as AddressInfo;
    return { address, port };
  }

  [Symbol.dispose](): void {
    this.#tasks[Symbol.dispose]();
    for (const server of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(transport: BalancedTransport, server: Server, connected = 'connection'): Promise<void> {
    this.#servers.set(transport, server);
    server.on(connected, (client: Socket) => this.#forward(client, ports[transport]));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }

  #forward(client: Socket, portOf: (task: SidecarProcess) => number): void {
    const { remoteAddress: address = '', remotePort: port = 0 } = client;
    const task = this.#tasks.taskFor({ address, port });
    if (task === undefined) {
      client.destroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: portOf(task), localAddress: address });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroySoon();
      });
      one.pipe(other);
    }
  }
}

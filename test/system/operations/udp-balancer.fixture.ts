import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { BalancedTasks } from './balanced-tasks.fixture.ts';
import type { OwnCloud } from '../cloud.ts';
import type { TaskAddress } from '../sidecar-tasks.fixture.ts';

/** Packets of one client. */
type ClientFlow = {
  /** By which the client is seen by the tasks: its own address, as client IP preservation has it. */
  readonly socket: Socket;
  /** Port of its task; undefined: the next packet of the client chooses one. */
  task: number | undefined;
};

/**
 * A network load balancer for SIP over UDP in front of the tasks of a local cloud. As the one of AWS, it sends the
 * packets of a client to one task as long as that is ready, then to another one; and a client gets packets of this
 * task only.
 */
export class UdpBalancer implements Disposable {
  readonly #front: Socket;
  readonly #flows = new Map<string, ClientFlow>();
  readonly #tasks = new BalancedTasks(() => this.#moveFlows());
  #isClosed = false;

  private constructor(front: Socket) {
    this.#front = front;
    front.on('message', (bytes, client) => void this.#forward(bytes, client));
  }

  static async open(): Promise<UdpBalancer> {
    const front = createSocket('udp4').bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpBalancer(front);
  }

  /** Where clients reach it. */
  get place(): TaskAddress {
    const { address, port } = this.#front.address();
    return { address, port };
  }

  /** Settings of a cloud whose tasks are behind it. */
  get settings(): NodeJS.ProcessEnv {
    const { address, port } = this.place;
    return { SIP_ADVERTISED_HOST: address, SIP_ADVERTISED_PORT: String(port) };
  }

  /** Begins to send to the tasks of a cloud. */
  async begin(cloud: Pick<OwnCloud, 'pid'>): Promise<void> {
    await this.#tasks.begin(cloud);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#tasks[Symbol.dispose]();
    for (const { socket } of this.#flows.values()) socket.close();
    this.#front.close();
  }

  #moveFlows(): void {
    for (const flow of this.#flows.values())
      if (flow.task !== undefined && !this.#tasks.has(flow.task)) flow.task = undefined;
  }

  async #forward(bytes: Buffer, client: TaskAddress): Promise<void> {
    const flow = await this.#flowOf(client);
    flow.task ??= this.#tasks.taskFor(client)?.sip;
    if (flow.task !== undefined && !this.#isClosed) flow.socket.send(bytes, flow.task, '127.0.0.1');
  }

  async #flowOf(client: TaskAddress): Promise<ClientFlow> {
    const key = `${client.address}:${client.port}`;
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    const socket = createSocket('udp4').bind(0, client.address);
    const flow: ClientFlow = { socket, task: undefined };
    this.#flows.set(key, flow);
    socket.on('message', (bytes, { port }) => {
      if (port === flow.task && !this.#isClosed) this.#front.send(bytes, client.port, client.address);
    });
    await once(socket, 'listening');
    return flow;
  }
}

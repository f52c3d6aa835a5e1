import { hash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { OwnCloud } from './cloud.ts';
import { sidecarsOf, type SidecarProcess } from './deployments.fixture.ts';
import type { TaskAddress } from './sidecar-tasks.fixture.ts';

/** Milliseconds between two checks whether the tasks are ready. */
const checkInterval = 500;

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
  /** Ports of the tasks that are ready. */
  #ready: readonly number[] = [];
  #isClosed = false;
  #isChecking = false;
  #checks: NodeJS.Timeout | undefined;

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
    await this.#check(cloud);
    this.#checks = setInterval(() => void this.#check(cloud), checkInterval);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#checks);
    for (const { socket } of this.#flows.values()) socket.close();
    this.#front.close();
  }

  /** Checks one after the other. One that a busy machine does not answer changes nothing. */
  async #check(cloud: Pick<OwnCloud, 'pid'>): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const found = await Promise.all(
      sidecarsOf(cloud).map(async (task) =>
        ((await isReady(task)) ?? this.#ready.includes(task.sip)) ? [task.sip] : [],
      ),
    );
    this.#isChecking = false;
    this.#ready = found.flat().toSorted();
    for (const flow of this.#flows.values())
      if (flow.task !== undefined && !this.#ready.includes(flow.task)) flow.task = undefined;
  }

  async #forward(bytes: Buffer, client: TaskAddress): Promise<void> {
    const flow = await this.#flowOf(client);
    flow.task ??= this.#ready[hashOf(client) % this.#ready.length];
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

/** Undefined: it does not answer. */
const isReady = ({ health }: SidecarProcess): Promise<boolean | undefined> =>
  fetch(`http://127.0.0.1:${health}/ready`).then(
    ({ ok }) => ok,
    () => undefined,
  );

const hashOf = ({ address, port }: TaskAddress): number =>
  parseInt(hash('sha256', `${address}:${port}`).slice(0, 8), 16);

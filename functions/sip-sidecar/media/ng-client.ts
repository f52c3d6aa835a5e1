import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { cookieOf, maxMessage, readNgReply, writeNgMessage, type NgCommand, type NgReply } from './ng-message.ts';

/** Where a relay takes commands: an IPv4 address and a UDP port. */
export type RelayAddress = { readonly address: string; readonly port: number };

/** `10.0.0.7:22222` */
export const relayName = ({ address, port }: RelayAddress): string => `${address}:${port}`;

/** A relay did not answer in time, or its answer cannot be used. */
export class NgFailure extends Error {}

/** Milliseconds after which a command is sent again, and after which it has failed. */
export type NgTimes = { readonly repeats: readonly number[]; readonly timeout: number };
// Datagrams are seldom lost inside a network, and an answer may wait for a burst of calls.
const defaultTimes: NgTimes = { repeats: [250, 750, 1_500], timeout: 2_500 };

/** Commands that wait for an answer at the same time. */
const maxWaiting = 10_000;

/** Milliseconds after its last command for which the socket to a relay stays open. */
const idleTime = 60_000;

/** The socket to one relay: the kernel passes on what that relay sends, and nothing else. */
type Connection = { readonly socket: Socket; usedAt: number };

type Waiting = {
  readonly settle: (reply: NgReply) => void;
  readonly fail: (error: NgFailure) => void;
};

/**
 * Sends commands to relays. A relay repeats its answer to a cookie that it knows, so a command that is sent again is
 * carried out once. An answer counts once, and only from the address that was asked.
 */
export class NgClient {
  readonly #times: NgTimes;
  /** By the name of the relay. */
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #waiting = new Map<string, Waiting>();
  /** Of all cookies: no other sender can guess them. */
  readonly #prefix = randomBytes(16).toString('hex');
  #asked = 0;

  /** @param times of tests that wait for no answer */
  constructor(times = defaultTimes) {
    this.#times = times;
  }

  /** Commands that wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Carries out a command. @throws NgFailure without an answer in time */
  async ask(to: RelayAddress, command: NgCommand): Promise<NgReply> {
    this.#asked += 1;
    const cookie = `${this.#prefix}_${relayName(to)}_${this.#asked}`;
    const datagram = writeNgMessage(cookie, command);
    if (datagram.length > maxMessage) throw new NgFailure('the description is too large for the media relay');
    if (this.#waiting.size >= maxWaiting) throw new NgFailure('too many commands wait for the media relays');
    const timers: NodeJS.Timeout[] = [];
    try {
      return await new Promise<NgReply>((resolve, reject) => {
        this.#waiting.set(cookie, { settle: resolve, fail: reject });
        const send = (): void =>
          void this.#connectionTo(to).then(({ socket }) => socket.send(datagram, () => undefined), reject);
        timers.push(...this.#times.repeats.map((after) => setTimeout(send, after)));
        const fail = (): void => reject(new NgFailure(`the media relay ${relayName(to)} does not answer`));
        timers.push(setTimeout(fail, this.#times.timeout));
        send();
      });
    } finally {
      this.#waiting.delete(cookie);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** Commands that wait fail. */
  async close(): Promise<void> {
    for (const { fail } of this.#waiting.values()) fail(new NgFailure('the task stops'));
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map((connection) => connection.then(closeConnection, () => undefined)));
  }

  async #connectionTo(relay: RelayAddress): Promise<Connection> {
    const name = relayName(relay);
    let connecting = this.#connections.get(name);
    if (connecting === undefined) {
      this.#closeIdle();
      connecting = this.#connect(relay);
      this.#connections.set(name, connecting);
      connecting.catch(() => this.#connections.delete(name));
    }
    const connection = await connecting;
    connection.usedAt = Date.now();
    return connection;
  }

  async #connect(relay: RelayAddress): Promise<Connection> {
    const socket = createSocket('udp4');
    // A relay that is gone answers with ICMP: its commands fail in time.
    socket.on('error', () => undefined);
    socket.on('message', (datagram) => this.#receive(datagram, relay));
    // Bound before it is connected, it would take packets from anywhere for that moment.
    if (relay.address.startsWith('127.')) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    socket.connect(relay.port, relay.address);
    await once(socket, 'connect');
    return { socket, usedAt: Date.now() };
  }

  /** Relays come and go. */
  #closeIdle(): void {
    for (const [name, connecting] of this.#connections)
      void connecting.then((connection) => {
        if (connection.usedAt > Date.now() - idleTime || this.#connections.get(name) !== connecting) return;
        this.#connections.delete(name);
        void closeConnection(connection);
      });
  }

  #receive(datagram: Buffer, from: RelayAddress): void {
    const cookie = cookieOf(datagram) ?? '';
    if (!cookie.startsWith(`${this.#prefix}_${relayName(from)}_`)) return;
    const waiting = this.#waiting.get(cookie);
    const reply = waiting === undefined ? undefined : readNgReply(datagram);
    if (reply !== undefined) waiting?.settle(reply);
  }
}

async function closeConnection({ socket }: Connection): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/** Lets a relay be none that does not answer. @throws any other error */
export function notAvailable(error: unknown): undefined {
  if (!(error instanceof NgFailure)) throw error;
}

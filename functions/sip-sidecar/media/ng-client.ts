import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
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

type Waiting = {
  readonly to: RelayAddress;
  readonly settle: (reply: NgReply) => void;
  readonly fail: (error: NgFailure) => void;
};

/**
 * Sends commands to relays. A relay repeats its answer to a cookie that it knows, so a command that is sent again is
 * carried out once. An answer counts once, and only from the address that was asked.
 */
export class NgClient {
  readonly #socket: Socket;
  readonly #times: NgTimes;
  readonly #waiting = new Map<string, Waiting>();
  /** Of all cookies: no other sender can guess them. */
  readonly #prefix = randomBytes(16).toString('hex');
  #asked = 0;

  private constructor(socket: Socket, times: NgTimes) {
    this.#socket = socket;
    this.#times = times;
    socket.on('message', (datagram, from) => this.#receive(datagram, from));
    // A relay that is gone answers with ICMP: its commands fail in time.
    socket.on('error', () => undefined);
  }

  /** Opens its socket. @param times of tests that wait for no answer */
  static async open(times = defaultTimes): Promise<NgClient> {
    const socket = createSocket('udp4');
    socket.bind();
    await once(socket, 'listening');
    return new NgClient(socket, times);
  }

  /** Commands that wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Carries out a command. @throws NgFailure without an answer in time */
  async ask(to: RelayAddress, command: NgCommand): Promise<NgReply> {
    this.#asked += 1;
    const cookie = `${this.#prefix}_${this.#asked}`;
    const datagram = writeNgMessage(cookie, command);
    if (datagram.length > maxMessage) throw new NgFailure('the description is too large for the media relay');
    if (this.#waiting.size >= maxWaiting) throw new NgFailure('too many commands wait for the media relays');
    const timers: NodeJS.Timeout[] = [];
    try {
      return await new Promise<NgReply>((resolve, reject) => {
        const send = (): void => this.#socket.send(datagram, to.port, to.address, () => undefined);
        this.#waiting.set(cookie, { to, settle: resolve, fail: reject });
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
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const waiting = this.#waiting.get(cookieOf(datagram) ?? '');
    if (waiting?.to.address !== from.address || waiting.to.port !== from.port) return;
    const reply = readNgReply(datagram);
    if (reply !== undefined) waiting.settle(reply);
  }
}

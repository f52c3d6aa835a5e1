import type { Socket } from 'jssip/lib/Socket.js';

/** Milliseconds for which a connection is attempted, and between two attempts. */
const times = { attempt: 3_000, pause: 1_000 } as const;

/**
 * The WebSocket of a line (RFC 7118). While the line has calls, it connects again as fast as it can: an attempt into a
 * network that is gone would last for minutes, and JsSIP waits longer after each.
 */
export class LineSocket implements Socket {
  readonly url: string;
  readonly sip_uri: string;
  via_transport: string;
  onconnect: Socket['onconnect'] = () => undefined;
  ondisconnect: Socket['ondisconnect'] = () => undefined;
  ondata: Socket['ondata'] = () => undefined;
  readonly #isUrgent: () => boolean;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param isUrgent whether the line has calls */
  constructor(url: string, isUrgent: () => boolean) {
    const { protocol, host } = new URL(url);
    this.url = url;
    this.sip_uri = `sip:${host};transport=ws`;
    this.via_transport = protocol === 'wss:' ? 'WSS' : 'WS';
    this.#isUrgent = isUrgent;
  }

  connect(): void {
    if (this.#socket !== null) return;
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.url, 'sip');
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      clearTimeout(this.#timer);
      if (socket === this.#socket) this.onconnect();
    });
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket) this.ondata<unknown>(data);
    });
    socket.addEventListener('close', ({ wasClean, code, reason }) => {
      if (socket === this.#socket) this.#end(!wasClean, code, reason);
    });
    this.#timer = setTimeout(() => this.drop(), times.attempt);
  }

  /** Closes the connection without a report. */
  disconnect(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Gives up the connection, at whose other end there is no answer. */
  drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    socket.close();
    this.#end(true);
  }

  send(message: string): boolean {
    if (!this.isConnected()) return false;
    this.#socket?.send(message);
    return true;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING;
  }

  #end(isError: boolean, code?: number, reason?: string): void {
    clearTimeout(this.#timer);
    this.#socket = null;
    this.ondisconnect(isError, code, reason);
    // JsSIP then waits for its own time, and finds the connection there.
    if (isError && this.#isUrgent()) this.#timer = setTimeout(() => this.connect(), times.pause);
  }
}

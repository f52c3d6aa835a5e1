import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { framing } from '#sip/framing.ts';
import { past } from './eventually.ts';

/** How the packets of a softphone travel: over UDP, or over one connection to its server. */

type Server = { readonly address: string; readonly port: number };

export type SoftphoneWire = {
  /** As in a Via. */
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WSS';
  /** Its own address. */
  readonly place: Server;
  /** False: the connection is closed. */
  readonly send: (bytes: Buffer, to: Server) => boolean;
  readonly close: () => void;
};

/** What a wire delivers. */
export type WireListener = {
  readonly onPacket: (bytes: Buffer, from: Server) => void;
  /** Its connection is closed, and is opened again. */
  readonly onClosed: () => void;
  readonly onOpenedAgain: () => void;
};

/** @param own address and port; 0: any */
export async function udpWire(own: Server, { onPacket }: Pick<WireListener, 'onPacket'>): Promise<SoftphoneWire> {
  const socket = createSocket('udp4').bind(own.port, own.address);
  await once(socket, 'listening');
  socket.on('message', (bytes, { address, port }) => onPacket(bytes, { address, port }));
  return {
    transport: 'UDP',
    place: socket.address(),
    send: (bytes, to) => {
      socket.send(bytes, to.port, to.address);
      return true;
    },
    close: () => void socket.close(),
  };
}

/** A connection to the server. `authority`: PEM certificate of a server with the name `localhost`, for TLS and WSS. */
export type Connected = {
  readonly transport: 'tcp' | 'tls' | 'wss';
  readonly from: string;
  readonly authority?: string;
};

type Opened = { readonly send: (bytes: Buffer) => void; readonly close: () => void; readonly closed: Promise<unknown> };

/** Milliseconds before a phone connects again. */
const reconnect = 200;

/** A wire over a connection that is opened again whenever it closes, as phones do. */
export async function connectionWire(server: Server, to: Connected, listener: WireListener): Promise<SoftphoneWire> {
  const wire = new ConnectionWire(server, to, listener);
  await wire.open();
  return wire;
}

const names = { tcp: 'TCP', tls: 'TLS', wss: 'WSS' } as const;

class ConnectionWire implements SoftphoneWire {
  readonly transport: SoftphoneWire['transport'];
  readonly place: Server;
  readonly #server: Server;
  readonly #to: Connected;
  readonly #listener: WireListener;
  #opened: Opened | undefined;
  #isClosed = false;

  constructor(server: Server, to: Connected, listener: WireListener) {
    [this.#server, this.#to, this.#listener] = [server, to, listener];
    this.transport = names[to.transport];
    this.place = { address: to.from, port: 5_060 };
  }

  /** @throws Error if the server does not accept the connection */
  async open(): Promise<void> {
    const connect = this.#to.transport === 'wss' ? openWebSocket : openStream;
    const opened = await connect(this.#server, this.#to, (bytes) => this.#listener.onPacket(bytes, this.#server));
    this.#opened = opened;
    void opened.closed.then(() => this.#reopen());
    if (this.#isClosed) opened.close();
  }

  readonly send = (bytes: Buffer): boolean => {
    this.#opened?.send(bytes);
    return this.#opened !== undefined;
  };

  readonly close = (): void => {
    this.#isClosed = true;
    this.#opened?.close();
  };

  async #reopen(): Promise<void> {
    this.#opened = undefined;
    if (this.#isClosed) return;
    this.#listener.onClosed();
    while (this.#isLost) {
      await past(reconnect);
      await this.open().catch(() => undefined);
    }
    this.#listener.onOpenedAgain();
  }

  get #isLost(): boolean {
    return !this.#isClosed && this.#opened === undefined;
  }
}

async function openStream(
  { address: host, port }: Server,
  { transport, from, authority }: Connected,
  take: (bytes: Buffer) => void,
): Promise<Opened> {
  const plain = connectTcp({ host, port, localAddress: from });
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ socket: plain, servername: 'localhost', ...(authority === undefined ? {} : { ca: authority }) })
      : plain;
  const frames = framing();
  socket.on('error', () => undefined);
  plain.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    for (const arrival of frames.take(bytes)) if (arrival.kind === 'message') take(arrival.bytes);
  });
  const closed = once(socket, 'close');
  const isOpen = once(socket, transport === 'tls' ? 'secureConnect' : 'connect').then(() => true);
  if (!(await Promise.race([isOpen, closed.then(() => false)]))) throw new Error('no connection');
  // What ends by FIN is closed from this side, too.
  socket.on('end', () => socket.destroy());
  return { send: (bytes) => void socket.write(bytes), close: () => void socket.destroy(), closed };
}

async function openWebSocket(
  { port }: Server,
  { from, authority }: Connected,
  take: (bytes: Buffer) => void,
): Promise<Opened> {
  const socket = new WebSocket(`wss://localhost:${port}/ws`, ['sip'], {
    localAddress: from,
    family: 4,
    ...(authority === undefined ? {} : { ca: authority }),
  });
  socket.on('error', () => undefined);
  socket.on('message', (message) => {
    if (Buffer.isBuffer(message)) take(message);
  });
  const closed = once(socket, 'close');
  if (!(await Promise.race([once(socket, 'open').then(() => true), closed.then(() => false)])))
    throw new Error('no connection');
  return { send: (bytes) => socket.send(bytes.toString()), close: () => socket.terminate(), closed };
}

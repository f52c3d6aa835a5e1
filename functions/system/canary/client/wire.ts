import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { framing } from '#sip/framing.ts';
import { patience } from './patience.ts';

/** How SIP packets of the canary travel. */

export type Transport = 'udp' | 'tls' | 'wss';

export type Wire = Disposable & {
  /** As in a Via. */
  readonly transport: 'UDP' | 'TLS' | 'WSS';
  /** Its own address: that of the connection, or the one that UDP packets to the server leave from. */
  readonly own: { readonly address: string; readonly port: number };
  readonly send: (bytes: Buffer) => void;
  /** Called with each message. */
  onMessage: (bytes: Buffer) => void;
};

/** Where phones register. `url`: that of the WebSocket. */
export type SipPlace = {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly url: string | undefined;
};

const nothing = (): void => undefined;

async function openUdp({ host, port }: SipPlace): Promise<Wire> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, host);
    await once(socket, 'connect', { signal: AbortSignal.timeout(patience) });
  } catch (error) {
    socket.close();
    throw error;
  }
  const wire: Wire = {
    transport: 'UDP',
    own: socket.address(),
    // A port at which no one listens is seen as no answer.
    send: (bytes) => socket.send(bytes, nothing),
    onMessage: nothing,
    [Symbol.dispose]: () => void socket.close(),
  };
  socket.on('error', nothing);
  socket.on('message', (bytes) => wire.onMessage(bytes));
  return wire;
}

async function openTls({ host, tlsPort }: SipPlace): Promise<Wire> {
  const socket = connectTls({ host, port: tlsPort, ...(isIP(host) === 0 && { servername: host }) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(patience) });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const { localAddress: address = '0.0.0.0', localPort: port = 0 } = socket;
  const wire: Wire = {
    transport: 'TLS',
    own: { address, port },
    send: (bytes) => void socket.write(bytes),
    onMessage: nothing,
    [Symbol.dispose]: () => void socket.destroy(),
  };
  socket.on('error', nothing);
  const frames = framing();
  socket.on('data', (bytes: Buffer) => {
    for (const arrival of frames.take(bytes)) if (arrival.kind === 'message') wire.onMessage(arrival.bytes);
  });
  return wire;
}

async function openWebSocket({ url }: SipPlace): Promise<Wire> {
  if (url === undefined) throw new Error('the line has no websocket_url');
  const socket = new WebSocket(url, ['sip']);
  const isOpen = new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`${url} does not connect`));
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', fail);
    AbortSignal.timeout(patience).addEventListener('abort', fail);
  });
  const wire: Wire = {
    transport: 'WSS',
    // A browser does not know its own (RFC 7118 §5).
    own: { address: `${randomBytes(8).toString('hex')}.invalid`, port: 5_060 },
    send: (bytes) => socket.send(bytes.toString()),
    onMessage: nothing,
    [Symbol.dispose]: () => socket.close(),
  };
  socket.addEventListener('message', ({ data: text }) => wire.onMessage(Buffer.from(String(text))));
  try {
    await isOpen;
  } catch (error) {
    socket.close();
    throw error;
  }
  return wire;
}

const openers = { udp: openUdp, tls: openTls, wss: openWebSocket } as const;

/** @throws Error if it does not open in time */
export const openWire = (transport: Transport, place: SipPlace): Promise<Wire> => openers[transport](place);

import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { headTimeouts, limitUnfinished } from '#runtime/unfinished-requests.ts';
import type { Endpoint } from './flow.ts';

/** Where WebSockets are opened. */
const webSocketPath = '/ws';

/** Bytes of a message. */
export const maxMessage = 65_536;
/** Bytes of the header section of a request. */
const maxHeader = 8_192;

/** A connection that has become a WebSocket. */
export type Opened = {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly remote: Endpoint;
  /** Of the opening handshake. */
  readonly authorization: string | undefined;
  readonly query: URLSearchParams;
};

export type WebSocketDependencies = {
  /** Whether to accept a connection. */
  readonly admits: (remote: Endpoint) => boolean;
  /** Whether there is room for one more WebSocket of this address. */
  readonly hasRoomFor: (address: string) => boolean;
  /** What speaks each subprotocol. */
  readonly subprotocols: Subprotocols;
  /** Key and certificate (PEM), if TLS ends here. */
  readonly tls?: { readonly key: string; readonly cert: string };
};

/** The remote end of a socket; an IPv4 address in its own form. */
export const remoteOf = ({ remoteAddress = '', remotePort = 0 }: Socket): Endpoint => ({
  address: remoteAddress.replace(/^::ffff:/, ''),
  port: remotePort,
});

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';

/** What a handshake says about the client. */
const handshakeOf = ({ url = '', headers }: IncomingMessage): Pick<Opened, 'authorization' | 'query'> => ({
  authorization: headers.authorization,
  query: new URLSearchParams(url.slice(url.indexOf('?') === -1 ? url.length : url.indexOf('?'))),
});

type Subprotocols = Readonly<Record<string, (opened: Opened) => void>>;

/**
 * What speaks the first known one of the subprotocols that a client offers (RFC 6455 §11.3.4), at the path; the empty
 * name is for clients that offer none.
 */
function speakerOf(request: IncomingMessage, subprotocols: Subprotocols): Subprotocols[string] | undefined {
  if (pathOf(request) !== webSocketPath) return undefined;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const name = offered.find((each) => Object.hasOwn(subprotocols, each));
  return name === undefined ? undefined : subprotocols[name];
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const limits = {
  ...headTimeouts,
  maxHeaderSize: maxHeader,
  requestTimeout: headTimeouts.headersTimeout,
} as const;

/** Answers a request that opens no WebSocket. */
function refuseRequest(request: IncomingMessage, response: ServerResponse): void {
  const status = pathOf(request) === webSocketPath ? 426 : 404;
  response.writeHead(status, { Connection: 'close', ...(status === 426 ? { Upgrade: 'websocket' } : {}) }).end();
}

/** A failed handshake is not our error. */
const secureServer = (tls: NonNullable<WebSocketDependencies['tls']>): Server =>
  createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, refuseRequest);

/**
 * An HTTP server that opens WebSockets (RFC 6455) at one path, and answers nothing else. Messages are not compressed,
 * so that a small one never becomes a large one.
 */
export function webSocketServer({ admits, hasRoomFor, subprotocols, tls }: WebSocketDependencies): Server {
  const server = tls === undefined ? createServer(limits, refuseRequest) : secureServer(tls);
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // One message per turn of the event loop: what follows from a response is sent before what follows from the next
    // request.
    allowSynchronousEvents: false,
    maxPayload: maxMessage,
    handleProtocols: (offered) => [...offered].find((name) => Object.hasOwn(subprotocols, name)) ?? false,
  });
  // A socket that sends nothing.
  server.setTimeout(headTimeouts.headersTimeout);
  const exempt = limitUnfinished(server);
  server.on('connection', (socket: Socket) => {
    const remote = remoteOf(socket);
    if (remote.address === '' || !admits(remote)) socket.destroy();
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const opened = socket instanceof Socket ? { socket, remote: remoteOf(socket), ...handshakeOf(request) } : undefined;
    const open = speakerOf(request, subprotocols);
    if (opened !== undefined) exempt(opened.socket);
    if (opened === undefined || open === undefined) refuse(socket, pathOf(request) === webSocketPath ? 400 : 404);
    else if (!hasRoomFor(opened.remote.address)) refuse(socket, 503);
    else webSockets.handleUpgrade(request, opened.socket, head, (webSocket) => open({ webSocket, ...opened }));
  });
  return server;
}

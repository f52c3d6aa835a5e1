import { pingOf } from './resources.fixture.ts';
import { peerOf } from './resources.fixture.ts';
import { gatewayOf } from './resources.fixture.ts';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { framing } from '#sip/framing.ts';
import { newResponse, type ResponseParts } from '#sip/build.ts';
import { authentication } from '#sip/digest/authentication.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { parseMessage, serialize, type SipRequest } from '#sip/message.ts';
import { address } from '#sip/address.ts';
import { isSipUri, sipUri } from '#sip/uri.ts';
import type { GatewayItem } from '#dynamodb/rows/gateway.ts';

/** One OPTIONS request that a gateway received. */
export type Ping = {
  readonly host: string;
  /** Port of the task that sent it. */ readonly from: number;
  /** Unix milliseconds. */ readonly at: number;
};

/** Number of source addresses of the answers: from a single address they would exceed the rate limit of strangers. */
const socketCount = 32;

/**
 * Many gateways in one process: every address of 127.0.0.0/8 at one port. Each answers 200, and is identified by the
 * Request-URI.
 */
export type Gateways = { readonly port: number; readonly pings: Ping[]; readonly close: () => void };

export async function startGateways(): Promise<Gateways> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }).bind(0);
  const sockets = Array.from({ length: socketCount }, (_, at) => createSocket('udp4').bind(0, `127.2.0.${at + 1}`));
  await Promise.all([socket, ...sockets].map((each) => once(each, 'listening')));
  const pings: Ping[] = [];
  socket.on('message', (bytes, { address, port }) => {
    const request = parseMessage(bytes);
    if (request.kind !== 'request' || !isSipUri(request.uri)) return;
    pings.push({ host: request.uri.host, from: port, at: Date.now() });
    sockets[pings.length % socketCount]?.send(
      serialize(newResponse(request, { status: 200, toTag: 'gateway' })),
      port,
      address,
    );
  });
  return { port: socket.address().port, pings, close: () => [socket, ...sockets].forEach((each) => each.close()) };
}

/** Address of a gateway by its number. */
export const hostOf = (number: number): string => `127.1.${number >> 8}.${number & 255}`;

export function gatewayAt(
  number: number,
  { port, interval }: { readonly port: number; readonly interval: number },
): GatewayItem {
  return gatewayOf({
    id: `gw_${number}`,
    name: `gateway-${number}`,
    peer: peerOf({ host: hostOf(number), port }),
    ping: pingOf({ interval_seconds: interval }),
  });
}

/**
 * What a carrier does with an INVITE or REGISTER. `rings` and `answers`: at once, as it knows the platform by its
 * address. `challenges`: asks for credentials, of which it takes any, and answers.
 */
export type CarrierManner = 'rings' | 'answers' | 'challenges';

/** A carrier that writes down what comes to it. */
export type Carrier = {
  readonly address: string;
  readonly port: number;
  manner: CarrierManner;
  /** Methods of the requests, each once, in their order; with `+` if they have credentials. */
  readonly received: string[];
  readonly close: () => void;
};

const challenge = (): Headers => {
  const kind = authentication.user.challenge;
  const value = kind.parse('Digest realm="carrier.example", nonce="n", qop="auth", algorithm=MD5');
  if (value instanceof Fault) throw new Error(value.reason);
  return Headers.none.append(kind, value);
};

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n';

/**
 * A carrier over UDP, and over TCP if its port is given.
 * @param from its address
 * @param own its port; 0: any
 */
export async function startCarrier(manner: CarrierManner, from: string, own = 0): Promise<Carrier> {
  const socket = createSocket('udp4').bind(own, from);
  await once(socket, 'listening');
  const { port } = socket.address();
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    const frames = framing();
    connections.add(connection);
    connection
      .on('error', () => undefined)
      .on('data', (chunk) => {
        for (const arrival of frames.take(chunk))
          if (arrival.kind === 'message') take(arrival.bytes, (answer) => void connection.write(answer));
      });
  });
  if (own !== 0) await once(server.listen(own, from), 'listening');
  const [received, seen, invites]: [string[], Set<string>, Map<string, SipRequest>] = [[], new Set(), new Map()];
  const close = (): void => {
    socket.close();
    server.close();
    for (const connection of connections) connection.destroy();
  };
  const carrier: Carrier = { address: from, port, manner, received, close };
  const contact = Headers.none.append(header.contact, address(sipUri({ user: 'carrier', host: from, port })));
  const answersTo = (request: SipRequest): ResponseParts[] => {
    if (request.method === 'ACK') return [];
    const isCall = request.method === 'INVITE' && request.toTag === undefined;
    const isProven = request.headers.has(authentication.user.credentials);
    if (!isCall && request.method !== 'REGISTER') return [{ status: 200 }];
    if (carrier.manner === 'challenges' && !isProven) return [{ status: 401, headers: challenge() }];
    const answer = { status: 200, headers: contact, ...(isCall ? { body: Buffer.from(sdp) } : {}) };
    if (!isCall) return [answer];
    if (carrier.manner === 'rings') return [{ status: 100 }, { status: 180, headers: contact }];
    return [
      {
        ...answer,
        headers: contact.append(header.contentType, { value: 'application/sdp', parameters: Parameters.none }),
      },
    ];
  };
  const take = (bytes: Buffer, answer: (bytes: Buffer) => void): void => {
    const request = parseMessage(bytes);
    if (request.kind !== 'request' || request.method === 'OPTIONS') return;
    const key = `${request.callId} ${request.cseq.sequence} ${request.method}`;
    const isNew = !seen.has(key);
    if (isNew) received.push(`${request.method}${request.headers.has(authentication.user.credentials) ? '+' : ''}`);
    seen.add(key);
    const send = (of: SipRequest, parts: ResponseParts): void =>
      answer(serialize(newResponse(of, { toTag: 'carrier', ...parts })));
    for (const parts of answersTo(request)) send(request, parts);
    if (request.method === 'INVITE') invites.set(request.callId, request);
    const cancelled = request.method === 'CANCEL' ? invites.get(request.callId) : undefined;
    if (cancelled !== undefined && isNew) send(cancelled, { status: 487 });
  };
  socket.on('message', (bytes, { address: host, port: to }) => take(bytes, (answer) => socket.send(answer, to, host)));
  return carrier;
}

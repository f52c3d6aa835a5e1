import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from './eventually.ts';

/** Calls and other requests as an attacker writes them, byte by byte. */

type Server = { readonly address: string; readonly port: number };

/** A socket without an account, which sees all that is sent to it. At the address of another it is a forged source. */
export type Caller = {
  readonly address: string;
  readonly port: number;
  readonly received: string[];
  /** Sends an INVITE, whose branch is `z9hG4bK<Call-ID>`. @returns its final response, which is acknowledged */
  readonly invite: (call: Invite) => Promise<string>;
  /** Sends a text unchanged. */
  readonly send: (text: string) => void;
  readonly close: () => void;
};

export type Invite = {
  readonly uri: string;
  /** User name in From. */
  readonly user?: string;
  readonly callId?: string;
  readonly maxForwards?: number;
  /** Sender in Via, and Contact. */
  readonly via?: string;
  readonly contact?: string;
  /** Further header lines. */
  readonly lines?: readonly string[];
  /** Default: true. */
  readonly isAcknowledged?: boolean;
  /** Milliseconds that the final response may take on an idle machine; default: 20,000. */
  readonly patience?: number;
};

const token = (): string => randomBytes(8).toString('hex');
const md5 = (...parts: readonly string[]): string => createHash('md5').update(parts.join(':')).digest('hex');

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n';

/** Its own address and port; 0: any. */
type Own = { readonly from: string; readonly own: number };
type Wire = {
  readonly port: number;
  /** Whether what is sent can arrive. */
  readonly isOpen: () => boolean;
  readonly send: (text: string) => void;
  readonly close: () => void;
};

async function packets({ address, port }: Server, { from, own }: Own, received: string[]): Promise<Wire> {
  const socket = createSocket('udp4', (bytes) => void received.push(bytes.toString('latin1'))).bind(own, from);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    isOpen: () => true,
    send: (text) => socket.send(text, port, address),
    close: () => socket.close(),
  };
}

/** Messages of one segment: a provisional response and the final one may share it. No description has such a line. */
const messagesIn = (segment: Buffer): string[] => segment.toString('latin1').split(/(?=^SIP\/2\.0 \d)/m);

/**
 * Assumes that no response is divided among segments. A server closes connections that are idle for a minute, so that
 * what is sent later opens one again, from the same port.
 */
async function connection({ address: host, port }: Server, { from, own }: Own, received: string[]): Promise<Wire> {
  const open = (localPort: number) =>
    connect({ host, port, localAddress: from, localPort })
      .on('data', (segment) => void received.push(...messagesIn(segment)))
      .on('error', () => undefined);
  let socket = open(own);
  await once(socket, 'connect');
  const localPort = socket.localPort ?? 0;
  const isOpen = (): boolean => socket.writable;
  return {
    port: localPort,
    isOpen,
    send: (text) => {
      if (!isOpen()) socket = open(localPort);
      socket.write(text);
    },
    close: () => socket.destroy(),
  };
}

/** @param server the port of the transport @param port its own; default: any */
export async function newCaller(
  server: Server,
  from: string,
  transport: 'udp' | 'tcp' = 'udp',
  port = 0,
): Promise<Caller> {
  const received: string[] = [];
  const wire = await (transport === 'udp' ? packets : connection)(server, { from, own: port }, received);
  const own = `${from}:${wire.port}`;
  const write = (
    method: string,
    call: Required<Omit<Invite, 'lines' | 'isAcknowledged' | 'patience'>>,
    lines: readonly string[],
    body: string,
  ) =>
    wire.send(
      [
        `${method} ${call.uri} SIP/2.0`,
        `Via: SIP/2.0/${transport.toUpperCase()} ${call.via};branch=z9hG4bK${call.callId};rport`,
        `Max-Forwards: ${call.maxForwards}`,
        `From: <sip:${call.user}@pbx.example.com>;tag=${call.callId}`,
        `Call-ID: ${call.callId}`,
        `CSeq: 1 ${method}`,
        ...lines,
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );
  return {
    address: from,
    port: wire.port,
    received,
    send: wire.send,
    close: wire.close,
    invite: async ({ lines = [], isAcknowledged = true, patience = 20_000, ...more }) => {
      const call = {
        user: 'someone',
        callId: token(),
        maxForwards: 70,
        via: own,
        contact: `<sip:someone@${own}>`,
        ...more,
      };
      const head = [`To: <${call.uri}>`, `Contact: ${call.contact}`, 'Content-Type: application/sdp', ...lines];
      const send = () => write('INVITE', call, head, sdp);
      send();
      // As phones do (RFC 3261 §17.1.1.2): a busy machine drops datagrams, and a connection may have been closed.
      const repeating = setInterval(() => {
        if (transport === 'udp' || !wire.isOpen()) send();
      }, 2_000);
      const final = await eventually(() => {
        const found = received.find(
          (packet) => /^SIP\/2\.0 [2-6]/.test(packet) && packet.includes(`Call-ID: ${call.callId}`),
        );
        if (found === undefined) throw new Error('no final response');
        return found;
      }, patience).finally(() => clearInterval(repeating));
      if (isAcknowledged) write('ACK', call, [/^To: .*$/m.exec(final)?.[0]?.trim() ?? ''], '');
      return final;
    },
  };
}

/** The status of a response. */
export const statusOf = (response: string): number => Number(/^SIP\/2\.0 (\d{3})/.exec(response)?.[1]);

/** The header line that proves a password for a challenge (RFC 7616, MD5). */
export function proof(
  challenge: string,
  { username, password }: { readonly username: string; readonly password: string },
  uri: string,
): string {
  const line = challenge.split('\r\n').find((each) => each.startsWith('Proxy-Authenticate') && each.includes('=MD5'));
  const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(line ?? '')?.[1] ?? '';
  const [realm, nonce] = [value('realm'), value('nonce')];
  const response = md5(...[md5(username, realm, password), nonce, '00000001', 'c', 'auth', md5('INVITE', uri)]);
  return (
    `Proxy-Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="${response}"`
  );
}

type StrangersRequest = {
  readonly username?: string;
  readonly domain?: string;
  /** Further header lines. */
  readonly lines?: readonly string[];
};

/** A request as a stranger writes it, with a new branch, tag and Call-ID. */
export const strangersRequest = (
  method: string,
  { username = 'unknown', domain = 'pbx.example.com', lines = [] }: StrangersRequest = {},
): string =>
  [
    `${method} sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${token()}`,
    `From: <sip:${username}@${domain}>;tag=${token()}`,
    `To: <sip:${username}@${domain}>`,
    `Call-ID: ${token()}`,
    `CSeq: 1 ${method}`,
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

/** A REGISTER with a nonce and a response that are made up. */
export const guessedRegister = (username: string, nonce = token(), domain = 'pbx.example.com'): string =>
  strangersRequest('REGISTER', {
    username,
    domain,
    lines: [
      `Authorization: Digest username="${username}", realm="${domain}", nonce="${nonce}", uri="sip:${domain}", ` +
        `algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="${'0'.repeat(32)}"`,
    ],
  });

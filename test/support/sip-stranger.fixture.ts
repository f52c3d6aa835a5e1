import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP socket without an account. At the address of another, it is what a forged source is to the sidecar. */
export type Stranger = {
  readonly send: (packet: string) => void;
  /** What was sent back. */
  readonly received: string[];
  readonly sentBytes: () => number;
  readonly close: () => void;
};

type Server = { readonly address: string; readonly port: number };

const token = (): string => randomBytes(8).toString('hex');

export async function newStranger({ address, port }: Server, from: string): Promise<Stranger> {
  const received: string[] = [];
  let sentBytes = 0;
  const socket = createSocket('udp4', (bytes) => void received.push(bytes.toString())).bind(0, from);
  await once(socket, 'listening');
  return {
    received,
    sentBytes: () => sentBytes,
    send: (packet) => {
      sentBytes += packet.length;
      socket.send(packet, port, address);
    },
    close: () => socket.close(),
  };
}

type Request = {
  readonly username?: string;
  readonly domain?: string;
  /** Further header lines. */
  readonly lines?: readonly string[];
};

/** A request as a stranger writes it, with a new branch, tag and Call-ID. */
export const strangersRequest = (
  method: string,
  { username = 'unknown', domain = 'pbx.example.com', lines = [] }: Request = {},
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

/** Phones of load generators: they register by digest, and repeat what is lost. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import { branchCookie, newVia } from '#sip/via.ts';

/** Milliseconds after which an answer is none (timer F). */
const timeout = 32_000;
const token = (): string => randomUUID();

/** A socket that phones share. */
export type Line = {
  readonly socket: Socket;
  readonly source: string;
  readonly waiting: Map<string, (response: SipResponse) => void>;
};

/** Opens a line at a local address. */
export async function openLine(source: string): Promise<Line> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }).bind(0, source);
  await once(socket, 'listening');
  const waiting: Line['waiting'] = new Map();
  socket.on('message', (bytes) => {
    const message = parseMessage(bytes);
    if (message.kind === 'response') waiting.get(message.callId)?.(message);
  });
  return { socket, source, waiting };
}

/** The registrar of a phone, and its password. */
export type PhoneSettings = { readonly port: number; readonly domain: string; readonly password: string };

/** A phone on a line. `register` answers whether it was accepted. */
export function phoneOn(
  line: Line,
  username: string,
  { port, domain, password }: PhoneSettings,
): { readonly register: () => Promise<boolean>; readonly restart: () => void } {
  const { socket, source, waiting } = line;
  const own = address(sipUri({ user: username, host: domain }));
  const local = socket.address().port;
  const headers = new Headers([
    Field.of(textHeader('Contact'), `<sip:${username}@${source}:${local}>`),
    Field.of(header.expires, 3_600),
    Field.of(header.userAgent, 'Load/1.0'),
  ]);
  const newDigest = () => new DigestClient({ username, password, realm: null, host: domain }, token);
  let digest = newDigest();
  let callId = token();
  let sequence = 0;
  const via = () => newVia('UDP', source, local, `${branchCookie}${token()}`);
  const ask = (request: SipRequest): Promise<SipResponse | undefined> => {
    const { promise, resolve } = Promise.withResolvers<SipResponse | undefined>();
    const late = setTimeout(() => resolve(undefined), timeout);
    // A late answer to the one before is none to this one.
    waiting.set(request.callId, (response) => {
      if (response.cseq.sequence === request.cseq.sequence) resolve(response);
    });
    const bytes = serialize(request);
    // RFC 3261 §17.1.2.2, timer E: what is lost is sent again.
    let again: NodeJS.Timeout | undefined;
    const send = (wait: number): void => {
      socket.send(bytes, port, '127.0.0.1');
      again = setTimeout(() => send(Math.min(2 * wait, 4_000)), wait);
    };
    send(500);
    return promise.finally(() => {
      clearTimeout(late);
      clearTimeout(again);
      waiting.delete(request.callId);
    });
  };
  const register = async (): Promise<boolean> => {
    sequence += 1;
    const request = newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: domain }),
      via: via(),
      from: address(own.uri, new Parameters([['tag', token()]])),
      to: own,
      callId,
      sequence,
      headers,
    });
    const authorized = digest.authorize(request);
    const answer = await ask(authorized);
    if (answer?.status !== 401) return answer?.status === 200;
    const again = digest.answer(authorized, answer);
    if (again instanceof Fault) return false;
    sequence = again.cseq.sequence;
    return (await ask(again.with(again.headers.with(header.via, via()))))?.status === 200;
  };
  /** As after a power failure: a new Call-ID, and no nonce. */
  const restart = (): void => {
    digest = newDigest();
    callId = token();
    sequence = 0;
  };
  return { register, restart };
}

import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as Connection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { framing } from '#sip/framing.ts';
import { eventually } from './eventually.ts';
import { address } from '#sip/address.ts';
import { newRequest, newResponse, type ResponseParts } from '#sip/build.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { parseUri, sipUri } from '#sip/uri.ts';
import { branchCookie, newVia } from '#sip/via.ts';

/** A phone for tests: it registers, subscribes, and answers NOTIFY as configured. One request at a time. */
export type Phone = {
  /** Sends REGISTER, with credentials when it is challenged. */
  readonly register: (more?: {
    readonly expires?: number;
    readonly contact?: string;
    readonly callId?: string;
    /** User name of another account. */ readonly as?: string;
  }) => Promise<SipResponse>;
  /**
   * Sends SUBSCRIBE, with credentials when it is challenged.
   * @param in the response that created the dialog of the subscription
   */
  readonly subscribe: (more?: {
    readonly target?: string;
    readonly expires?: number;
    readonly event?: string;
    readonly in?: SipResponse;
  }) => Promise<SipResponse>;
  /** Sends a request without credentials, and returns the answer. */
  readonly ask: (
    method: string,
    more?: { readonly headers?: readonly (readonly [string, string])[]; readonly uri?: string },
  ) => Promise<SipResponse>;
  /** Waits until no further answer is on its way, so that another program can have the port. */
  readonly settle: () => Promise<void>;
  /** Sends bytes unchanged from the phone's own port. */
  readonly sendRaw: (bytes: Buffer, to?: Server) => void;
  /** Received NOTIFY requests. */
  readonly notified: SipRequest[];
  /** Status of the answers to NOTIFY; null: no answer. */
  answers: number | null;
  /** How it answers a request, before `answers`; undefined: as `answers` says. */
  replies: ((request: SipRequest) => ResponseParts | 'no answer' | undefined) | undefined;
  readonly port: number;
  readonly close: () => void;
};

/** Retry-After of a busy sidecar. */
const busySeconds = '5';

type Account = { readonly username: string; readonly password: string; readonly domain: string };
type Wire = { readonly send: (bytes: Buffer, to?: Server) => void; readonly port: number; readonly close: () => void };
/** `port`: its own over UDP; `authority`: PEM certificate of a TLS server with the name `localhost`. */
type From = { readonly from: string; readonly port?: number; readonly authority?: string };
type Server = { readonly address: string; readonly port: number };

/** `source`: sender of a datagram. */
type Receive = (bytes: Buffer, source?: Server) => void;

const token = (): string => randomBytes(8).toString('hex');

async function udpWire(
  { address: host, port }: Server,
  { from, port: own = 0 }: Pick<From, 'from' | 'port'>,
  receive: Receive,
): Promise<Wire> {
  const socket: Socket = createSocket('udp4', receive).bind(own, from);
  await once(socket, 'listening');
  return {
    send: (bytes, to = { address: host, port }) => socket.send(bytes, to.port, to.address),
    port: socket.address().port,
    close: () => socket.close(),
  };
}

async function connectionWire(
  { address: host, port }: Server,
  { from, authority }: From,
  receive: Receive,
): Promise<Wire> {
  const plain = connect({ host, port, localAddress: from });
  const socket: Connection =
    authority === undefined ? plain : connectTls({ socket: plain, ca: authority, servername: 'localhost' });
  const frames = framing();
  const take = (bytes: Buffer): void => {
    for (const arrival of frames.take(bytes)) if (arrival.kind === 'message') receive(arrival.bytes);
  };
  socket.on('data', take).on('error', () => undefined);
  await once(socket, authority === undefined ? 'connect' : 'secureConnect');
  return { send: (bytes) => void socket.write(bytes), port: plain.localPort ?? 0, close: () => socket.destroy() };
}

export async function newPhone(
  server: Server,
  account: Account,
  {
    transport = 'udp',
    from = '127.0.0.1',
    port = 0,
    authority,
  }: { readonly transport?: 'udp' | 'tcp' } & Partial<From> = {},
): Promise<Phone> {
  const waiting = new Map<string, (response: SipResponse) => void>();
  const state: Pick<Phone, 'answers' | 'replies'> = { answers: 200, replies: undefined };
  const notified: SipRequest[] = [];
  const wires: Wire[] = [];
  const receive: Receive = (bytes, source) => {
    const message = parseMessage(bytes);
    if (message.kind === 'response') waiting.get(message.callId)?.(message);
    if (message.kind !== 'request') return;
    notified.push(message);
    const reply = state.replies?.(message) ?? (state.answers === null ? 'no answer' : { status: state.answers });
    if (reply !== 'no answer') wires[0]?.send(serialize(newResponse(message, { toTag: token(), ...reply })), source);
  };
  const isPacket = transport === 'udp' && authority === undefined;
  const opened = await (isPacket
    ? udpWire(server, { from, port }, receive)
    : connectionWire(server, { from, ...(authority === undefined ? {} : { authority }) }, receive));
  wires.push(opened);
  const { username, password, domain } = account;
  const digest = new DigestClient({ username, password, realm: null, host: domain }, token);
  const own = address(sipUri({ user: username, host: domain }));
  const callId = token();
  /** Of subscriptions. */
  const ownTag = token();
  let sequence = 0;

  const exchange = async (request: SipRequest): Promise<SipResponse> => {
    const answers: SipResponse[] = [];
    waiting.set(request.callId, (response) => void answers.push(response));
    const bytes = serialize(request);
    opened.send(bytes);
    // As phones do (RFC 3261 §17.1.2): a busy machine drops datagrams.
    const repeating = isPacket ? setInterval(() => opened.send(bytes), 2_000) : undefined;
    await eventually(() => answers.length > 0, 15_000).finally(() => clearInterval(repeating));
    const [answer] = answers;
    if (answer === undefined) throw new Error(`no answer to ${request.method}`);
    return answer;
  };
  const via = () =>
    newVia(authority === undefined ? transport.toUpperCase() : 'TLS', from, opened.port, `${branchCookie}${token()}`);
  type Identity = { readonly of?: string; readonly to?: typeof own; readonly tag?: string };
  const request = (
    method: string,
    uri: string,
    headers: Headers,
    { of = callId, to = own, tag = token() }: Identity = {},
  ): SipRequest => {
    const target = parseUri(uri);
    if (target instanceof Fault) throw new Error(target.reason);
    sequence += 1;
    return newRequest({
      method,
      uri: target,
      via: via(),
      from: address(own.uri, new Parameters([['tag', tag]])),
      to,
      callId: of,
      sequence,
      headers,
    });
  };

  /** Requests of a path are taken in their order, and OPTIONS is answered at once: its answer is the last one. */
  const settle = async (): Promise<void> => {
    for (let attempts = 0; attempts < 5; attempts += 1) {
      const answers: SipResponse[] = [];
      const probe = request('OPTIONS', `sip:${domain}`, Headers.none, { of: token() });
      waiting.set(probe.callId, (response) => void answers.push(response));
      opened.send(serialize(probe));
      if (await eventually(() => answers.length > 0, 5_000).catch(() => false)) return;
    }
    throw new Error('no answer to OPTIONS');
  };

  const again = (sent: SipRequest): SipRequest => sent.with(sent.headers.with(header.via, via()));
  const answerChallenge = async (first: SipRequest): Promise<SipResponse> => {
    const answer = await exchange(first);
    if (answer.status !== 401) return answer;
    const retry = digest.answer(first, answer);
    if (retry instanceof Fault) return answer;
    sequence += 1;
    return exchange(again(retry));
  };
  /** As phones do (RFC 3261 §21.5.4), it repeats what a sidecar rejects that other tests keep busy. */
  const authorized = async (first: SipRequest): Promise<SipResponse> => {
    let answer = await answerChallenge(first);
    const isBusy = () => answer.status === 503 && answer.headers.one(header.retryAfter) === busySeconds;
    await eventually(async () => {
      if (isBusy()) answer = await answerChallenge(again(first));
      return !isBusy();
    }, 30_000).catch(() => undefined);
    return answer;
  };

  return Object.assign(state, {
    notified,
    port: opened.port,
    close: opened.close,
    sendRaw: opened.send,
    settle,
    ask: (method: string, { headers = [], uri = `sip:${domain}` } = {}) =>
      exchange(
        request(method, uri, new Headers(headers.map(([name, value]) => Field.of(textHeader(name), value))), {
          of: token(),
        }),
      ),
    register: async ({
      expires = 3_600,
      contact = `<sip:${username}@${from}:${opened.port}>`,
      callId: of = callId,
      as = username,
    } = {}) => {
      const headers = new Headers([
        ...(contact === '' ? [] : [Field.of(textHeader('Contact'), contact)]),
        Field.of(header.expires, expires),
        Field.of(header.userAgent, 'TestPhone/1.0'),
      ]);
      const first = digest.authorize(
        request('REGISTER', `sip:${domain}`, headers, { of, to: address(sipUri({ user: as, host: domain })) }),
      );
      return authorized(first);
    },
    subscribe: ({ target = username, expires = 600, event = 'message-summary', in: dialog } = {}) => {
      const headers = new Headers([
        Field.of(textHeader('Contact'), `<sip:${username}@${from}:${opened.port}>`),
        Field.of(textHeader('Event'), event),
        Field.of(header.expires, expires),
      ]);
      const to = dialog?.to ?? address(sipUri({ user: target, host: domain }));
      const uri = `sip:${target}@${domain}`;
      return authorized(
        digest.authorize(request('SUBSCRIBE', uri, headers, { of: dialog?.callId ?? token(), to, tag: ownTag })),
      );
    },
  } as Omit<Phone, 'answers' | 'replies'>);
}

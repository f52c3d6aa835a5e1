import { randomBytes } from 'node:crypto';
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
import { markSource } from '#sip/routing/response.ts';
import type { Direction } from '#sip/sdp/sdp.ts';
import type { Replaces, RequestSender } from '#sip/session/session.ts';
import { Sessions } from '#sip/session/sessions.ts';
import type { Flow } from '#sip/transaction/layer.ts';
import { TransactionLayer } from '#sip/transaction/layer.ts';
import type { SetTimer } from '#sip/transaction/run.ts';
import type { ServerTransaction } from '#sip/transaction/server.ts';
import { defaultTimers } from '#sip/transaction/timers.ts';
import { isSipUri, sipUri } from '#sip/uri.ts';
import { branchCookie, newVia } from '#sip/via.ts';
import { eventually } from './eventually.ts';
import { SoftCall } from './soft-call.fixture.ts';
import { mediaLines, type Voice, voices } from './voices.fixture.ts';

/**
 * Phones and gateways for tests, which carry calls over UDP with the sessions of `shared/sip`: what they do within a
 * call, the test decides. They send requests within a dialog to its route set or target, as RFC 3261 §12.2.1.1 says.
 */

type Server = { readonly address: string; readonly port: number };
type Account = { readonly username: string; readonly password: string; readonly domain: string };
type Path = Flow & { readonly to: Server };

const token = (): string => randomBytes(8).toString('hex');

const setTimer: SetTimer = (milliseconds, fire) => {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
};

/** Ring time of its calls, in milliseconds: tests decide when they end. */
const ringTime = 120_000;

let count = 0;

export type SoftphoneOptions = {
  /** Its own address; its port, else any. */
  readonly from: string;
  readonly port?: number;
  /** Undefined: a gateway, which has no credentials. */
  readonly account?: Account;
  /** `web`: its descriptions are those of WebRTC, as a browser without media relay needs them. Default: plain RTP. */
  readonly media?: 'rtp' | 'web';
  /** Whether it sends digits in its media (RFC 4733). Default: no. */
  readonly hasDigits?: boolean;
  /** What it speaks, if it has digits; default: PCMU. */
  readonly voice?: Voice;
  /** Whether the next packet of SIP, in either direction, is lost. Default: none is. */
  readonly loses?: () => boolean;
};

/** What a description of WebRTC has besides (RFC 8829). */
const webAttributes = [
  'a=ice-ufrag:F7gI',
  'a=ice-pwd:x9cml/YzichV2+XlhiMu8g==',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A5').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=rtcp-mux',
];

type SoftCallOptions = {
  readonly replaces?: Replaces;
  readonly host?: string;
  readonly headers?: Headers;
  readonly media?: readonly string[];
};

export class Softphone implements Disposable {
  /** The port of its media, which no other one has: it says who is connected to it. */
  readonly mediaPort: number;
  /**
   * What it does with calls; default: it rings and answers. A number is the status by which it rejects; `wait`: it does
   * nothing until the test says so; a function does it.
   */
  answers: 'answer' | 'ring' | 'wait' | number | ((call: SoftCall) => void) = 'answer';
  /** Calls that came to it. */
  readonly calls: SoftCall[] = [];
  /** The header Reason of each CANCEL that came to it. */
  readonly cancelled: string[] = [];
  readonly #server: Server;
  readonly #options: SoftphoneOptions;
  readonly #socket: Socket;
  readonly #layer: TransactionLayer<Path>;
  readonly #sessions: Sessions<Path>;
  readonly #digest: DigestClient | undefined;
  /** Its own address. */
  readonly place: Server;
  #taken = 0;
  #isClosed = false;

  private constructor(server: Server, options: SoftphoneOptions, socket: Socket) {
    count += 1;
    this.mediaPort = 20_000 + 2 * count;
    [this.#server, this.#options, this.#socket] = [server, options, socket];
    this.place = socket.address();
    // What is due after the end of the test does nothing.
    const setOwnTimer: SetTimer = (milliseconds, fire) =>
      setTimer(milliseconds, () => {
        if (!this.#isClosed) fire();
      });
    const { account } = options;
    this.#digest = account && new DigestClient({ ...account, realm: null, host: account.domain }, token);
    this.#sessions = new Sessions<Path>({
      setTimer: setOwnTimer,
      timers: defaultTimers,
      newTag: token,
      random: Math.random,
      headers: Headers.none,
      max: 1_000,
    });
    this.#layer = new TransactionLayer<Path>({
      send: (bytes, { to }) => this.sendRaw(bytes, to),
      setTimer: setOwnTimer,
      timers: defaultTimers,
      newTag: token,
      max: 10_000,
      user: {
        onRequest: (request, transaction) => this.#receive(request, transaction),
        isOfSource: () => true,
        onAck: (ack) => this.#sessions.onAck(ack),
        onCancel: (transaction) => void this.#sessions.onCancel(transaction),
        onStrayResponse: (response) => this.#sessions.onStrayResponse(response),
        onServerFailure: (transaction) => this.#sessions.onServerFailure(transaction),
      },
    });
    socket.on('message', (bytes, { address: from, port }) => {
      if (options.loses?.() !== true) this.#arrive(bytes, { address: from, port });
    });
  }

  /** @param server where it registers, and sends its calls */
  static async open(server: Server, options: SoftphoneOptions): Promise<Softphone> {
    const socket = createSocket('udp4').bind(options.port ?? 0, options.from);
    await once(socket, 'listening');
    return new Softphone(server, options, socket);
  }

  /** Its SIP domain. */
  get domain(): string {
    return this.#account.domain;
  }

  /** Sends REGISTER. @param expires seconds @returns the status of the final response */
  async register(expires = 600): Promise<number> {
    const { username, domain } = this.#account;
    const own = sipUri({ user: username, host: domain });
    const request = newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: domain }),
      via: this.#via(),
      from: address(own, new Parameters([['tag', token()]])),
      to: address(own),
      callId: token(),
      sequence: 1,
      headers: new Headers([
        Field.of(header.contact, address(this.#contact)),
        Field.of(header.expires, expires),
        Field.of(header.userAgent, 'Softphone/1.0'),
      ]),
    });
    return (await this.prove(request)).status;
  }

  /** Sends a request of a test with a new Via, outside of its calls. @returns the final response */
  exchange(request: SipRequest): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      const onResponse = (response: SipResponse): void => {
        if (response.status >= 200) resolve(response);
      };
      const onFailure = (reason: string): void => reject(new Error(reason));
      const fresh = request.with(request.headers.with(header.via, this.#via()));
      this.#layer.request(fresh, { reliable: false, to: this.#server }, { onResponse, onFailure });
    });
  }

  /** As `exchange`, and proves the password if that is demanded. */
  async prove(request: SipRequest): Promise<SipResponse> {
    const first = await this.exchange(request);
    if ((first.status !== 401 && first.status !== 407) || !isSipUri(request.uri)) return first;
    const proven = new DigestClient({ ...this.#account, realm: null, host: request.uri.host }, token).answer(
      request,
      first,
    );
    return proven instanceof Fault ? first : this.exchange(proven);
  }

  /**
   * Calls a user of its domain.
   * @param options `replaces`: the dialog whose place it takes (RFC 3891); `headers`: further ones of its INVITE;
   * `media`: the media lines that it offers in place of its own
   */
  call(user: string, { replaces, host, headers = Headers.none, media }: SoftCallOptions = {}): SoftCall {
    const { username, domain } = this.#identity;
    const call = new SoftCall((direction) => this.#sdp(direction));
    const uri = sipUri({ user, host: host ?? domain });
    const session = this.#sessions.invite(
      {
        uri,
        from: address(sipUri({ user: username, host: domain })),
        to: address(uri),
        contact: this.#contact,
        sdp: this.#sdp('sendrecv', media),
        timeout: ringTime,
        headers: new Headers([...headers, ...(replaces === undefined ? [] : replacesHeader(replaces))]),
        ...(this.#digest === undefined ? {} : { digest: this.#digest }),
      },
      this.#sender,
      call.listener,
    );
    call.began(session);
    return call;
  }

  /** The next call that comes to it. */
  async nextCall(): Promise<SoftCall> {
    this.#taken += 1;
    const wanted = this.#taken;
    return eventually(() => {
      const call = this.calls[wanted - 1];
      if (call === undefined) throw new Error(`${wanted - 1} calls came to ${this.#identity.username}`);
      return call;
    }, 20_000);
  }

  /** Sends bytes unchanged. */
  sendRaw(bytes: Buffer, { port, address: host }: Server = this.#server): void {
    if (!this.#isClosed && this.#options.loses?.() !== true) this.#socket.send(bytes, port, host);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#layer.close();
    this.#socket.close();
  }

  /** Who calls: a gateway presents a number. */
  get #identity(): Pick<Account, 'username' | 'domain'> {
    return this.#options.account ?? { username: '+15550009999', domain: this.place.address };
  }

  get #account(): Account {
    if (this.#options.account === undefined) throw new Error('a gateway has no account');
    return this.#options.account;
  }

  get #contact() {
    const { address: host, port } = this.place;
    return sipUri({ user: this.#identity.username, host, port });
  }

  get #isWeb(): boolean {
    return this.#options.media === 'web';
  }

  get #hasDigits(): boolean {
    return this.#options.hasDigits === true;
  }

  #via() {
    const { address: host, port } = this.place;
    return newVia('UDP', host, port, `${branchCookie}${token()}`);
  }

  #sdp(direction: Direction, media?: readonly string[]): string {
    const { address: host } = this.place;
    const { voice = voices.PCMU } = this.#options;
    const profile = this.#isWeb ? 'UDP/TLS/RTP/SAVPF' : 'RTP/AVP';
    const withoutDigits = [`m=audio ${this.mediaPort} ${profile} 0`];
    return [
      'v=0',
      `o=phone${this.mediaPort} 1 1 IN IP4 ${host}`,
      's=-',
      `c=IN IP4 ${host}`,
      't=0 0',
      ...(media ?? (this.#hasDigits ? mediaLines(voice, this.mediaPort, profile) : withoutDigits)),
      ...(this.#isWeb ? webAttributes : []),
      `a=${direction}`,
      '',
    ].join('\r\n');
  }

  readonly #sender: RequestSender = {
    request: (request, listener) => {
      const sent = this.#layer.request(this.#withVia(request), this.#pathOf(request), listener);
      return { cancel: (headers) => sent?.cancel(headers) };
    },
    acknowledge: (ack) => this.sendRaw(serialize(this.#withVia(ack)), this.#pathOf(ack).to),
    // Its server is the only one that it knows.
    isAtPeer: () => true,
  };

  #withVia(request: SipRequest): SipRequest {
    return request.with(request.headers.prepend(header.via, this.#via()));
  }

  /** Requests within a dialog go to the first route or the target; others to the server. */
  #pathOf({ toTag, uri, headers }: SipRequest): Path {
    const route = headers.first(header.route);
    const hop = route === undefined || route instanceof Fault ? uri : route.uri;
    const isInDialog = toTag !== undefined && isSipUri(hop) && /^[0-9.]+$/.test(hop.host);
    return { reliable: false, to: isInDialog ? { address: hop.host, port: hop.port ?? 5_060 } : this.#server };
  }

  #arrive(bytes: Buffer, from: Server): void {
    const message = parseMessage(bytes);
    if (message.kind === 'malformed') return;
    if (message.kind === 'request' && message.method === 'CANCEL')
      this.cancelled.push(/^Reason: *(.*)\r$/im.exec(bytes.toString('latin1'))?.[1] ?? '');
    this.#layer.receive(message.kind === 'request' ? markSource(message, from) : message, {
      reliable: false,
      to: from,
    });
  }

  #receive(request: SipRequest, transaction: ServerTransaction<Path>): void {
    if (this.#sessions.receive(request, transaction)) return;
    if (request.method !== 'INVITE') {
      transaction.respond({ status: 200 });
      return;
    }
    const call = new SoftCall((direction) => this.#sdp(direction), request, transaction.toTag);
    const proves = this.#digest === undefined ? {} : { digest: this.#digest };
    const invite = { request, transaction, sender: this.#sender, contact: this.#contact, ...proves };
    call.came(this.#sessions.accept(invite, call.listener));
    this.calls.push(call);
    if (typeof this.answers === 'function') {
      this.answers(call);
      return;
    }
    if (typeof this.answers === 'number') call.reject(this.answers);
    else if (this.answers !== 'wait') call.ring();
    if (this.answers === 'answer') call.answer();
  }
}

const replacesHeader = ({ callId, toTag, fromTag }: Replaces): Headers =>
  new Headers([Field.of(textHeader('Replaces'), `${callId};to-tag=${toTag};from-tag=${fromTag}`)]);

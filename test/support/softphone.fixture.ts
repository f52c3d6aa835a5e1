import { randomBytes } from 'node:crypto';
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
import { branchCookie, branchOf, newVia } from '#sip/via.ts';
import { eventually } from './eventually.ts';
import { SoftCall } from './soft-call.fixture.ts';
import { connectionWire, udpWire, type Connected, type SoftphoneWire } from './softphone-wire.fixture.ts';
import { mediaLines, type Voice, voices } from './voices.fixture.ts';

/**
 * Phones and gateways for tests, which carry calls with the sessions of `shared/sip`: what they do within a call, the
 * test decides. Over UDP they send requests within a dialog to its route set or target, as RFC 3261 §12.2.1.1 says.
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
  /** Address of its media in its descriptions; default: its own. */
  readonly mediaAddress?: string;
  /** Whether it sends digits in its media (RFC 4733). Default: no. */
  readonly hasDigits?: boolean;
  /** What it speaks, if it has digits; default: PCMU. */
  readonly voice?: Voice;
  /** The key that its descriptions have, and whether it needs SRTP. Default: it has no key. */
  readonly srtp?: { readonly party: { readonly line: string }; readonly isRequired: boolean };
  /** How it is connected to its server. If the connection closes, it connects and registers again. Default: by UDP. */
  readonly connection?: Omit<Connected, 'from'>;
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
  readonly #wire: SoftphoneWire;
  /** By branch: of requests over a connection that have no response yet. */
  readonly #unanswered = new Map<string, () => void>();
  /** The registration after its connection was closed. */
  #return: Promise<unknown> = Promise.resolve();
  readonly #contactHost = `${token()}.invalid`;
  readonly #layer: TransactionLayer<Path>;
  readonly #sessions: Sessions<Path>;
  readonly #digest: DigestClient | undefined;
  /** Its own address. */
  readonly place: Server;
  #taken = 0;
  #isClosed = false;

  private constructor(server: Server, options: SoftphoneOptions, wire: SoftphoneWire) {
    count += 1;
    this.mediaPort = 20_000 + 2 * count;
    [this.#server, this.#options, this.#wire] = [server, options, wire];
    this.place = wire.place;
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
      send: (bytes, { to }, failed) => this.#send(bytes, to, failed),
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
  }

  /** @param server where it registers, and sends its calls */
  static async open(server: Server, options: SoftphoneOptions): Promise<Softphone> {
    const { from, port = 0, connection } = options;
    const opened: { phone?: Softphone } = {};
    const inform = (tell: (phone: Softphone) => void): void => {
      if (opened.phone !== undefined) tell(opened.phone);
    };
    const listener = {
      onPacket: (bytes: Buffer, sender: Server) =>
        inform((phone) => {
          if (options.loses?.() !== true) phone.#arrive(bytes, sender);
        }),
      onClosed: () => inform((phone) => phone.#loseConnection()),
      onOpenedAgain: () => inform((phone) => phone.#registerAgain()),
    };
    const wire = await (connection === undefined
      ? udpWire({ address: from, port }, listener)
      : connectionWire(server, { ...connection, from }, listener));
    opened.phone = new Softphone(server, options, wire);
    return opened.phone;
  }

  /** Resolves when it is registered, if its connection was closed. */
  returned(): Promise<unknown> {
    return this.#return;
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
      this.#layer.request(fresh, this.#pathTo(this.#server), { onResponse, onFailure });
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
    const call = new SoftCall((direction, lines) => this.#sdp(direction, lines));
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
  sendRaw(bytes: Buffer, to: Server = this.#server): void {
    this.#send(bytes, to, () => undefined);
  }

  #send(bytes: Buffer, to: Server, failed: () => void): void {
    if (this.#isClosed || this.#options.loses?.() === true) return;
    const [, branch] = this.#isConnected
      ? (/^(?!SIP).*?;branch=([^;\r\n]+)/s.exec(bytes.toString('latin1')) ?? [])
      : [];
    if (!this.#wire.send(bytes, to)) setImmediate(failed);
    else if (branch !== undefined) this.#unanswered.set(branch, failed);
  }

  /** Requests without any response have failed (RFC 3261 §8.1.3.1). */
  #loseConnection(): void {
    this.#return = new Promise((resolve) => (this.#hasReturned = resolve));
    const failed = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const fail of failed) fail();
  }

  #hasReturned: (status: number) => void = () => undefined;

  #registerAgain(): void {
    const hasReturned = this.#hasReturned;
    this.register().then(hasReturned, () => undefined);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#layer.close();
    this.#wire.close();
  }

  get #isConnected(): boolean {
    return this.#options.connection !== undefined;
  }

  #pathTo = (to: Server): Path => ({ reliable: this.#isConnected, to });

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
    if (this.#isConnected) return sipUri({ user: this.#identity.username, host: this.#contactHost });
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
    return newVia(this.#wire.transport, host, port, `${branchCookie}${token()}`);
  }

  #sdp(direction: Direction, media?: readonly string[]): string {
    const { address: host } = this.place;
    const { voice = voices.PCMU, srtp, mediaAddress = host } = this.#options;
    const plain = srtp?.isRequired === true ? 'RTP/SAVP' : 'RTP/AVP';
    const profile = this.#isWeb ? 'UDP/TLS/RTP/SAVPF' : plain;
    const withoutDigits = [`m=audio ${this.mediaPort} ${profile} 0`];
    return [
      'v=0',
      `o=phone${this.mediaPort} 1 1 IN IP4 ${host}`,
      's=-',
      `c=IN IP4 ${mediaAddress}`,
      't=0 0',
      ...(media ?? (this.#hasDigits ? mediaLines(voice, this.mediaPort, profile) : withoutDigits)),
      ...(this.#isWeb ? webAttributes : []),
      ...(srtp === undefined ? [] : [srtp.party.line]),
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
    return this.#pathTo(isInDialog ? { address: hop.host, port: hop.port ?? 5_060 } : this.#server);
  }

  #arrive(bytes: Buffer, from: Server): void {
    const message = parseMessage(bytes);
    if (message.kind === 'malformed') return;
    if (message.kind === 'response') this.#unanswered.delete(branchOf(message.via) ?? '');
    if (message.kind === 'request' && message.method === 'CANCEL')
      this.cancelled.push(/^Reason: *(.*)\r$/im.exec(bytes.toString('latin1'))?.[1] ?? '');
    this.#layer.receive(message.kind === 'request' ? markSource(message, from) : message, this.#pathTo(from));
  }

  #receive(request: SipRequest, transaction: ServerTransaction<Path>): void {
    if (this.#sessions.receive(request, transaction)) return;
    if (request.method !== 'INVITE') {
      transaction.respond({ status: 200 });
      return;
    }
    const call = new SoftCall((direction, lines) => this.#sdp(direction, lines), request, transaction.toTag);
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

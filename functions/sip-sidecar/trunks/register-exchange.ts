import { second } from '#schema/time.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import type { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { hostOfAddress, normalizeHost } from '#sip/host.ts';
import type { SipRequest, SipResponse } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { isSipUri, sipUri, type SipUri } from '#sip/uri.ts';
import { proxyOf, type PeerAddress } from '#telephony/outbound-proxy.ts';
import { settingsOf, type StoredPeerSettings } from '#telephony/peer-settings.ts';
import type { SipTransport } from '#telephony/sip-peer.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { routeTo, serverIn, type Outbound, type Peer, type Reply } from '../outbound/outbound.ts';
import type { Flow } from '../transport/flow.ts';
import { isChallenge, raisedInterval, registerOutcome, type RegisterOutcome } from './register-outcome.ts';

/**
 * The peer that a 301 or 302 names: its Contact with the highest q (RFC 3261 §8.1.3.4). Undefined without a usable
 * Contact.
 * @param configured the transport of the trunk; TLS is never given up
 */
export function redirectPeer({ headers }: SipResponse, configured: SipTransport): Peer | undefined {
  const contacts = headers.all(header.contact);
  if (contacts instanceof Fault) return undefined;
  const [best] = contacts
    .flatMap((contact) =>
      contact === '*' || !isSipUri(contact.uri)
        ? []
        : [{ uri: contact.uri, q: Number(contact.parameters.get('q') ?? 1) }],
    )
    .toSorted((one, other) => other.q - one.q)
    .flatMap(({ uri }) => serverIn(uri, configured) ?? []);
  return best;
}

/** The part of a trunk that a REGISTER needs. */
export type RegisteredPeer = PeerAddress & StoredPeerSettings & Pick<Trunk, 'username'>;

/** The dependencies of an exchange. */
export type ExchangeDependencies = {
  readonly outbound: Pick<Outbound, 'send'>;
  /** Whether a server of a peer must ask for credentials. */
  readonly mustProve: (peer: Peer, remote: Flow['remote']) => Promise<boolean>;
  /** Host and port of our Contact, where calls to the trunk's user arrive. */
  readonly advertised: { readonly host: string; readonly port: number };
  readonly newTag: () => string;
  /** A new digest session for a host. */
  readonly newSession: (host: string) => Promise<DigestClient>;
};

/** A digest session, and the host whose nonce it has. */
export type HostSession = { readonly host: string; readonly digest: DigestClient };

/** What a REGISTER begins with. */
export type ExchangeStart = {
  readonly callId: string;
  /** CSeq number of the first request. */
  readonly sequence: number;
  /** Requested lifetime in seconds; 0 unregisters. */
  readonly seconds: number;
  /** The session of the last REGISTER. Its nonce saves the round trip of a challenge (RFC 7616 §3.4). */
  readonly session: HostSession | undefined;
  /** Addresses that have asked for credentials in earlier exchanges of the session. */
  readonly proven?: ReadonlySet<string>;
};

/** Time for a REGISTER to be answered, in milliseconds (timer F of RFC 3261 §17.1.2.2). */
const timeout = 32 * second;
/** Another organization uses the host, and it has asked for no credentials. */
const unproven: RegisterOutcome = { kind: 'failed', error: { code: 403, reason: 'HOST_IN_USE' } };
/** Answered challenges per REGISTER: of a proxy, of the registrar, and another one if the nonce is stale. */
const maxChallenges = 3;

/**
 * One REGISTER with what follows from its responses: challenges are answered, a lifetime that is too brief is raised
 * once (RFC 3261 §10.2.8), and one redirect is followed (§8.1.3.4).
 */
export class RegisterExchange {
  readonly #dependencies: ExchangeDependencies;
  readonly #trunk: RegisteredPeer;
  readonly #callId: string;
  /** Its outbound proxy, to which all requests are sent; undefined: it has none. */
  readonly #proxy: Peer | undefined;
  /** The host of the Request-URI. */
  #peer: Peer;
  #sequence: number;
  #seconds: number;
  #session: HostSession | undefined;
  /** Whether the request has credentials for a nonce of an earlier REGISTER. */
  #reusesNonce = false;
  #challenges = 0;
  #isRaised = false;
  /** Addresses that have asked for credentials. */
  readonly proven: Set<string>;
  #isRedirected = false;
  #isUnproven = false;

  constructor(
    dependencies: ExchangeDependencies,
    trunk: RegisteredPeer,
    { callId, sequence, seconds, session, proven = new Set() }: ExchangeStart,
  ) {
    this.#dependencies = dependencies;
    this.#trunk = trunk;
    this.#peer = trunk;
    this.#proxy = proxyOf(trunk);
    this.#callId = callId;
    this.#sequence = sequence;
    this.#seconds = seconds;
    this.#session = session;
    this.proven = new Set(session === undefined ? [] : proven);
  }

  /** Whether the server registered a trunk without asking for the credentials that it must ask for. */
  get isUnproven(): boolean {
    return this.#isUnproven;
  }

  /** CSeq number of the last request. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Requested lifetime of the last request, in seconds. */
  get seconds(): number {
    return this.#seconds;
  }

  /** The digest session after the exchange. */
  get session(): HostSession | undefined {
    return this.#session;
  }

  /** Sends the requests in turn. */
  async run(): Promise<RegisterOutcome> {
    let request = this.#newRequest();
    for (;;) {
      this.#sequence = request.cseq.sequence;
      const reply = await this.#dependencies.outbound.send(request, this.#nextHop, timeout);
      if (reply.kind === 'response' && isChallenge(reply.response)) this.proven.add(reply.flow.remote.address);
      const next = reply.kind === 'response' ? await this.#next(request, reply.response) : undefined;
      if (next === undefined || next instanceof Fault)
        return this.#outcome(reply, registerOutcome(reply, request, next?.reason));
      request = next;
    }
  }

  get #nextHop(): Peer {
    return this.#proxy ?? this.#peer;
  }

  /** A server of which another organization is a customer must have asked who registers. */
  async #outcome(reply: Reply, outcome: RegisterOutcome): Promise<RegisterOutcome> {
    if (reply.kind === 'failed' || outcome.kind === 'failed' || this.proven.has(reply.flow.remote.address))
      return outcome;
    this.#isUnproven = await this.#dependencies.mustProve(this.#nextHop, reply.flow.remote);
    return this.#isUnproven ? unproven : outcome;
  }

  /** The request that follows a response; undefined if the response is the outcome. */
  async #next(request: SipRequest, response: SipResponse): Promise<SipRequest | Fault | undefined> {
    if (isChallenge(response)) return this.#answerChallenge(request, response);
    if (response.status === 423) return this.#raise(response);
    return response.status === 301 || response.status === 302 ? this.#redirect(response) : undefined;
  }

  async #answerChallenge(request: SipRequest, response: SipResponse): Promise<SipRequest | Fault | undefined> {
    if (this.#challenges >= maxChallenges) return undefined;
    this.#challenges += 1;
    const session = this.#hostSession();
    if (session !== undefined && !this.#reusesNonce) return session.digest.answer(request, response);
    // A server that has forgotten a reused nonce does not always say `stale`: the session starts again.
    const begun = { host: this.#host, digest: await this.#dependencies.newSession(this.#host) };
    const challenged = this.#reusesNonce ? this.#plainRequest() : request;
    this.#session = begun;
    this.#reusesNonce = false;
    return begun.digest.answer(challenged, response);
  }

  /** The session with the host that the request goes to. */
  #hostSession(): HostSession | undefined {
    const session = this.#session;
    return session !== undefined && normalizeHost(session.host) === normalizeHost(this.#host) ? session : undefined;
  }

  #raise(response: SipResponse): SipRequest | Fault | undefined {
    const seconds = raisedInterval(response, this.#seconds);
    if (seconds === undefined || seconds instanceof Fault) return seconds;
    if (this.#isRaised) return new Fault('Min-Expires rises again');
    this.#isRaised = true;
    this.#seconds = seconds;
    return this.#nextRequest();
  }

  #redirect(response: SipResponse): SipRequest | undefined {
    const peer = this.#isRedirected ? undefined : redirectPeer(response, this.#trunk.transport);
    if (peer === undefined) return undefined;
    this.#isRedirected = true;
    this.#peer = peer;
    return this.#nextRequest();
  }

  #nextRequest(): SipRequest {
    this.#sequence += 1;
    return this.#newRequest();
  }

  get #host(): string {
    return hostOfAddress(this.#peer.host);
  }

  /** With credentials, if there is a session with the host. */
  #newRequest(): SipRequest {
    const request = this.#plainRequest();
    const session = this.#hostSession();
    if (session === undefined) return request;
    this.#reusesNonce = this.#challenges === 0;
    return session.digest.authorize(request);
  }

  #plainRequest(): SipRequest {
    const user = this.#trunk.username ?? '';
    const self = sipUri({ user, host: hostOfAddress(this.#trunk.host) });
    const contact = {
      display: undefined,
      uri: this.#contact(settingsOf(this.#trunk).contact_user ?? user),
      parameters: new Parameters([['expires', String(this.#seconds)]]),
    };
    return newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: this.#host }),
      from: address(self, new Parameters([['tag', this.#dependencies.newTag()]])),
      to: address(self),
      callId: this.#callId,
      sequence: this.#sequence,
      ...(this.#proxy === undefined ? {} : { route: [routeTo(this.#proxy)] }),
      headers: Headers.none
        .append(header.contact, contact)
        .append(header.expires, this.#seconds)
        .append(header.userAgent, 'Trunkline'),
    });
  }

  #contact(user: string): SipUri {
    const { host, port } = this.#dependencies.advertised;
    const { transport } = this.#proxy ?? this.#trunk;
    return sipUri({
      user,
      host: hostOfAddress(host),
      port,
      ...(transport === 'udp' ? {} : { parameters: new Parameters([['transport', 'tcp']]) }),
    });
  }
}

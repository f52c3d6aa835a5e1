import { header } from '#sip/header-kinds.ts';
import { Fault } from '#sip/fault.ts';
import { serialize, type SipRequest, type SipResponse } from '#sip/message.ts';
import type { Headers } from '#sip/headers.ts';
import { reasonHeaders } from '#sip/session/reason.ts';
import type { SentRequest, RequestSender, SenderListener } from '#sip/session/session.ts';
import { isSipUri, type SipUri, type Uri } from '#sip/uri.ts';
import { proxyOf } from '#telephony/outbound-proxy.ts';
import { settingsOf } from '#telephony/peer-settings.ts';
import { transports, type SipTransport } from '#telephony/sip-peer.ts';
import { peerUri, type Outbound, type Peer } from '../../outbound/outbound.ts';
import type { Flow } from '../../transport/flow.ts';
import type { Membership } from '../../leases/membership.ts';
import type { Registrar } from '../../registrar/registrar.ts';
import type { Directory } from '../directory/directory.ts';
import {
  acknowledgingOver,
  PhoneSender,
  sentOn,
  withVia,
  type PhoneBindings,
  type SenderStack,
} from './phone-sender.ts';
import { Speaker, type Places } from './speaker.ts';
import { type Phone } from '../directory/directory.ts';
import type { SenderItem } from './stored-sender.ts';
import type { LegParty } from '../call/record.ts';
import type { CalledPeer } from '../routing/target.ts';

/** How the requests of sessions reach their peers. */

/** The dependencies of the sender to a peer. */
export type PeerSenderDependencies = {
  readonly stack: SenderStack;
  readonly outbound: Pick<Outbound, 'flows' | 'addresses'>;
};

/** What is known of a peer besides its host. */
export type PeerContext = {
  /** The server to which requests that begin calls are sent. Default: its outbound proxy, else its host. */
  readonly nextHop?: Peer | undefined;
  /** Seconds without any response to such a request after which the next server is tried. Default: 4. */
  readonly attemptSeconds?: number;
  /** A flow on which it has called: it is used for targets that cannot be reached otherwise. */
  readonly known?: Flow | undefined;
  /** Addresses of its servers, and others at which it was, if another task has learned them. */
  readonly home?: readonly string[] | undefined;
  readonly heard?: readonly string[] | undefined;
  /** The addresses that the list of its trunk has. */
  readonly listed?: () => Promise<readonly string[]>;
  /** Whether a server must ask for credentials before a call goes on; default: none has to. */
  readonly mustProve?: ((remote: Flow['remote']) => Promise<boolean>) | undefined;
};

/**
 * Sends to a peer that a tenant configured: an INVITE that begins a call goes to its servers in turn, requests within
 * the dialog to the first route or the remote target, both by DNS and only to addresses that may be reached.
 */
export function peerSender(dependencies: PeerSenderDependencies, peer: Peer, context: PeerContext = {}): RequestSender {
  const instance = new PeerSender(dependencies, peer, context);
  return {
    speaker: instance.speaker,
    request: (request, listener) => instance.request(request, listener),
    acknowledge: (ack) => void instance.acknowledge(ack),
    isAtPeer: () => instance.isAtPeer(),
    stored: () => instance.stored(),
  };
}

/** The party to which a sender sends. */
export type Party = Phone & Pick<LegParty, 'trunk_id'>;

type SendersDependencies = PeerSenderDependencies & {
  readonly registrar: Pick<Registrar, 'owned'>;
  readonly directory: Pick<Directory, 'bindingsOf' | 'addressesOf'>;
  readonly membership: Pick<Membership, 'id' | 'others'>;
};

/** The senders of a task, with what is stored of phones and trunks. */
export class RequestSenders {
  readonly #dependencies: SendersDependencies;
  readonly #bindings: PhoneBindings;

  constructor(dependencies: SendersDependencies) {
    this.#dependencies = dependencies;
    const { registrar, directory } = dependencies;
    this.#bindings = {
      own: ({ device_id: device, line }) =>
        line === null
          ? registrar.owned.ofDevice(device ?? '').map(({ binding }) => binding)
          : registrar.owned.ofUser(line),
      stored: (phone) => directory.bindingsOf(phone),
    };
  }

  toPhone(flow: Flow, phone: Phone): RequestSender {
    const { stack } = this.#dependencies;
    return new PhoneSender(stack, flow, { phone, bindings: this.#bindings, mayReturn: this.#mayReturn });
  }

  readonly #mayReturn = ({ task }: Flow): boolean => {
    const { id, others } = this.#dependencies.membership;
    return task !== undefined && task !== id && others.find((other) => other.id === task)?.draining !== false;
  };

  toPeer(
    peer: CalledPeer,
    { organization, trunk_id: trunk }: Party,
    context: Omit<PeerContext, 'listed' | 'attemptSeconds'> = {},
  ): RequestSender {
    const { directory } = this.#dependencies;
    const listed = async () => (trunk === null ? [] : directory.addressesOf(organization, trunk));
    const { attempt_seconds: attemptSeconds } = settingsOf(peer);
    return peerSender(this.#dependencies, peer, { nextHop: proxyOf(peer), attemptSeconds, ...context, listed });
  }

  /** A new flow to a peer; undefined: it cannot be reached. */
  async connect(peer: Peer): Promise<Flow | undefined> {
    const flows = this.#dependencies.outbound.flows(peerUri(peer), peer.transport, 0);
    const { value: flow } = (await flows.next()) as IteratorResult<Flow, undefined>;
    return flow;
  }

  /** The sender of a dialog that another task has stored. */
  toStored(item: SenderItem, party: Party): RequestSender {
    if (item.kind === 'flow') return this.toPhone(item.flow, party);
    const { peer, proxy: nextHop, flow: known, home, heard } = item;
    return this.toPeer(peer, party, { nextHop, known, home, heard });
  }
}

class PeerSender {
  readonly #dependencies: PeerSenderDependencies;
  readonly #peer: Peer;
  /** To which requests that begin calls are sent. */
  readonly #nextHop: Peer;
  readonly #attemptSeconds: number;
  readonly #acknowledge: (ack: SipRequest, flow: Flow) => void;
  /** The flow on which the peer was heard last. */
  #flow: Flow | undefined;
  /** The addresses at which the INVITE that began the call was answered. */
  readonly #home: Set<string>;
  /** The addresses from which it has called, or has answered another request. */
  readonly #heard: Set<string>;
  readonly #listed: () => Promise<readonly string[]>;
  readonly speaker: Speaker;
  readonly #mustProve: PeerContext['mustProve'];
  /** The addresses that have asked for credentials. */
  readonly #proven = new Set<string>();

  constructor(
    dependencies: PeerSenderDependencies,
    peer: Peer,
    {
      nextHop = peer,
      attemptSeconds = defaultAttempt,
      known,
      home = [],
      heard = [],
      listed = async () => [],
      mustProve,
    }: PeerContext,
  ) {
    this.#dependencies = dependencies;
    this.#peer = peer;
    this.#nextHop = nextHop;
    this.#attemptSeconds = attemptSeconds;
    this.#acknowledge = acknowledgingOver(dependencies.stack);
    this.#flow = known;
    this.#home = new Set(home);
    this.#heard = new Set([...heard, ...(known === undefined ? [] : [known.remote.address])]);
    this.#listed = listed;
    this.#mustProve = mustProve;
    this.speaker = new Speaker({
      known: () => ({ flows: [], addresses: [...this.#home, ...this.#heard] }),
      lookUp: (nextHop) => this.#lookUp(nextHop),
    });
  }

  /**
   * The addresses of its trunk, of its host and of its outbound proxy, and those to which it directs the requests of
   * the dialog itself, which then come from there, too: a proxy that stays in the way, or what is behind one that does
   * not.
   */
  async #lookUp(route: Uri): Promise<Places> {
    const { outbound } = this.#dependencies;
    const resolve = (uri: Uri): Promise<readonly string[]> =>
      isSipUri(uri) ? outbound.addresses(uri, transportIn(uri) ?? this.#peer.transport) : Promise.resolve([]);
    const servers = [...new Set([this.#peer, this.#nextHop])].map((server) => peerUri(server));
    const found = await Promise.all([this.#listed(), ...[...servers, route].map(resolve)]);
    return { flows: [], addresses: found.flat() };
  }

  request(request: SipRequest, listener: SenderListener): SentRequest {
    const isFirst = request.toTag === undefined;
    const attempts = new Attempts(this.#dependencies.stack, request, {
      ...listener,
      seconds: isFirst ? this.#attemptSeconds : defaultAttempt,
      needsProof: (flow) => isFirst && request.method === 'INVITE' && this.#needsProof(flow),
      onChallenge: ({ remote }) => this.#proven.add(remote.address),
      onResponse: (response, flow) => {
        this.#flow = flow;
        (isFirst ? this.#home : this.#heard).add(flow.remote.address);
        listener.onResponse(response);
      },
    });
    void attempts.run(this.#flows(request));
    return { cancel: (headers) => attempts.cancel(headers), stored: () => attempts.stored };
  }

  /** Each server proves itself: the next one may take what the first one asked credentials for. */
  #needsProof({ remote }: Flow): boolean | Promise<boolean> {
    return !this.#proven.has(remote.address) && (this.#mustProve?.(remote) ?? false);
  }

  isAtPeer(): boolean {
    return this.#flow !== undefined && this.#home.has(this.#flow.remote.address);
  }

  stored(): SenderItem {
    // Only the task of a connection can send on it.
    const flow = this.#flow?.transport === 'udp' ? { flow: this.#flow } : {};
    const heard = this.speaker.places.addresses.filter((each) => each !== flow.flow?.remote.address);
    const others = [...new Set(heard)].filter((each) => !this.#home.has(each));
    return {
      kind: 'peer',
      peer: serverOf(this.#peer),
      ...(this.#nextHop === this.#peer ? {} : { proxy: serverOf(this.#nextHop) }),
      ...flow,
      home: [...this.#home],
      ...(others.length === 0 ? {} : { heard: others }),
    };
  }

  async acknowledge(ack: SipRequest): Promise<void> {
    const { value: flow } = await this.#flows(ack).next();
    if (flow !== undefined) this.#acknowledge(ack, flow);
  }

  async *#flows(request: SipRequest): AsyncGenerator<Flow, undefined> {
    const hop = request.toTag === undefined ? peerUri(this.#nextHop) : firstRouteOf(request);
    let isReached = false;
    if (hop !== undefined)
      for await (const flow of this.#dependencies.outbound.flows(
        hop,
        transportIn(hop) ?? this.#nextHop.transport,
        serialize(request).length,
      )) {
        isReached = true;
        yield flow;
      }
    // A trunk behind NAT names a private address, and another that cannot be resolved is where it was heard.
    if (!isReached && this.#flow !== undefined) yield this.#flow;
    return undefined;
  }
}

/** The first route, else the Request-URI (RFC 3261 §8.1.2). */
function firstRouteOf({ headers, uri }: SipRequest): SipUri | undefined {
  const route = headers.first(header.route);
  const hop = route === undefined || route instanceof Fault ? uri : route.uri;
  return isSipUri(hop) ? hop : undefined;
}

const serverOf = ({ host, port, transport }: Peer): Peer => ({ host, port, transport });

const transportIn = ({ parameters }: SipUri): SipTransport | undefined =>
  transports.find((each) => each === parameters.get('transport')?.toLowerCase());

/** Seconds without any response after which the next server is tried. */
const defaultAttempt = 4;

type AttemptListener = Pick<SenderListener, 'onFailure' | 'onSent' | 'onUnproven'> & {
  /** Seconds without any response to an INVITE after which the next server is tried. */
  readonly seconds: number;
  readonly onResponse: (response: SipResponse, flow: Flow) => void;
  /** Whether only a server that asks for credentials may go on. */
  readonly needsProof: (flow: Flow) => boolean | Promise<boolean>;
  readonly onChallenge: (flow: Flow) => void;
};

const isChallenge = ({ status }: SipResponse): boolean => status === 401 || status === 407;
/** Of the hop, which says nothing of the server (RFC 3261 §8.1.1.10). */
const isTrying = ({ status }: SipResponse): boolean => status === 100;

/** Headers of the CANCEL to a server that did not ask for credentials. */
const unproven = reasonHeaders({ status: 403, text: 'HOST_IN_USE' });

/** One request to several servers in turn. */
class Attempts {
  readonly #stack: SenderStack;
  readonly #request: SipRequest;
  readonly #listener: AttemptListener;
  #cancel: ((headers?: Headers) => void) | undefined;
  /** As it was sent last, for the task that cancels it. */
  stored: ReturnType<typeof sentOn>;
  #isCancelled = false;
  /** Whether a server has taken the request without the proof that is needed. */
  #isUnproven = false;

  constructor(stack: SenderStack, request: SipRequest, listener: AttemptListener) {
    this.#stack = stack;
    this.#request = request;
    this.#listener = listener;
  }

  cancel(headers?: Headers): void {
    this.#isCancelled = true;
    this.#cancel?.(headers);
  }

  /** RFC 3263 §4.3: the next server after no response, a failed connection, or a 503. */
  async run(flows: AsyncGenerator<Flow>): Promise<void> {
    let failed: (() => void) | undefined;
    try {
      for await (const flow of flows) {
        if (this.#isCancelled) break;
        const needsProof = await this.#listener.needsProof(flow);
        failed = await this.#try(flow, needsProof);
        if (failed === undefined) return;
      }
    } catch {
      // The name cannot be resolved.
    }
    (failed ?? (() => this.#listener.onFailure('transport error')))();
  }

  /** @returns undefined if a final response was passed on, else what reports the failure */
  #try(flow: Flow, needsProof: boolean): Promise<(() => void) | undefined> {
    // It may have been cancelled while the need was found out.
    if (this.#isCancelled) return Promise.resolve(() => this.#listener.onFailure('transport error'));
    return new Promise((resolve) => {
      const message = withVia(this.#request, this.#stack, flow);
      this.stored = sentOn(message, flow);
      const sent = this.#stack.begin(
        message,
        flow,
        {
          onResponse: (response) => {
            if (isChallenge(response)) this.#listener.onChallenge(flow);
            if (needsProof && response.status < 300) {
              if (isTrying(response)) return;
              this.#reject(response, flow);
              resolve(undefined);
            } else if (response.status === 503) resolve(() => this.#listener.onResponse(response, flow));
            else {
              this.#listener.onResponse(response, flow);
              if (response.status >= 200) resolve(undefined);
            }
          },
          onFailure: (reason) => resolve(() => this.#listener.onFailure(reason)),
        },
        this.#listener.seconds,
      );
      if (sent === undefined) {
        resolve(() => this.#listener.onFailure('transport error'));
        return;
      }
      if (this.#cancel === undefined) this.#listener.onSent?.();
      this.#cancel = (headers) => sent.cancel(headers);
    });
  }

  /** No other server is tried, and a 2xx, which cannot be cancelled, is ended by the session. */
  #reject(response: SipResponse, flow: Flow): void {
    if (!this.#isUnproven) {
      this.#isUnproven = true;
      this.cancel(unproven);
      this.#listener.onUnproven?.();
    }
    if (response.status >= 200) this.#listener.onResponse(response, flow);
  }
}

import { header } from '../../../shared/sip/header-kinds.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { serialize, type SipRequest, type SipResponse } from '../../../shared/sip/message.ts';
import type { Headers } from '../../../shared/sip/headers.ts';
import type { SentRequest, Way } from '../../../shared/sip/session/session.ts';
import type { ClientListener } from '../../../shared/sip/transaction/client.ts';
import { isSipUri, type SipUri } from '../../../shared/sip/uri.ts';
import { transports, type SipTransport } from '../../../shared/telephony/sip-peer.ts';
import { peerUri, type Outbound, type Peer } from '../outbound/outbound.ts';
import type { SipStack } from '../sip-stack.ts';
import { flowKey, type Flow } from '../transport/flow.ts';
import type { WayItem } from './stored-way.ts';

/** How the requests of sessions reach their peers. */

type Stack = Pick<SipStack, 'begin' | 'transmit' | 'via'>;

const notSent: SentRequest = { cancel: () => undefined };

const withVia = (request: SipRequest, stack: Stack, flow: Flow): SipRequest =>
  request.with(request.headers.prepend(header.via, stack.via(flow)));

/** Sends ACKs. One that is sent again on the same path is the same message (RFC 3261 §13.2.2.4), with its branch. */
function acknowledgingOver(stack: Stack): (ack: SipRequest, flow: Flow) => void {
  const sent = new WeakMap<SipRequest, { readonly path: string; readonly message: SipRequest }>();
  return (ack, flow) => {
    const path = flowKey(flow);
    const before = sent.get(ack);
    const message = before?.path === path ? before.message : withVia(ack, stack, flow);
    sent.set(ack, { path, message });
    stack.transmit(message, flow);
  };
}

/** The way to a phone: always the flow on which it registered or called, as it may be behind NAT. */
export const flowWay = (stack: Stack, flow: Flow): Way => {
  const acknowledge = acknowledgingOver(stack);
  return {
    request: (request, listener) => {
      const sent = stack.begin(withVia(request, stack, flow), flow, listener);
      if (sent === undefined) setImmediate(() => listener.onFailure('transport error'));
      return sent ?? notSent;
    },
    acknowledge: (ack) => acknowledge(ack, flow),
    stored: () => ({ kind: 'flow', flow }) satisfies WayItem,
  };
};

/** The dependencies of the way to a peer. */
export type PeerWayDependencies = {
  readonly stack: Stack;
  readonly outbound: Pick<Outbound, 'flows'>;
};

/**
 * The way to a peer that a tenant configured: an INVITE that begins a call goes to its servers in turn, requests within
 * the dialog to the first route or the remote target, both by DNS and only to addresses that may be reached.
 * @param known a flow on which the peer has called: it is used for targets that cannot be reached otherwise
 * @param home addresses of its servers, if another task has learned them
 */
export function peerWay(
  dependencies: PeerWayDependencies,
  peer: Peer,
  known?: Flow,
  home: readonly string[] = [],
): Way {
  const instance = new PeerWay(dependencies, peer, { known, home });
  return {
    request: (request, listener) => instance.request(request, listener),
    acknowledge: (ack) => void instance.acknowledge(ack),
    isAtPeer: () => instance.isAtPeer(),
    stored: () => instance.stored(),
  };
}

class PeerWay {
  readonly #dependencies: PeerWayDependencies;
  readonly #peer: Peer;
  readonly #acknowledge: (ack: SipRequest, flow: Flow) => void;
  /** The flow on which the peer was heard last. */
  #flow: Flow | undefined;
  /** The addresses at which the INVITE that began the call was answered. */
  readonly #home: Set<string>;

  constructor(
    dependencies: PeerWayDependencies,
    peer: Peer,
    { known, home }: { readonly known: Flow | undefined; readonly home: readonly string[] },
  ) {
    this.#dependencies = dependencies;
    this.#peer = peer;
    this.#acknowledge = acknowledgingOver(dependencies.stack);
    this.#flow = known;
    this.#home = new Set(home);
  }

  request(request: SipRequest, listener: ClientListener): SentRequest {
    const attempts = new Attempts(this.#dependencies.stack, request, {
      ...listener,
      onResponse: (response, flow) => {
        this.#flow = flow;
        if (request.toTag === undefined) this.#home.add(flow.remote.address);
        listener.onResponse(response);
      },
    });
    void attempts.run(this.#flows(request));
    return { cancel: (headers) => attempts.cancel(headers) };
  }

  isAtPeer(): boolean {
    return this.#flow !== undefined && this.#home.has(this.#flow.remote.address);
  }

  stored(): WayItem {
    const { host, port, transport } = this.#peer;
    // Only the task of a connection can send on it.
    const flow = this.#flow?.transport === 'udp' ? { flow: this.#flow } : {};
    return { kind: 'peer', peer: { host, port, transport }, ...flow, home: [...this.#home] };
  }

  async acknowledge(ack: SipRequest): Promise<void> {
    const { value: flow } = await this.#flows(ack).next();
    if (flow !== undefined) this.#acknowledge(ack, flow);
  }

  async *#flows(request: SipRequest): AsyncGenerator<Flow, undefined> {
    const hop = request.toTag === undefined ? peerUri(this.#peer) : nextHopOf(request);
    let isReached = false;
    if (hop !== undefined)
      for await (const flow of this.#dependencies.outbound.flows(
        hop,
        transportIn(hop) ?? this.#peer.transport,
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
function nextHopOf({ headers, uri }: SipRequest): SipUri | undefined {
  const route = headers.first(header.route);
  const hop = route === undefined || route instanceof Fault ? uri : route.uri;
  return isSipUri(hop) ? hop : undefined;
}

const transportIn = ({ parameters }: SipUri): SipTransport | undefined =>
  transports.find((each) => each === parameters.get('transport')?.toLowerCase());

type AttemptListener = Pick<ClientListener, 'onFailure'> & {
  readonly onResponse: (response: SipResponse, flow: Flow) => void;
};

/** One request to several servers in turn. */
class Attempts {
  readonly #stack: Stack;
  readonly #request: SipRequest;
  readonly #listener: AttemptListener;
  #cancel: ((headers?: Headers) => void) | undefined;
  #isCancelled = false;

  constructor(stack: Stack, request: SipRequest, listener: AttemptListener) {
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
        failed = await this.#try(flow);
        if (failed === undefined) return;
      }
    } catch {
      // The name cannot be resolved.
    }
    (failed ?? (() => this.#listener.onFailure('transport error')))();
  }

  /** @returns undefined if a final response was passed on, else what reports the failure */
  #try(flow: Flow): Promise<(() => void) | undefined> {
    return new Promise((resolve) => {
      const sent = this.#stack.begin(
        withVia(this.#request, this.#stack, flow),
        flow,
        {
          onResponse: (response) => {
            if (response.status === 503) resolve(() => this.#listener.onResponse(response, flow));
            else {
              this.#listener.onResponse(response, flow);
              if (response.status >= 200) resolve(undefined);
            }
          },
          onFailure: (reason) => resolve(() => this.#listener.onFailure(reason)),
        },
        true,
      );
      if (sent === undefined) resolve(() => this.#listener.onFailure('transport error'));
      else this.#cancel = (headers) => sent.cancel(headers);
    });
  }
}

import type { SipTransport } from '../../../shared/telephony/sip-peer.ts';
import { defaultPort } from '../../../shared/telephony/sip-peer.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { hostOfAddress } from '../../../shared/sip/host.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { serialize, type SipRequest, type SipResponse } from '../../../shared/sip/message.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import { locate, type Hop } from '../../../shared/sip/resolver/locate.ts';
import type { Resolver } from '../../../shared/sip/resolver/records.ts';
import { sipUri, type SipUri } from '../../../shared/sip/uri.ts';
import type { SipStack } from '../sip-stack.ts';
import { isPublicAddress } from '../transport/address-guard.ts';
import type { Destination, Flow, TransportName } from '../transport/flow.ts';
import type { Transports } from '../transport/transports.ts';

/** The address of a trunk or gateway, as its tenant configured it. */
export type Peer = { readonly host: string; readonly port: number; readonly transport: SipTransport };

/**
 * The outcome of a request to a peer. `failed`: no final response, or the request was not sent; the code is the
 * response that it counts as (RFC 3261 §8.1.3.1).
 */
export type Reply =
  | { readonly kind: 'response'; readonly response: SipResponse; readonly flow: Flow }
  | { readonly kind: 'failed'; readonly code: 408 | 503; readonly reason: string };

/** The dependencies of requests to peers. */
export type OutboundDependencies = {
  readonly stack: Pick<SipStack, 'request' | 'via'>;
  readonly transports: Pick<Transports, 'connect' | 'send'>;
  readonly resolver: Resolver;
  readonly random: () => number;
  readonly allowPrivateHosts: boolean;
};

/** Requests with more bytes are sent over a transport with congestion control (RFC 3261 §18.1.1). */
const maxDatagram = 1_300;

/** The peer's address as a URI. The default port is omitted, so that SRV records apply (RFC 3263 §4.2). */
export const peerUri = ({ host, port, transport }: Peer, user?: string): SipUri =>
  sipUri({
    host: hostOfAddress(host),
    user,
    ...(port === defaultPort(transport) ? {} : { port }),
    parameters: new Parameters([['transport', transport]]),
  });

const failure = (code: 408 | 503, reason: string): Reply => ({ kind: 'failed', code, reason });

/**
 * Requests to peers that tenants configure. The name is resolved for each request, the address is checked, and the
 * request is sent to exactly the checked address (no DNS rebinding).
 */
export class Outbound {
  readonly #dependencies: OutboundDependencies;

  constructor(dependencies: OutboundDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends a request to the servers of the peer in turn until one answers. Adds our Via.
   * @param timeout milliseconds per server
   */
  async send(request: SipRequest, peer: Peer, timeout: number): Promise<Reply> {
    const { resolver, random } = this.#dependencies;
    const hops = locate(peerUri(peer), { resolver, random, transports: [transportOf(peer.transport)] });
    if (hops instanceof Fault) return failure(503, hops.reason);
    let reply = failure(503, 'The host has no address');
    try {
      for await (const hop of hops) {
        reply = await this.#sendTo(hop, request, timeout);
        // RFC 3263 §4.3: the next server, after no response or a 503.
        if (reply.kind === 'response' && reply.response.status !== 503) return reply;
      }
    } catch (error) {
      return failure(503, `The name cannot be resolved: ${error instanceof Error ? error.message : String(error)}`);
    }
    return reply;
  }

  /**
   * Sends a keep-alive to the first server of a peer (RFC 5626 §4.4.1). Failures are ignored, as it is sent regularly.
   */
  async keepAlive(peer: Peer): Promise<void> {
    const { resolver, random, transports } = this.#dependencies;
    const hops = locate(peerUri(peer), { resolver, random, transports: [transportOf(peer.transport)] });
    if (hops instanceof Fault) return;
    try {
      const first = await hops.next();
      if (first.done !== true && this.#mayReach(first.value))
        transports.send(keepAlive, await transports.connect(destinationOf(first.value)));
    } catch {
      // The registration of the trunk, or the pings of its gateways, will report the failure.
    }
  }

  #mayReach({ address }: Hop): boolean {
    return this.#dependencies.allowPrivateHosts || isPublicAddress(address);
  }

  async #sendTo(hop: Hop, request: SipRequest, timeout: number): Promise<Reply> {
    if (!this.#mayReach(hop)) return failure(503, 'ADDRESS_NOT_ALLOWED');
    try {
      const flow = await this.#flowTo(hop, request);
      return await this.#exchange(
        request.with(request.headers.prepend(header.via, this.#dependencies.stack.via(flow))),
        flow,
        timeout,
      );
    } catch (error) {
      return failure(503, error instanceof Error ? error.message : String(error));
    }
  }

  async #flowTo(hop: Hop, request: SipRequest): Promise<Flow> {
    const { transports } = this.#dependencies;
    const to = destinationOf(hop);
    const isLarge = to.transport === 'udp' && serialize(request).length > maxDatagram;
    // RFC 3261 §18.1.1: if the peer does not accept TCP, the request is sent as a large datagram.
    return isLarge
      ? transports.connect({ ...to, transport: 'tcp' }).catch(() => transports.connect(to))
      : transports.connect(to);
  }

  #exchange(request: SipRequest, flow: Flow, timeout: number): Promise<Reply> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(failure(408, 'no answer')), timeout);
      const settle = (reply: Reply): void => {
        clearTimeout(late);
        resolve(reply);
      };
      const begun = this.#dependencies.stack.request(request, flow, {
        onResponse: (response) => {
          if (response.status >= 200) settle({ kind: 'response', response, flow });
        },
        onFailure: (reason) =>
          settle(reason === 'timeout' ? failure(408, 'no answer') : failure(503, 'the connection failed')),
      });
      if (!begun) settle(failure(503, 'too many requests at once'));
    });
  }
}

function destinationOf({ address, port, transport, domain }: Hop): Destination {
  const named = transport.toLowerCase() as TransportName;
  return { address, port, transport: named, ...(named === 'tls' ? { serverName: domain } : {}) };
}

const keepAlive = Buffer.from('\r\n\r\n');

const transportOf = (transport: SipTransport) => transport.toUpperCase() as Hop['transport'];

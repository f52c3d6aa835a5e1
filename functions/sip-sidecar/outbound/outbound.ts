import { nextHopOf, type PeerAddress, type SipServer } from '#telephony/outbound-proxy.ts';
import { defaultPort, transports, type SipTransport } from '#telephony/sip-peer.ts';
import { address, type Address } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { hostOfAddress } from '#sip/host.ts';
import { header } from '#sip/header-kinds.ts';
import { serialize, type SipRequest, type SipResponse } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { type Hop, locate } from '#sip/resolver/locate.ts';
import type { Resolver } from '#sip/resolver/records.ts';
import { sipUri, type SipUri } from '#sip/uri.ts';
import { isPublicAddress } from '#outbound/address-guard.ts';
import { minute } from '#schema/time.ts';
import type { SipStack } from '../stack/sip-stack.ts';
import type { Destination, Endpoint, Flow } from '../transport/flow.ts';
import { keepAlive } from '../transport/keep-alives.ts';
import type { Transports } from '../transport/transports.ts';
import { HashedTable } from '../tables/hashed-table.ts';

/** The address of a trunk or gateway, as its tenant configured it. */
export type Peer = SipServer;

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
  /** Milliseconds. */
  readonly now: () => number;
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

/**
 * The server that a URI of a peer names; undefined: none that requests can be sent to.
 * @param configured transport of the peer; TLS is never given up
 */
export function serverIn(uri: SipUri, configured: SipTransport): Peer | undefined {
  const named = uri.parameters.get('transport')?.toLowerCase() ?? configured;
  const isSecure = configured === 'tls' || uri.scheme === 'sips';
  const transport = isSecure ? 'tls' : transports.find((each) => each === named);
  const host = uri.host.replace(/^\[(.*)\]$/, '$1');
  return transport === undefined ? undefined : { host, port: uri.port ?? defaultPort(transport), transport };
}

/** The Route of a request that is sent to a server in place of its Request-URI, a loose router (RFC 3261 §19.1.1). */
export function routeTo(server: Peer): Address {
  const uri = peerUri(server);
  return address({ ...uri, parameters: uri.parameters.with('lr', null) });
}

const failure = (code: 408 | 503, reason: string): Reply => ({ kind: 'failed', code, reason });

/**
 * Requests to peers that tenants configure. The name is resolved for each request, the address is checked, and the
 * request is sent to exactly the checked address (no DNS rebinding).
 */
export class Outbound {
  readonly #dependencies: OutboundDependencies;
  readonly #withoutTcp: PeersWithoutTcp;

  constructor(dependencies: OutboundDependencies) {
    this.#dependencies = dependencies;
    this.#withoutTcp = new PeersWithoutTcp(dependencies.now);
  }

  /**
   * Sends a request to the servers of the peer, or of its outbound proxy, in turn until one answers. Adds our Via.
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
   * The flows to the servers of a host, in the order in which they are to be tried (RFC 3263). Each is connected when
   * it is asked for. Servers that may not be reached, or cannot be, are skipped.
   * @param bytes length of the request
   */
  async *flows(uri: SipUri, transport: SipTransport, bytes: number): AsyncGenerator<Flow> {
    const { resolver, random } = this.#dependencies;
    const hops = locate(uri, { resolver, random, transports: [transportOf(transport)] });
    if (hops instanceof Fault) return;
    for await (const hop of hops) {
      if (!this.#mayReach(hop)) continue;
      const flow = await this.#flowTo(hop, bytes).catch(() => undefined);
      if (flow !== undefined) yield flow;
    }
  }

  /** The addresses of the servers of a host; none if it cannot be resolved. */
  async addresses(uri: SipUri, transport: SipTransport): Promise<readonly string[]> {
    const { resolver, random } = this.#dependencies;
    const hops = locate(uri, { resolver, random, transports: [transportOf(transport)] });
    if (hops instanceof Fault) return [];
    const found: string[] = [];
    try {
      for await (const hop of hops) if (this.#mayReach(hop)) found.push(hop.address);
    } catch {
      // Those that were found before count.
    }
    return found;
  }

  /**
   * Sends a keep-alive to the first server of a peer, or of its outbound proxy (RFC 5626 §4.4.1). Failures are ignored,
   * as it is sent regularly.
   */
  async keepAlive(peer: PeerAddress): Promise<void> {
    const { resolver, random, transports } = this.#dependencies;
    const hop = nextHopOf(peer);
    const hops = locate(peerUri(hop), { resolver, random, transports: [transportOf(hop.transport)] });
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
      const flow = await this.#flowTo(hop, serialize(request).length);
      return await this.#exchange(
        request.with(request.headers.prepend(header.via, this.#dependencies.stack.via(flow))),
        flow,
        timeout,
      );
    } catch (error) {
      return failure(503, error instanceof Error ? error.message : String(error));
    }
  }

  async #flowTo(hop: Hop, bytes: number): Promise<Flow> {
    const { transports } = this.#dependencies;
    const to = destinationOf(hop);
    const isLarge = to.transport === 'udp' && bytes > maxDatagram;
    if (!isLarge || this.#withoutTcp.has(to)) return transports.connect(to);
    try {
      return await transports.connect({ ...to, transport: 'tcp' });
    } catch {
      // RFC 3261 §18.1.1: the request is sent as a large datagram.
      this.#withoutTcp.add(to);
      return transports.connect(to);
    }
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
  const named = transport.toLowerCase() as Destination['transport'];
  return { address, port, transport: named, ...(named === 'tls' ? { serverName: domain } : {}) };
}

const transportOf = (transport: SipTransport) => transport.toUpperCase() as Hop['transport'];

/** Time until TCP is tried again, in milliseconds. */
const ttl = 10 * minute;

/** Peers that are remembered; the one that is forgotten first makes room. */
const slots = 4_096;

/**
 * The peers that do not accept TCP. Without it, each large request, such as the INVITE of a browser, would wait until
 * the connection fails: for seconds if a firewall drops its packets.
 */
export class PeersWithoutTcp {
  readonly #until: HashedTable<never>;
  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#until = new HashedTable<never>([], slots, now);
    this.#now = now;
  }

  has(peer: Endpoint): boolean {
    return this.#until.read(keyOf(peer)) !== undefined;
  }

  add(peer: Endpoint): void {
    this.#until.write(keyOf(peer), {}, this.#now() + ttl);
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${address} ${port}`;

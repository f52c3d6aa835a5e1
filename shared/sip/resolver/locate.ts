/** Locating SIP servers: the servers for a URI, in the order in which to try them (RFC 3263 §4). */
import { Fault } from '../fault.ts';
import { isIpv4, isIpv6 } from '../host.ts';
import { defaultPort } from '../routing/response.ts';
import type { SipUri } from '../uri.ts';
import { orderByWeight, orderNaptr, type Random, type Resolver } from './records.ts';

/** The transports that servers are located for. */
export type Transport = 'UDP' | 'TCP' | 'TLS';

/** One server to try. */
export type Hop = {
  readonly transport: Transport;
  /** IP address without brackets. */
  readonly address: string;
  readonly port: number;
  /**
   * The host of the URI: a TLS server must have its certificate, whatever SRV target it was found by (RFC 5922 §7.1).
   */
  readonly domain: string;
};

/** The dependencies of `locate`. */
export type Locating = {
  readonly resolver: Resolver;
  readonly random: Random;
  /** Transports that we support, the preferred one first. */
  readonly transports: readonly Transport[];
};

/** Hops and names per request at most, so that a zone with thousands of records costs no more. */
const limits = { hops: 16, names: 16 };

const services: Readonly<Record<string, Transport>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' };
const prefixes: Readonly<Record<Transport, string>> = { UDP: '_sip._udp.', TCP: '_sip._tcp.', TLS: '_sips._tcp.' };

type Target = { readonly transport: Transport; readonly name: string; readonly port: number };

/**
 * Looks up the servers lazily, one per iteration. To fail over, ask for the next one; after the last one the request
 * failed (503). @returns a fault if the URI asks for a transport that we do not support
 */
export function locate(uri: SipUri, locating: Locating): AsyncGenerator<Hop> | Fault {
  const transport = transportOf(uri);
  if (transport instanceof Fault) return transport;
  if (transport !== undefined && !locating.transports.includes(transport)) return new Fault(`No ${transport} here`);
  return hops(uri, transport, locating);
}

/** The transport that the URI determines; undefined if the DNS does (RFC 3263 §4.1). */
function transportOf(uri: SipUri): Transport | undefined | Fault {
  const named = uri.parameters.get('transport')?.toUpperCase();
  const isSecure = uri.scheme === 'sips';
  if (named === undefined) return isSecure ? 'TLS' : impliedTransport(uri);
  if (named === 'TLS' || (named === 'TCP' && isSecure)) return 'TLS';
  return named === 'TCP' || (named === 'UDP' && !isSecure) ? named : new Fault(`No ${named} here`);
}

/** A numeric address, or an explicit port, implies UDP (RFC 3263 §4.1). */
const impliedTransport = (uri: SipUri): Transport | undefined =>
  uri.port !== undefined || isAddress(hostOf(uri)) ? 'UDP' : undefined;

/** The target: `maddr` takes precedence over the host (RFC 3263 §4). */
const hostOf = (uri: SipUri): string => (uri.parameters.get('maddr') ?? uri.host).replace(/^\[|\]$/g, '');

const isAddress = (host: string): boolean => isIpv4(host) || isIpv6(host);

async function* hops(uri: SipUri, transport: Transport | undefined, locating: Locating): AsyncGenerator<Hop> {
  const host = hostOf(uri);
  if (isAddress(host)) {
    const over = transport ?? 'UDP';
    yield { transport: over, address: host, port: uri.port ?? defaultPort(over), domain: uri.host };
    return;
  }
  let count = 0;
  for (const target of await targetsOf(uri, transport, locating)) {
    for (const address of await locating.resolver.addresses(target.name)) {
      count += 1;
      if (count > limits.hops) return;
      yield { transport: target.transport, address, port: target.port, domain: uri.host };
    }
  }
}

async function targetsOf(
  uri: SipUri,
  transport: Transport | undefined,
  locating: Locating,
): Promise<readonly Target[]> {
  const host = hostOf(uri);
  if (uri.port !== undefined) return [{ transport: transport ?? 'UDP', name: host, port: uri.port }];
  const found =
    transport === undefined || uri.parameters.get('transport') === undefined
      ? await targetsByService(host, transport, locating)
      : await targetsBySrv([[transport, prefixes[transport] + host]], locating);
  if (found.length > 0) return found.slice(0, limits.names);
  const over = transport ?? (locating.transports.includes('UDP') ? 'UDP' : (locating.transports[0] ?? 'UDP'));
  return [{ transport: over, name: host, port: defaultPort(over) }];
}

/**
 * NAPTR records name the SRV records per transport, in the domain's order of preference. Without NAPTR our own order
 * applies (RFC 3263 §4.1).
 */
async function targetsByService(
  host: string,
  only: Transport | undefined,
  locating: Locating,
): Promise<readonly Target[]> {
  const { resolver, transports } = locating;
  const usable = transports.filter((transport) => only === undefined || transport === only);
  const records = orderNaptr(await resolver.naptr(host)).flatMap(
    ({ service, replacement }): readonly (readonly [Transport, string])[] => {
      const transport = services[service.toUpperCase()];
      return transport === undefined || !usable.includes(transport) ? [] : [[transport, replacement]];
    },
  );
  return targetsBySrv(
    records.length > 0 ? records : usable.map((transport) => [transport, prefixes[transport] + host] as const),
    locating,
  );
}

async function targetsBySrv(
  names: readonly (readonly [Transport, string])[],
  { resolver, random }: Locating,
): Promise<readonly Target[]> {
  const found: Target[] = [];
  for (const [transport, name] of names.slice(0, limits.names)) {
    for (const record of orderByWeight(await resolver.srv(name), random))
      found.push({ transport, name: record.name, port: record.port });
  }
  return found;
}

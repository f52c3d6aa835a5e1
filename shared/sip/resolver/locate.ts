/** Which servers a request may go to, in the order in which they are to be tried (RFC 3263 §4). */
import { Fault } from '../fault.ts';
import { isIpv4, isIpv6 } from '../host.ts';
import { defaultPort } from '../routing/response.ts';
import type { SipUri } from '../uri.ts';
import { drawn, ordered, type Random, type Resolver } from './records.ts';

export type Transport = 'UDP' | 'TCP' | 'TLS';

export type Hop = {
  readonly transport: Transport;
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
  /**
   * The domain that was asked for: whose certificate a TLS server has to show (RFC 5922 §7.1), whatever name its
   * address came from.
   */
  readonly domain: string;
};

export type Locating = {
  readonly resolver: Resolver;
  readonly random: Random;
  /** What we can send by, what we prefer first. */
  readonly transports: readonly Transport[];
};

/** Hops of one request at most, and names looked up for it: a zone of thousands of records costs no more. */
const most = { hops: 16, names: 16 };

const services: Readonly<Record<string, Transport>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' };
const prefixes: Readonly<Record<Transport, string>> = { UDP: '_sip._udp.', TCP: '_sip._tcp.', TLS: '_sips._tcp.' };

type Target = { readonly transport: Transport; readonly name: string; readonly port: number };

/**
 * Looks up one server after the other, each only when it is asked for. Fails over by asking for the next; after the
 * last there is no one left (503). @returns a fault where the URI asks for a transport that we do not have.
 */
export function locate(uri: SipUri, locating: Locating): AsyncGenerator<Hop> | Fault {
  const transport = wantedTransport(uri);
  if (transport instanceof Fault) return transport;
  if (transport !== undefined && !locating.transports.includes(transport)) return new Fault(`No ${transport} here`);
  return hops(uri, transport, locating);
}

/** The transport that the URI itself settles; undefined where the DNS does (§4.1). */
function wantedTransport(uri: SipUri): Transport | undefined | Fault {
  const named = uri.parameters.get('transport')?.toUpperCase();
  const secure = uri.scheme === 'sips';
  if (named === undefined) return secure ? 'TLS' : uri.port !== undefined || isAddress(hostOf(uri)) ? 'UDP' : undefined;
  if (named === 'TLS' || (named === 'TCP' && secure)) return 'TLS';
  return named === 'TCP' || (named === 'UDP' && !secure) ? named : new Fault(`No ${named} here`);
}

/** `maddr` is where to go instead of the host (§4). */
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
      if (count > most.hops) return;
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
      ? await byService(host, transport, locating)
      : await bySrv([[transport, prefixes[transport] + host]], locating);
  if (found.length > 0) return found.slice(0, most.names);
  const over = transport ?? (locating.transports.includes('UDP') ? 'UDP' : (locating.transports[0] ?? 'UDP'));
  return [{ transport: over, name: host, port: defaultPort(over) }];
}

/**
 * NAPTR names the SRV records of each transport in the domain's order of preference; without them, ours counts (§4.1).
 */
async function byService(host: string, only: Transport | undefined, locating: Locating): Promise<readonly Target[]> {
  const { resolver, transports } = locating;
  const usable = transports.filter((transport) => only === undefined || transport === only);
  const records = ordered(await resolver.naptr(host)).flatMap(
    ({ service, replacement }): readonly (readonly [Transport, string])[] => {
      const transport = services[service.toUpperCase()];
      return transport === undefined || !usable.includes(transport) ? [] : [[transport, replacement]];
    },
  );
  return bySrv(
    records.length > 0 ? records : usable.map((transport) => [transport, prefixes[transport] + host] as const),
    locating,
  );
}

async function bySrv(
  names: readonly (readonly [Transport, string])[],
  { resolver, random }: Locating,
): Promise<readonly Target[]> {
  const found: Target[] = [];
  for (const [transport, name] of names.slice(0, most.names)) {
    for (const record of drawn(await resolver.srv(name), random))
      found.push({ transport, name: record.name, port: record.port });
  }
  return found;
}

import { domainTransports, type Domain } from './domain.ts';
import { canonicalAddress } from './ip-address.ts';

/** SRV records by which clients of SIP find a service (RFC 3263 §4.1, RFC 2782). */

type Transport = Domain['settings']['default_transport'];

/** Where each transport is reached: a host name or address, and a port. One that is absent is not reached. */
export type SipTargets = Readonly<
  Partial<Record<Transport, { readonly host: string; readonly port: number } | undefined>>
>;

/** TLS is the scheme `sips` over TCP (RFC 3263 §4.1). */
const services = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' } as const;

export const srvName = (domain: string, transport: Transport): string => `${services[transport]}.${domain}`;

/**
 * The records of a domain. A target is a name and never an address (RFC 2782): for a service that has only an address
 * it is the domain, whose address record names it.
 * @returns name, and value: priority, weight, port and target
 */
export const srvRecords = (
  domain: string,
  targets: SipTargets,
): readonly { readonly name: string; readonly value: string }[] =>
  domainTransports.flatMap((transport) => {
    const { host, port } = targets[transport] ?? {};
    if (host === undefined) return [];
    return [
      {
        name: srvName(domain, transport),
        value: `10 10 ${port} ${canonicalAddress(host) === undefined ? host : domain}`,
      },
    ];
  });

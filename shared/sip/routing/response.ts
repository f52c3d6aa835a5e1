/** The destination of responses (RFC 3261 §18.2.1 and §18.2.2, RFC 3581 §4). */
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { hostOfAddress, normalizeHost } from '../host.ts';
import type { SipRequest } from '../message.ts';
import type { Via } from '../via.ts';

/** An IP address without brackets, and a port. */
export type Endpoint = { readonly address: string; readonly port: number };

/**
 * Adds `received`, and the value of `rport` if requested, to the topmost Via, so that the response goes to the source
 * of the request.
 */
export function markSource(request: SipRequest, source: Endpoint): SipRequest {
  const { via } = request;
  const asked = via.parameters.get('rport') !== undefined;
  const received =
    asked || normalizeHost(via.host) !== normalizeHost(source.address)
      ? via.parameters.with('received', source.address)
      : via.parameters;
  const parameters = asked ? received.with('rport', String(source.port)) : received;
  if (parameters === via.parameters) return request;
  const headers = request.headers.withFirst(header.via, { ...via, parameters });
  return headers instanceof Fault ? request : request.with(headers);
}

const secureTransports: ReadonlySet<string> = new Set(['TLS', 'WSS']);

/** The port of a URI or Via without one (RFC 3261 §18.2.2, §19.1.2). @param transport in capital letters */
export const defaultPort = (transport: string): number => (secureTransports.has(transport) ? 5061 : 5060);

/**
 * The destination of a response with this topmost Via, over an unreliable transport or after the connection of the
 * request has closed. A host name must be resolved by RFC 3263 §5.
 */
export function responseTarget(via: Via): { readonly host: string; readonly port: number } {
  const { parameters } = via;
  const [maddr, received, rport] = [
    parameters.get('maddr'),
    parameters.get('received'),
    Number(parameters.get('rport') ?? ''),
  ];
  const port = via.port ?? defaultPort(via.transport);
  if (maddr !== undefined && maddr !== '') return { host: maddr, port };
  if (received === undefined || received === '') return { host: via.host, port };
  return { host: hostOfAddress(received), port: Number.isInteger(rport) && rport > 0 && rport < 65_536 ? rport : port };
}

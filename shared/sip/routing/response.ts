/** Where responses go: RFC 3261 §18.2.1 and §18.2.2, RFC 3581 §4. */
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { hostOfAddress, normalizedHost } from '../host.ts';
import type { SipRequest } from '../message.ts';
import type { Via } from '../via.ts';

/** An address without brackets, and a port. */
export type Endpoint = { readonly address: string; readonly port: number };

/**
 * The request with its topmost Via marked with where it came from: every later element, and the answer, goes by this.
 */
export function markSource(request: SipRequest, source: Endpoint): SipRequest {
  const { via } = request;
  const asked = via.parameters.get('rport') !== undefined;
  const received =
    asked || normalizedHost(via.host) !== normalizedHost(source.address)
      ? via.parameters.with('received', source.address)
      : via.parameters;
  const parameters = asked ? received.with('rport', String(source.port)) : received;
  if (parameters === via.parameters) return request;
  const headers = request.headers.withFirst(header.via, { ...via, parameters });
  return headers instanceof Fault ? request : request.with(headers);
}

const secureTransports: ReadonlySet<string> = new Set(['TLS', 'WSS']);

/** The port of a URI or Via that names none (§18.2.2, §19.1.2). */
export const defaultPort = (transport: string): number => (secureTransports.has(transport) ? 5061 : 5060);

/**
 * Where a response with this topmost Via goes over an unreliable transport, or once the connection that its request
 * came by is gone. A host that is a name is to be resolved (RFC 3263 §5).
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

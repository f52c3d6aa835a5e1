/** What a server looks at before it asks what a request means (RFC 3261 §8.2.1 to §8.2.3, §16.3). */
import type { ResponseParts } from './build.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import { Headers } from './headers.ts';
import type { SipRequest } from './message.ts';
import { Parameters } from './parameters.ts';

/** What a server can do. */
export type Abilities = {
  /** Methods that it takes; an ACK is never refused. */
  readonly methods: readonly string[];
  /** Methods that it knows of, and takes elsewhere or never: 405 instead of 501. */
  readonly known: readonly string[];
  /** Schemes of Request-URIs, in small letters. */
  readonly schemes: readonly string[];
  /** Option tags of extensions. */
  readonly extensions: readonly string[];
  /** Media types of bodies, in small letters; a request without body needs none. */
  readonly bodies: readonly string[];
};

/** Methods of the registry at IANA: to one of these, a server that does not take it says 405. */
export const registeredMethods = ['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'PUBLISH', 'REFER', 'REGISTER', 'SUBSCRIBE', 'UPDATE'] as const;

/** Why a request is refused, ready for its transaction; undefined where the server may look at what it means. */
export function inspect(request: SipRequest, abilities: Abilities): ResponseParts | undefined {
  return refusedMethod(request, abilities) ?? refusedScheme(request, abilities) ?? refusedExtensions(request, abilities) ?? refusedBody(request, abilities);
}

/** §8.2.1; the answer lists what would have been taken. */
function refusedMethod({ method }: SipRequest, { methods, known }: Abilities): ResponseParts | undefined {
  if (method === 'ACK' || methods.includes(method)) return undefined;
  return { status: known.includes(method) ? 405 : 501, headers: Headers.none.append(header.allow, ...methods) };
}

/** §8.2.2.1. */
function refusedScheme({ uri }: SipRequest, { schemes }: Abilities): ResponseParts | undefined {
  const scheme = uri.scheme === 'other' ? uri.text.slice(0, uri.text.indexOf(':')).toLowerCase() : uri.scheme;
  return schemes.includes(scheme) ? undefined : { status: 416 };
}

/** §8.2.2.3. A CANCEL and an ACK require nothing. */
function refusedExtensions({ method, headers }: SipRequest, { extensions }: Abilities): ResponseParts | undefined {
  if (method === 'CANCEL' || method === 'ACK') return undefined;
  const required = headers.all(header.require);
  if (required instanceof Fault) return { status: 400, reason: required.reason };
  const unsupported = required.filter((tag) => !extensions.includes(tag));
  return unsupported.length === 0 ? undefined : { status: 420, headers: Headers.none.append(header.unsupported, ...unsupported) };
}

/** §8.2.3. */
function refusedBody({ body, headers }: SipRequest, { bodies }: Abilities): ResponseParts | undefined {
  if (body.length === 0) return undefined;
  const [type, coding] = [headers.one(header.contentType), headers.all(header.contentEncoding)];
  if (type instanceof Fault) return { status: 400, reason: type.reason };
  if (coding instanceof Fault) return { status: 400, reason: coding.reason };
  const isCoded = coding.some((name) => name.toLowerCase() !== 'identity');
  if (type !== undefined && bodies.includes(type.value) && !isCoded) return undefined;
  const accepted = bodies.map((value) => ({ value, parameters: Parameters.none }));
  return { status: 415, headers: isCoded ? Headers.none.append(header.acceptEncoding, 'identity') : Headers.none.append(header.accept, ...accepted) };
}

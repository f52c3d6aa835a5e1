/** What a server looks at before it asks what a request means (RFC 3261 §8.2.1 to §8.2.3, §16.3). */
import type { ResponseParts } from './build.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import { type HeaderKind, Headers } from './headers.ts';
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
  /** Media types of bodies that it reads, in small letters; a request without body needs none. */
  readonly bodies: readonly string[];
  /** Media types of the bodies that it answers an INVITE with. */
  readonly answers: readonly string[];
};

/** Methods of the registry at IANA: to one of these, a server that does not take it says 405. */
export const registeredMethods = [
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
] as const;

/** Why a request is refused, ready for its transaction; undefined where the server may look at what it means. */
export function inspect(request: SipRequest, abilities: Abilities): ResponseParts | undefined {
  for (const check of checks) {
    const rejection = check(request, abilities);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

type Check = (request: SipRequest, abilities: Abilities) => ResponseParts | undefined;

const malformed = ({ reason }: Fault): ResponseParts => ({ status: 400, reason });

/** §8.2.1; the answer lists what would have been taken. */
function rejectedMethod({ method }: SipRequest, { methods, known }: Abilities): ResponseParts | undefined {
  if (method === 'ACK' || methods.includes(method)) return undefined;
  return { status: known.includes(method) ? 405 : 501, headers: Headers.none.append(header.allow, ...methods) };
}

/** §8.2.2.1. */
function rejectedScheme({ uri }: SipRequest, { schemes }: Abilities): ResponseParts | undefined {
  const scheme = uri.scheme === 'other' ? uri.text.slice(0, uri.text.indexOf(':')).toLowerCase() : uri.scheme;
  return schemes.includes(scheme) ? undefined : { status: 416 };
}

/** §8.2.2.3. A CANCEL and an ACK require nothing. */
function rejectedExtensions({ method, headers }: SipRequest, { extensions }: Abilities): ResponseParts | undefined {
  if (method === 'CANCEL' || method === 'ACK') return undefined;
  const required = headers.all(header.require);
  if (required instanceof Fault) return malformed(required);
  const unsupported = required.filter((tag) => !extensions.includes(tag));
  return unsupported.length === 0
    ? undefined
    : { status: 420, headers: Headers.none.append(header.unsupported, ...unsupported) };
}

/** §8.2.3. */
function rejectedBody({ body, headers }: SipRequest, { bodies }: Abilities): ResponseParts | undefined {
  if (body.length === 0) return undefined;
  const [type, coding] = [headers.one(header.contentType), headers.all(header.contentEncoding)];
  if (type instanceof Fault) return malformed(type);
  if (coding instanceof Fault) return malformed(coding);
  const isCoded = coding.some((name) => name.toLowerCase() !== 'identity');
  if (type !== undefined && bodies.includes(type.value) && !isCoded) return undefined;
  const accepted = bodies.map((value) => ({ value, parameters: Parameters.none }));
  return {
    status: 415,
    headers: isCoded
      ? Headers.none.append(header.acceptEncoding, 'identity')
      : Headers.none.append(header.accept, ...accepted),
  };
}

/** §20.1: an INVITE that accepts none of our answers; a range such as text/* is taken for its type. */
function rejectedAnswer({ method, headers }: SipRequest, { answers }: Abilities): ResponseParts | undefined {
  const accepted = headers.all(header.accept);
  if (accepted instanceof Fault) return malformed(accepted);
  const isAccepted = (type: string): boolean =>
    accepted.some(({ value }) => value === '*/*' || value === type || value === `${type.split('/', 1)[0] ?? ''}/*`);
  return method !== 'INVITE' || !headers.has(header.accept) || answers.some(isAccepted) ? undefined : { status: 406 };
}

/** Headers that every server acts by, or that tell what it must not guess; others may stay unread. */
const faults = [
  faultsOf(header.contact),
  faultsOf(header.route),
  faultsOf(header.recordRoute),
  faultsOf(header.path),
  faultOf(header.event),
  faultOf(header.date),
];

function faultsOf<Value>(kind: HeaderKind<Value>): (headers: Headers) => Fault | undefined {
  return (headers) => onlyFault(headers.all(kind));
}

function faultOf<Value>(kind: HeaderKind<Value>): (headers: Headers) => Fault | undefined {
  return (headers) => onlyFault(headers.one(kind));
}

const onlyFault = (value: unknown): Fault | undefined => (value instanceof Fault ? value : undefined);

function rejectedHeader({ headers }: SipRequest): ResponseParts | undefined {
  const fault = faults.map((of) => of(headers)).find((found) => found !== undefined);
  return fault === undefined ? undefined : malformed(fault);
}

const checks: readonly Check[] = [
  rejectedMethod,
  rejectedHeader,
  rejectedScheme,
  rejectedExtensions,
  rejectedBody,
  rejectedAnswer,
];

/** The checks of a server before it interprets a request (RFC 3261 §8.2.1 to §8.2.3, §16.3). */
import type { ResponseParts } from './build.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import { type HeaderKind, Headers } from './headers.ts';
import type { SipRequest } from './message.ts';
import { Parameters } from './parameters.ts';

/** What a server supports. */
export type Abilities = {
  /** Methods that it accepts; ACK is always accepted. */
  readonly methods: readonly string[];
  /** Methods that it knows but does not accept: 405 instead of 501. */
  readonly known: readonly string[];
  /** Schemes of Request-URIs, in lower case. */
  readonly schemes: readonly string[];
  /** Whether an INVITE may name a service by this URI of another scheme. Default: none. */
  readonly isService?: (uri: string) => boolean;
  /** Option tags of extensions. */
  readonly extensions: readonly string[];
  /** Media types of bodies that it reads, in lower case. */
  readonly bodies: readonly string[];
  /** The same for methods that have their own, such as INFO. */
  readonly bodiesByMethod?: Readonly<Record<string, readonly string[]>>;
  /** Media types of the bodies in its responses to INVITE. */
  readonly answers: readonly string[];
};

/** Methods of the IANA registry: a server that does not accept one of these answers 405. */
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

/** The response that rejects a request; undefined if the server may interpret it. */
export function inspect(request: SipRequest, abilities: Abilities): ResponseParts | undefined {
  for (const check of checks) {
    const rejection = check(request, abilities);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

type Check = (request: SipRequest, abilities: Abilities) => ResponseParts | undefined;

const malformed = ({ reason }: Fault): ResponseParts => ({ status: 400, reason });

/** RFC 3261 §8.2.1. The response lists the accepted methods. */
function checkMethod({ method }: SipRequest, { methods, known }: Abilities): ResponseParts | undefined {
  if (method === 'ACK' || methods.includes(method)) return undefined;
  return { status: known.includes(method) ? 405 : 501, headers: Headers.none.append(header.allow, ...methods) };
}

/** RFC 3261 §8.2.2.1. */
function checkScheme({ uri, method }: SipRequest, { schemes, isService }: Abilities): ResponseParts | undefined {
  if (uri.scheme !== 'other') return schemes.includes(uri.scheme) ? undefined : { status: 416 };
  const scheme = uri.text.slice(0, uri.text.indexOf(':')).toLowerCase();
  const isCalled = callingMethods.includes(method) && isService?.(uri.text) === true;
  return isCalled || schemes.includes(scheme) ? undefined : { status: 416 };
}

/** An INVITE, and what follows it with the same Request-URI (RFC 3261 §9.1, §17.1.1.3). */
const callingMethods: readonly string[] = ['INVITE', 'CANCEL', 'ACK'];

/** RFC 3261 §8.2.2.3. Require must not be used in CANCEL and ACK and is ignored there. */
function checkExtensions({ method, headers }: SipRequest, { extensions }: Abilities): ResponseParts | undefined {
  if (method === 'CANCEL' || method === 'ACK') return undefined;
  const required = headers.all(header.require);
  if (required instanceof Fault) return malformed(required);
  const unsupported = required.filter((tag) => !extensions.includes(tag));
  return unsupported.length === 0
    ? undefined
    : { status: 420, headers: Headers.none.append(header.unsupported, ...unsupported) };
}

/** RFC 3261 §8.2.3. */
function checkBody({ method, body, headers }: SipRequest, abilities: Abilities): ResponseParts | undefined {
  if (body.length === 0) return undefined;
  const bodies = bodiesOf(abilities, method);
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

const bodiesOf = ({ bodies, bodiesByMethod = {} }: Abilities, method: string): readonly string[] =>
  Object.hasOwn(bodiesByMethod, method) ? (bodiesByMethod[method] ?? bodies) : bodies;

/** RFC 3261 §20.1: an INVITE that accepts none of our media types. A range such as text/* covers its types. */
function checkAccept({ method, headers }: SipRequest, { answers }: Abilities): ResponseParts | undefined {
  const accepted = headers.all(header.accept);
  if (accepted instanceof Fault) return malformed(accepted);
  const isAccepted = (type: string): boolean =>
    accepted.some(({ value }) => value === '*/*' || value === type || value === `${type.split('/', 1)[0] ?? ''}/*`);
  return method !== 'INVITE' || !headers.has(header.accept) || answers.some(isAccepted) ? undefined : { status: 406 };
}

/** Headers that a server acts on, and must not guess when malformed. Others may stay unparsed. */
const headerFaults = [
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

function checkHeaders({ headers }: SipRequest): ResponseParts | undefined {
  const fault = headerFaults.map((of) => of(headers)).find((found) => found !== undefined);
  return fault === undefined ? undefined : malformed(fault);
}

const checks: readonly Check[] = [checkMethod, checkHeaders, checkScheme, checkExtensions, checkBody, checkAccept];

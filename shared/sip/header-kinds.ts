/**
 * The headers that this stack reads and writes, each with the form of its value (RFC 3261 §20 unless another RFC is
 * named).
 */
import { type Address, parseAddress, printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { isToken, parseNumber } from './grammar.ts';
import { type HeaderKind, keyOf } from './headers.ts';
import { Parameters, parseParameters } from './parameters.ts';
import { isSipUri } from './uri.ts';
import { parseVia, printVia, type Via } from './via.ts';

/** Value of CSeq (RFC 3261 §20.16). */
export type CSeq = { readonly sequence: number; readonly method: string };

/** A token or media type with parameters: Content-Type, Accept, Event, Subscription-State. */
export type Parameterized = { readonly value: string; readonly parameters: Parameters };

/** Value of Session-Expires and Min-SE: seconds with parameters (RFC 4028). */
export type Interval = { readonly seconds: number; readonly parameters: Parameters };

/** Value of RAck: which provisional response of which INVITE is acknowledged (RFC 3262 §7.2). */
export type RAck = { readonly number: number; readonly invite: CSeq };

type Form<Value> = Pick<HeaderKind<Value>, 'parse' | 'print'>;

/** Seconds are below 2^32 (RFC 3261 §20.19), CSeq numbers below 2^31 (§8.1.1.5), Max-Forwards up to 255 (§20.22). */
const max = { seconds: 2 ** 32 - 1, sequence: 2 ** 31 - 1, forwards: 255, length: 2 ** 32 - 1 };

const single = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({
  name,
  key: keyOf(name),
  list: false,
  mayBeEmpty: false,
  ...form,
});
const list = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({ ...single(name, form), list: true });
const optionalList = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({
  ...list(name, form),
  mayBeEmpty: true,
});

const verbatim: Form<string> = { parse: (text) => text, print: (text) => text };
const token: Form<string> = {
  parse: (text) => (isToken(text) ? text : new Fault('Not a token')),
  print: (text) => text,
};
const number = (largest: number): Form<number> => ({ parse: (text) => parseNumber(text, largest), print: String });
const nameAddress: Form<Address> = { parse: parseAddress, print: printAddress };

/** An address to which requests are sent. Port 0 is none. */
function parseTarget(text: string): Address | Fault {
  const read = parseAddress(text);
  return !(read instanceof Fault) && isSipUri(read.uri) && read.uri.port === 0 ? new Fault('Port 0 in URI') : read;
}

const target: Form<Address> = { parse: parseTarget, print: printAddress };

const contact: Form<Address | '*'> = {
  parse: (text) => (text === '*' ? '*' : parseTarget(text)),
  print: (value) => (value === '*' ? '*' : printAddress(value)),
};

/** The usual identifier: `unbroken` decides for others, and takes longer. */
const printable = /^[!-~]+$/;
const unbroken = /^[^\s\p{Cc}]+$/u;

/**
 * `word [ "@" word ]`. The value is only compared byte for byte, so the check is limited to characters that would break
 * a line.
 */
const callId: Form<string> = {
  parse: (text) => (printable.test(text) || unbroken.test(text) ? text : new Fault('Malformed identifier')),
  print: (text) => text,
};

const sequenceAndMethod = /^(\d+)[ \t]+(\S+)$/;

const cseq: Form<CSeq> = {
  parse: (text) => {
    const found = sequenceAndMethod.exec(text);
    const [sequence, method] = [parseNumber(found?.[1] ?? '', max.sequence), found?.[2] ?? ''];
    if (sequence instanceof Fault) return sequence;
    return isToken(method) ? { sequence, method } : new Fault('Malformed method');
  },
  print: ({ sequence, method }) => `${sequence} ${method}`,
};

// `application/sdp` or `application / sdp`. A media range of Accept may contain asterisks; an event package has no
// slash.
const parameterized: Form<Parameterized> = {
  parse: (text) => {
    const semicolon = text.indexOf(';');
    const parts = (semicolon === -1 ? text : text.slice(0, semicolon)).split('/').map((part) => part.trim());
    if (parts.length > 2 || !parts.every(isToken)) return new Fault('Malformed value');
    const parameters = semicolon === -1 ? Parameters.none : parseParameters(text, semicolon);
    return parameters instanceof Fault ? parameters : { value: parts.join('/').toLowerCase(), parameters };
  },
  print: ({ value, parameters }) => `${value}${parameters.toString()}`,
};

/** A Call-ID with parameters (RFC 3891 §6.1). */
const identified: Form<Parameterized> = {
  parse: (text) => {
    const semicolon = text.indexOf(';');
    const value = callId.parse((semicolon === -1 ? text : text.slice(0, semicolon)).trim());
    if (value instanceof Fault) return value;
    const parameters = semicolon === -1 ? Parameters.none : parseParameters(text, semicolon);
    return parameters instanceof Fault ? parameters : { value, parameters };
  },
  print: ({ value, parameters }) => `${value}${parameters.toString()}`,
};

/** `1800;refresher=uac` (RFC 4028 §4, §5). */
const seconds: Form<Interval> = {
  parse: (text) => {
    const semicolon = text.indexOf(';');
    const value = parseNumber((semicolon === -1 ? text : text.slice(0, semicolon)).trim(), max.seconds);
    if (value instanceof Fault) return value;
    const parameters = semicolon === -1 ? Parameters.none : parseParameters(text, semicolon);
    return parameters instanceof Fault ? parameters : { seconds: value, parameters };
  },
  print: ({ seconds: value, parameters }) => `${value}${parameters.toString()}`,
};

/** `776656 1 INVITE` (RFC 3262 §7.2). */
const rack: Form<RAck> = {
  parse: (text) => {
    const [, digits = '', rest = ''] = /^(\d+)[ \t]+(.+)$/.exec(text) ?? [];
    const [number, invite] = [parseNumber(digits, max.seconds), cseq.parse(rest)];
    if (number instanceof Fault) return number;
    return invite instanceof Fault ? invite : { number, invite };
  },
  print: ({ number, invite }) => `${number} ${cseq.print(invite)}`,
};

/** Always in GMT (RFC 3261 §20.17). The value is in milliseconds since 1970. */
const date: Form<number> = {
  parse: (text) => {
    const time = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    return Number.isNaN(time) ? new Fault('Not a date in GMT') : time;
  },
  print: (time) => new Date(time).toUTCString(),
};

/** A header whose value is plain text, such as User-Agent, or one whose value this stack does not interpret. */
export const textHeader = (name: string): HeaderKind<string> => ({ ...single(name, verbatim), mayBeEmpty: true });

/** Every header that this stack interprets. */
export const header = {
  via: list<Via>('Via', { parse: parseVia, print: printVia }),
  from: single('From', nameAddress),
  to: single('To', nameAddress),
  callId: single('Call-ID', callId),
  cseq: single('CSeq', cseq),
  maxForwards: single('Max-Forwards', number(max.forwards)),
  contact: list('Contact', contact),
  route: list('Route', target),
  recordRoute: list('Record-Route', target),
  /** RFC 3327. */
  path: list('Path', target),
  /** RFC 3608. */
  serviceRoute: list('Service-Route', target),
  /** RFC 7315 §4.1. */
  associatedUri: list('P-Associated-URI', nameAddress),
  /** RFC 3515, RFC 3892. */
  referTo: single('Refer-To', nameAddress),
  referredBy: single('Referred-By', nameAddress),
  /** RFC 4488: `false` asks for no subscription. */
  referSub: single('Refer-Sub', parameterized),
  /** RFC 3891: a Call-ID with `to-tag` and `from-tag`. */
  replaces: single('Replaces', identified),
  /** RFC 3326. */
  reason: list('Reason', parameterized),
  /** RFC 3262. */
  rseq: single('RSeq', number(max.seconds)),
  rack: single('RAck', rack),
  /** RFC 4028. */
  sessionExpires: single('Session-Expires', seconds),
  minSessionExpires: single('Min-SE', seconds),
  /** RFC 3325. */
  assertedIdentity: list('P-Asserted-Identity', nameAddress),
  /** RFC 3325 §9.2. */
  preferredIdentity: list('P-Preferred-Identity', nameAddress),
  /** draft-ietf-sip-privacy-04 §5.1. */
  remoteParty: list('Remote-Party-ID', nameAddress),
  /** RFC 7315 §4.2. */
  calledParty: single('P-Called-Party-ID', nameAddress),
  /** RFC 5806. */
  diversion: list('Diversion', nameAddress),
  /** RFC 7044. */
  historyInfo: list('History-Info', nameAddress),
  /** Seconds. An unreadable value counts as absent (RFC 4475 §3.1.2.4). */
  expires: single('Expires', number(max.seconds)),
  minExpires: single('Min-Expires', number(max.seconds)),
  contentLength: single('Content-Length', number(max.length)),
  contentType: single('Content-Type', parameterized),
  contentEncoding: list('Content-Encoding', token),
  accept: optionalList('Accept', parameterized),
  acceptEncoding: optionalList('Accept-Encoding', token),
  allow: optionalList('Allow', token),
  supported: optionalList('Supported', token),
  unsupported: list('Unsupported', token),
  require: list('Require', token),
  proxyRequire: list('Proxy-Require', token),
  /** RFC 6665. */
  event: single('Event', parameterized),
  subscriptionState: single('Subscription-State', parameterized),
  allowEvents: optionalList('Allow-Events', token),
  userAgent: textHeader('User-Agent'),
  server: textHeader('Server'),
  warning: textHeader('Warning'),
  retryAfter: textHeader('Retry-After'),
  subject: textHeader('Subject'),
  date: single('Date', date),
} as const;

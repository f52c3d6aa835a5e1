/**
 * The headers that this stack reads and writes, each with the form of its value (RFC 3261 §20 unless another RFC is
 * named).
 */
import { type Address, parseAddress, printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { isToken, parseNumber } from './grammar.ts';
import { type HeaderKind, keyOf } from './headers.ts';
import { Parameters, parseParameters } from './parameters.ts';
import { parseVia, printVia, type Via } from './via.ts';

/** Value of CSeq (RFC 3261 §20.16). */
export type CSeq = { readonly sequence: number; readonly method: string };

/** A token or media type with parameters: Content-Type, Accept, Event, Subscription-State. */
export type Parameterized = { readonly value: string; readonly parameters: Parameters };

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

const contact: Form<Address | '*'> = {
  parse: (text) => (text === '*' ? '*' : parseAddress(text)),
  print: (value) => (value === '*' ? '*' : printAddress(value)),
};

/**
 * `word [ "@" word ]`. The value is only compared byte for byte, so the check is limited to characters that would break
 * a line.
 */
const callId: Form<string> = {
  parse: (text) => (/^[^\s\p{Cc}]+$/u.test(text) ? text : new Fault('Malformed identifier')),
  print: (text) => text,
};

const cseq: Form<CSeq> = {
  parse: (text) => {
    const [, digits = '', method = ''] = /^(\d+)[ \t]+(\S+)$/.exec(text) ?? [];
    const sequence = parseNumber(digits, max.sequence);
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
  route: list('Route', nameAddress),
  recordRoute: list('Record-Route', nameAddress),
  /** RFC 3327. */
  path: list('Path', nameAddress),
  /** RFC 3515, RFC 3892. */
  referTo: single('Refer-To', nameAddress),
  referredBy: single('Referred-By', nameAddress),
  /** RFC 3325. */
  assertedIdentity: list('P-Asserted-Identity', nameAddress),
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

/**
 * The headers that this stack reads and writes, each with its value's form (RFC 3261 §20 where no other RFC is named).
 */
import { type Address, parseAddress, printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { isToken, parseNumber } from './grammar.ts';
import { type HeaderKind, keyOf } from './headers.ts';
import { Parameters, parseParameters } from './parameters.ts';
import { parseVia, printVia, type Via } from './via.ts';

export type CSeq = { readonly sequence: number; readonly method: string };

/** A token or media type with parameters: Content-Type, Accept, Event, Subscription-State. */
export type Parameterized = { readonly value: string; readonly parameters: Parameters };

type Form<Value> = Pick<HeaderKind<Value>, 'parse' | 'print'>;

/** Numbers of seconds and CSeq end before 2^32 and 2^31 (§20.19, §8.1.1.5). */
const most = { seconds: 2 ** 32 - 1, sequence: 2 ** 31 - 1, forwards: 255, length: 2 ** 32 - 1 };

const one = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({
  name,
  key: keyOf(name),
  list: false,
  mayBeEmpty: false,
  ...form,
});
const list = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({ ...one(name, form), list: true });
const listOrNone = <Value>(name: string, form: Form<Value>): HeaderKind<Value> => ({
  ...list(name, form),
  mayBeEmpty: true,
});

const asWritten: Form<string> = { parse: (text) => text, print: (text) => text };
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

/** `word [ "@" word ]`; what is compared byte for byte is checked only for what would break a line. */
const callId: Form<string> = {
  parse: (text) => (/^[^\s\p{Cc}]+$/u.test(text) ? text : new Fault('Malformed identifier')),
  print: (text) => text,
};

const cseq: Form<CSeq> = {
  parse: (text) => {
    const [, digits = '', method = ''] = /^(\d+)[ \t]+(\S+)$/.exec(text) ?? [];
    const sequence = parseNumber(digits, most.sequence);
    if (sequence instanceof Fault) return sequence;
    return isToken(method) ? { sequence, method } : new Fault('Malformed method');
  },
  print: ({ sequence, method }) => `${sequence} ${method}`,
};

// Written `application/sdp` or `application / sdp`; an accepted range may hold asterisks, an event package has no
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

/** §20.17: always GMT. Milliseconds since 1970. */
const date: Form<number> = {
  parse: (text) => {
    const time = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    return Number.isNaN(time) ? new Fault('Not a date in GMT') : time;
  },
  print: (time) => new Date(time).toUTCString(),
};

/** A header that is text: User-Agent, Server, Subject, and what this stack has no form for. */
export const textHeader = (name: string): HeaderKind<string> => ({ ...one(name, asWritten), mayBeEmpty: true });

export const header = {
  via: list<Via>('Via', { parse: parseVia, print: printVia }),
  from: one('From', nameAddress),
  to: one('To', nameAddress),
  callId: one('Call-ID', callId),
  cseq: one('CSeq', cseq),
  maxForwards: one('Max-Forwards', number(most.forwards)),
  contact: list('Contact', contact),
  route: list('Route', nameAddress),
  recordRoute: list('Record-Route', nameAddress),
  /** RFC 3327. */
  path: list('Path', nameAddress),
  /** RFC 3515, RFC 3892. */
  referTo: one('Refer-To', nameAddress),
  referredBy: one('Referred-By', nameAddress),
  /** RFC 3325. */
  assertedIdentity: list('P-Asserted-Identity', nameAddress),
  /** Seconds; the sender of one that cannot be read is treated as one who sent none (RFC 4475 §3.1.2.4). */
  expires: one('Expires', number(most.seconds)),
  minExpires: one('Min-Expires', number(most.seconds)),
  contentLength: one('Content-Length', number(most.length)),
  contentType: one('Content-Type', parameterized),
  contentEncoding: list('Content-Encoding', token),
  accept: listOrNone('Accept', parameterized),
  acceptEncoding: listOrNone('Accept-Encoding', token),
  allow: listOrNone('Allow', token),
  supported: listOrNone('Supported', token),
  unsupported: list('Unsupported', token),
  require: list('Require', token),
  proxyRequire: list('Proxy-Require', token),
  /** RFC 6665. */
  event: one('Event', parameterized),
  subscriptionState: one('Subscription-State', parameterized),
  allowEvents: listOrNone('Allow-Events', token),
  userAgent: textHeader('User-Agent'),
  server: textHeader('Server'),
  warning: textHeader('Warning'),
  retryAfter: textHeader('Retry-After'),
  subject: textHeader('Subject'),
  date: one('Date', date),
} as const;

import { Fault } from './fault.ts';
import { isToken } from './grammar.ts';
import { type CSeq, header } from './header-kinds.ts';
import { Headers } from './headers.ts';
import type { Address } from './address.ts';
import { readHead, type SizeLimits } from './head.ts';
import { parseUri, printUri, type Uri } from './uri.ts';
import type { Via } from './via.ts';

/** Common part of requests and responses: the headers without which a message is malformed. */
class Envelope {
  readonly headers: Headers;
  /** A view into the packet that the message was parsed from. */
  readonly body: Buffer;

  constructor(headers: Headers, body: Buffer) {
    this.headers = headers;
    this.body = body;
  }

  /** The topmost Via. */
  get via(): Via {
    return assertReadable(this.headers.first(header.via));
  }

  get from(): Address {
    return assertReadable(this.headers.first(header.from));
  }

  get to(): Address {
    return assertReadable(this.headers.first(header.to));
  }

  get callId(): string {
    return assertReadable(this.headers.first(header.callId));
  }

  get cseq(): CSeq {
    return assertReadable(this.headers.first(header.cseq));
  }

  get fromTag(): string | undefined {
    return this.from.parameters.get('tag');
  }

  get toTag(): string | undefined {
    return this.to.parameters.get('tag');
  }
}

/** A request (RFC 3261 §7.1). Immutable. */
export class SipRequest extends Envelope {
  readonly kind = 'request';
  /** Case-sensitive (RFC 3261 §7.1). */
  readonly method: string;
  /** The Request-URI. */
  readonly uri: Uri;

  constructor(method: string, uri: Uri, headers: Headers, body: Buffer = noBody) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }

  /** The same request with other headers and, optionally, another Request-URI. */
  with(headers: Headers, uri: Uri = this.uri): SipRequest {
    return new SipRequest(this.method, uri, headers, this.body);
  }
}

/** A response (RFC 3261 §7.2). Immutable. */
export class SipResponse extends Envelope {
  readonly kind = 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, headers: Headers, body: Buffer = noBody) {
    super(headers, body);
    this.status = status;
    this.reason = reason;
  }

  /** The same response with other headers. */
  with(headers: Headers): SipResponse {
    return new SipResponse(this.status, this.reason, headers, this.body);
  }
}

/** A well-formed message. */
export type SipMessage = SipRequest | SipResponse;

/** What a response is built from (RFC 3261 §8.2.6): a request, or the readable part of a malformed one. */
export type Answerable = { readonly method: string; readonly headers: Headers };

/** A packet that is not a SIP message, or a message with a syntax error in a part that every element must read. */
export type Malformed = {
  readonly kind: 'malformed';
  /** 400, 505 or 513. */
  readonly code: number;
  /** The reason phrase of the response. */
  readonly reason: string;
  /**
   * Null if no response may be sent: the message is a response or an ACK, or has no Via, without which the sender
   * cannot match a response. If Via cannot be parsed, the response goes to the source of the packet.
   */
  readonly answerTo: Answerable | null;
};

const noBody = Buffer.alloc(0);

/** Bytes of a message, bytes of its header section, and header fields. Larger messages get 513, more fields 400. */
export const defaultLimits: SizeLimits = { bytes: 65_535, headBytes: 32_768, fields: 256 };

/**
 * Parses one complete message: a datagram, or one frame of a stream. Leading empty lines are skipped (RFC 3261 §7.5).
 * A body shorter than its Content-Length is malformed; bytes beyond it are discarded (§18.3). Only Via, From, To,
 * Call-ID, CSeq, Max-Forwards and Content-Length are parsed; other headers are parsed on first use.
 */
export function parseMessage(bytes: Buffer, limits: SizeLimits = defaultLimits): SipMessage | Malformed {
  const head = readHead(bytes, limits);
  const headers = new Headers(head.fields);
  return looksLikeResponse.test(head.startLine)
    ? parseResponse(head, headers, bytes)
    : parseRequest(head, headers, bytes);
}

type Head = ReturnType<typeof readHead>;
type Rejection = { readonly code: number; readonly reason: string };

/** Recognizes a response however malformed its status line is, as a response is never answered. */
const looksLikeResponse = /^\s*SIP\//i;
const requestLine = /^([^ ]+) ([^ ]+) SIP\/(\d+\.\d+)$/i;
/** The reason phrase may be empty; then some servers omit the space before it, too. */
const statusLine = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\p{Cc}]*))?$/iu;

function parseRequest(head: Head, headers: Headers, bytes: Buffer): SipRequest | Malformed {
  const [, method, target = '', version] = requestLine.exec(head.startLine) ?? [];
  const malformed = (rejection: Rejection): Malformed => ({
    kind: 'malformed',
    ...rejection,
    answerTo: answerableOf(method, head, headers),
  });
  if (method === undefined || !isToken(method)) return malformed({ code: 400, reason: 'Malformed request line' });
  if (version !== '2.0') return malformed({ code: 505, reason: 'Version Not Supported' });
  const uri = parseUri(target);
  if (uri instanceof Fault) return malformed({ code: 400, reason: `Request-URI: ${uri.reason}` });
  // RFC 3261 §19.1.1, table 1: a Request-URI must not contain headers (RFC 4475 §3.1.2.11).
  if ('headers' in uri && uri.headers !== undefined)
    return malformed({ code: 400, reason: 'Request-URI: Headers in it' });
  const fault = head.fault ?? faultOf(headers, method);
  if (fault !== undefined) return malformed(fault);
  const body = bodyOf(headers, bytes, head.end);
  return body instanceof Fault
    ? malformed({ code: 400, reason: body.reason })
    : new SipRequest(method, uri, headers, body);
}

function parseResponse(head: Head, headers: Headers, bytes: Buffer): SipResponse | Malformed {
  const [, status, reason = ''] = statusLine.exec(head.startLine) ?? [];
  const malformed = (why: string): Malformed => ({ kind: 'malformed', code: 400, reason: why, answerTo: null });
  if (status === undefined) return malformed('Malformed status line');
  const fault = head.fault ?? faultOf(headers);
  if (fault !== undefined) return malformed(fault.reason);
  const body = bodyOf(headers, bytes, head.end);
  return body instanceof Fault ? malformed(body.reason) : new SipResponse(Number(status), reason, headers, body);
}

/** The first word of an unreadable request line counts as its method, as an ACK is never answered (RFC 3261 §17). */
function answerableOf(method: string | undefined, head: Head, headers: Headers): Answerable | null {
  const name = method ?? head.startLine.trim().split(/[ \t]/, 1)[0] ?? '';
  return !headers.has(header.via) || name === 'ACK' ? null : { method: name, headers };
}

/** The first mandatory header that is missing, repeated or malformed. */
function faultOf(headers: Headers, method?: string): Rejection | undefined {
  const [via, from, to, callId, cseq] = [
    headers.first(header.via),
    headers.one(header.from),
    headers.one(header.to),
    headers.one(header.callId),
    headers.one(header.cseq),
  ];
  const fault =
    faultIn('Via', via) ??
    faultIn('From', from) ??
    faultIn('To', to) ??
    faultIn('Call-ID', callId) ??
    faultIn('CSeq', cseq) ??
    optionalFault(headers);
  if (fault !== undefined) return { code: 400, reason: fault };
  if (method !== undefined && !(cseq instanceof Fault) && cseq?.method !== method)
    return { code: 400, reason: 'CSeq: Another method' };
  return undefined;
}

function faultIn(name: string, value: unknown): string | undefined {
  if (value === undefined) return `Missing ${name}`;
  return value instanceof Fault ? value.reason : undefined;
}

function optionalFault(headers: Headers): string | undefined {
  const value = headers.one(header.maxForwards);
  return value instanceof Fault ? value.reason : undefined;
}

function bodyOf(headers: Headers, bytes: Buffer, start: number): Buffer | Fault {
  const length = headers.one(header.contentLength);
  if (length instanceof Fault) return length;
  if (length === undefined) return bytes.subarray(start);
  return start + length > bytes.length
    ? new Fault('Content-Length: Longer than the message')
    : bytes.subarray(start, start + length);
}

/** `parseMessage` has checked this header; only a message that our own code built can lack it. @throws Error */
function assertReadable<Value>(value: Value | Fault | undefined): Value {
  if (value === undefined) throw new Error('the message was built without a mandatory header');
  if (value instanceof Fault) throw new Error(`the message was built with a malformed header: ${value.reason}`);
  return value;
}

/** The bytes of a message. Content-Length is always computed from the body. */
export function serialize(message: SipMessage): Buffer {
  const { body } = message;
  const head = Buffer.from(printHead(message));
  return body.length === 0 ? head : Buffer.concat([head, body]);
}

function printHead(message: SipMessage): string {
  let text =
    message.kind === 'request'
      ? `${message.method} ${printUri(message.uri)} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  for (const { key, name, value } of message.headers)
    if (key !== header.contentLength.key) text += `${name}: ${value}\r\n`;
  return `${text}Content-Length: ${message.body.length}\r\n\r\n`;
}

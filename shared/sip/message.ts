import { Fault } from './fault.ts';
import { isToken } from './grammar.ts';
import { type CSeq, header } from './header-kinds.ts';
import { type Field, Headers } from './headers.ts';
import type { Address } from './address.ts';
import { readHead, type SizeLimits } from './head.ts';
import { parseUri, printUri, type Uri } from './uri.ts';
import type { Via } from './via.ts';

/** What requests and responses have in common. The headers read here are those without which a message is malformed. */
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
    return present(this.headers.first(header.via));
  }

  get from(): Address {
    return present(this.headers.one(header.from));
  }

  get to(): Address {
    return present(this.headers.one(header.to));
  }

  get callId(): string {
    return present(this.headers.one(header.callId));
  }

  get cseq(): CSeq {
    return present(this.headers.one(header.cseq));
  }

  get fromTag(): string | undefined {
    return this.from.parameters.get('tag');
  }

  get toTag(): string | undefined {
    return this.to.parameters.get('tag');
  }
}

export class SipRequest extends Envelope {
  readonly kind = 'request';
  /** Case counts (§7.1). */
  readonly method: string;
  /** The Request-URI. */
  readonly uri: Uri;

  constructor(method: string, uri: Uri, headers: Headers, body: Buffer = noBody) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }

  /** The same request with other headers, or another Request-URI. */
  with(headers: Headers, uri: Uri = this.uri): SipRequest {
    return new SipRequest(this.method, uri, headers, this.body);
  }
}

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

  with(headers: Headers): SipResponse {
    return new SipResponse(this.status, this.reason, headers, this.body);
  }
}

export type SipMessage = SipRequest | SipResponse;

/** What a response is made from (§8.2.6): a request, or as much of a malformed one as could be read. */
export type Answerable = { readonly method: string; readonly headers: Headers };

/** A packet that is no SIP message, or one that breaks the grammar where every element has to read it. */
export type Malformed = {
  readonly kind: 'malformed';
  /** 400, 505 or 513. */
  readonly code: number;
  /** The reason phrase of the answer. */
  readonly reason: string;
  /**
   * Null where nothing may be sent back: a response, an ACK, or no Via, without which no answer is understood. Where
   * the Via cannot be read, the answer goes where the packet came from.
   */
  readonly answerTo: Answerable | null;
};

const noBody = Buffer.alloc(0);

/** Bytes of a whole message and of its header section, and header fields; what goes beyond is 513 or 400. */
export const defaultLimits: SizeLimits = { bytes: 65_535, headBytes: 32_768, fields: 256 };

/**
 * Parses one whole message: a datagram, or what a stream's framing cut out. Empty lines before it are skipped (§7.5);
 * a body shorter than its Content-Length is malformed, what follows a longer one is dropped (§18.3). Only the headers
 * that make a message (Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length) are looked into.
 */
export function parseMessage(bytes: Buffer, limits: SizeLimits = defaultLimits): SipMessage | Malformed {
  const head = readHead(bytes, limits);
  const headers = new Headers(head.fields);
  return responding.test(head.startLine) ? parseResponse(head, headers, bytes) : parseRequest(head, headers, bytes);
}

type Head = ReturnType<typeof readHead>;
type Rejection = { readonly code: number; readonly reason: string };

/** However malformed its line is: a response is never answered. */
const responding = /^\s*SIP\//i;
const requestLine = /^([^ ]+) ([^ ]+) SIP\/(\d+\.\d+)$/i;
const statusLine = /^SIP\/2\.0 ([1-6]\d\d) ([^\p{Cc}]*)$/iu;

function parseRequest(head: Head, headers: Headers, bytes: Buffer): SipRequest | Malformed {
  const [, method, target = '', version] = requestLine.exec(head.startLine) ?? [];
  const rejected = (rejection: Rejection): Malformed => ({
    kind: 'malformed',
    ...rejection,
    answerTo: answerable(method, head, headers),
  });
  if (method === undefined || !isToken(method)) return rejected({ code: 400, reason: 'Malformed request line' });
  if (version !== '2.0') return rejected({ code: 505, reason: 'Version Not Supported' });
  const uri = parseUri(target);
  if (uri instanceof Fault) return rejected({ code: 400, reason: `Request-URI: ${uri.reason}` });
  // §19.1.1, table 1: what would become headers has no place there (RFC 4475 §3.1.2.11).
  if ('headers' in uri && uri.headers !== undefined)
    return rejected({ code: 400, reason: 'Request-URI: Headers in it' });
  const fault = head.fault ?? faultOf(headers, method);
  if (fault !== undefined) return rejected(fault);
  const body = bodyOf(headers, bytes, head.end);
  return body instanceof Fault
    ? rejected({ code: 400, reason: body.reason })
    : new SipRequest(method, uri, headers, body);
}

function parseResponse(head: Head, headers: Headers, bytes: Buffer): SipResponse | Malformed {
  const [, status, reason = ''] = statusLine.exec(head.startLine) ?? [];
  const rejected = (why: string): Malformed => ({ kind: 'malformed', code: 400, reason: why, answerTo: null });
  if (status === undefined) return rejected('Malformed status line');
  const fault = head.fault ?? faultOf(headers);
  if (fault !== undefined) return rejected(fault.reason);
  const body = bodyOf(headers, bytes, head.end);
  return body instanceof Fault ? rejected(body.reason) : new SipResponse(Number(status), reason, headers, body);
}

/** The method of a request line that cannot be read is its first word: an ACK is never answered (§17). */
function answerable(method: string | undefined, head: Head, headers: Headers): Answerable | null {
  const name = method ?? head.startLine.trim().split(/[ \t]/, 1)[0] ?? '';
  return !headers.has(header.via) || name === 'ACK' ? null : { method: name, headers };
}

/** The first of the headers that every message needs which is missing, twice there, or not to be read. */
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

const faultIn = (name: string, value: unknown): string | undefined =>
  value === undefined ? `Missing ${name}` : value instanceof Fault ? value.reason : undefined;

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

/** The header was seen when the message was parsed, or the message was built without it. */
function present<Value>(value: Value | Fault | undefined): Value {
  if (value === undefined) throw new Error('a message was built without what it needs');
  if (value instanceof Fault) throw new Error(`a message was built wrongly: ${value.reason}`);
  return value;
}

/** The message as it goes out. Its Content-Length is that of its body, whatever its headers say. */
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
  for (const field of message.headers) if (field.key !== header.contentLength.key) text += printField(field);
  return `${text}Content-Length: ${message.body.length}\r\n\r\n`;
}

const printField = ({ name, value }: Field): string => `${name}: ${value}\r\n`;

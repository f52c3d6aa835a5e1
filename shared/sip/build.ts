import type { Address } from './address.ts';
import { type CSeq, header } from './header-kinds.ts';
import { Field, Headers } from './headers.ts';
import { type Answerable, SipRequest, SipResponse } from './message.ts';
import type { Uri } from './uri.ts';
import type { Via } from './via.ts';

/** The parts of a request (RFC 3261 §8.1.1). A request without `via` gets one before it is sent. */
export type RequestParts = {
  readonly method: string;
  readonly uri: Uri;
  readonly via?: Via;
  readonly from: Address;
  readonly to: Address;
  readonly callId: string;
  readonly sequence: number;
  /** Default: 70 (RFC 3261 §8.1.1.6). */
  readonly maxForwards?: number;
  /** Values of Route, in the order in which the request visits them. */
  readonly route?: readonly Address[];
  /** Further headers, appended to those above. */
  readonly headers?: Headers;
  readonly body?: Buffer;
};

/** A request with its mandatory headers in a fixed order: Via and Route first, as proxies need them first. */
export function newRequest(parts: RequestParts): SipRequest {
  const cseq: CSeq = { sequence: parts.sequence, method: parts.method };
  const fields = [
    ...(parts.via === undefined ? [] : [Field.of(header.via, parts.via)]),
    ...(parts.route ?? []).map((route) => Field.of(header.route, route)),
    Field.of(header.maxForwards, parts.maxForwards ?? 70),
    Field.of(header.from, parts.from),
    Field.of(header.to, parts.to),
    Field.of(header.callId, parts.callId),
    Field.of(header.cseq, cseq),
    ...(parts.headers ?? Headers.none),
  ];
  return new SipRequest(parts.method, parts.uri, new Headers(fields), parts.body);
}

/** The parts of a response that its request does not determine. */
export type ResponseParts = {
  readonly status: number;
  /** Default: the registered phrase of the status. */
  readonly reason?: string;
  /** Added to To if it has no tag. Every response except 100 needs one (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  /** Further headers, appended to those copied from the request. */
  readonly headers?: Headers;
  readonly body?: Buffer;
};

const copiedHeaders: ReadonlySet<string> = new Set(
  [header.via, header.from, header.to, header.callId, header.cseq].map(({ key }) => key),
);

/**
 * A response to a request (RFC 3261 §8.2.6). Via, From, To, Call-ID and CSeq are copied as they were received, even if
 * a malformed request's fields cannot be parsed. `markSource` must have marked the topmost Via before.
 */
export function newResponse(request: Answerable, parts: ResponseParts): SipResponse {
  const { status, toTag } = parts;
  const fields = [...request.headers]
    .filter(({ key }) => copiedHeaders.has(key))
    .map((field) => (field.key === header.to.key ? addToTag(field, toTag) : field));
  const headers = parts.headers === undefined ? new Headers(fields) : new Headers([...fields, ...parts.headers]);
  return new SipResponse(status, (parts.reason ?? phraseOf(status)).replace(/\p{Cc}+/gu, ' '), headers, parts.body);
}

function addToTag(to: Field, tag: string | undefined): Field {
  const value = tag === undefined ? [] : to.values(header.to);
  if (!('length' in value)) return to;
  const [address] = value;
  if (address === undefined || tag === undefined || address.parameters.has('tag')) return to;
  return Field.of(header.to, { ...address, parameters: address.parameters.with('tag', tag) });
}

/** Reason phrases of RFC 3261 §21 and of the RFCs that added statuses. */
const phrases: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  199: 'Early Dialog Terminated',
  200: 'OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  439: 'First Hop Lacks Outbound Support',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

/** The registered phrase of a status. */
export const phraseOf = (status: number): string => phrases[status] ?? 'Unknown';

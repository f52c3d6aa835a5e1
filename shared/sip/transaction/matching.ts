/** Matching messages to transactions (RFC 3261 §17.1.3, §17.2.3). */
import { printUri } from '../uri.ts';
import { branchCookie, branchOf, printVia, type Via } from '../via.ts';
import type { SipRequest, SipResponse } from '../message.ts';

/** RFC 3261 §17.1.3: a response matches the request with the same branch and method. */
export const clientKey = (message: SipRequest | SipResponse): string =>
  `${branchOf(message.via) ?? ''} ${message.cseq.method}`;

/**
 * RFC 3261 §17.2.3. An ACK matches its INVITE. A CANCEL is a transaction of its own; pass the method of the request
 * that it cancels to find that one (§9.2).
 */
export function serverKey(
  request: SipRequest,
  method: string = request.method === 'ACK' ? 'INVITE' : request.method,
): string {
  const { via } = request;
  return hasUniqueBranch(via)
    ? `${branchOf(via) ?? ''} ${via.host.toLowerCase()}:${via.port ?? ''} ${method}`
    : rfc2543Key(request, method);
}

/** The cookie alone is not a unique branch (RFC 4475 §3.3.15). */
function hasUniqueBranch(via: Via): boolean {
  const branch = branchOf(via) ?? '';
  return (
    branch.length > branchCookie.length &&
    branch.slice(0, branchCookie.length).toLowerCase() === branchCookie.toLowerCase()
  );
}

/**
 * The key of a client of RFC 2543, whose branches are not unique (RFC 3261 §17.2.3). It omits the To tag, because an
 * ACK has the tag of our response.
 */
const rfc2543Key = (request: SipRequest, method: string): string =>
  [
    printUri(request.uri),
    request.fromTag ?? '',
    request.callId,
    request.cseq.sequence,
    printVia(request.via),
    method,
  ].join(' ');

/** RFC 3261 §8.2.2.2: equal for a request outside a dialog that arrives again on another path. */
export const mergeKey = (request: SipRequest): string =>
  `${request.fromTag ?? ''} ${request.callId} ${request.cseq.sequence} ${request.method}`;

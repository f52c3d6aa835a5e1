/** Which transaction a message belongs to. */
import { printUri } from '../uri.ts';
import { branchCookie, branchOf, printVia, type Via } from '../via.ts';
import type { SipRequest, SipResponse } from '../message.ts';

/** §17.1.3: a response belongs to the request with its branch and method. */
export const clientKey = (message: SipRequest | SipResponse): string =>
  `${branchOf(message.via) ?? ''} ${message.cseq.method}`;

/**
 * §17.2.3. An ACK belongs to its INVITE, a CANCEL is a transaction of its own (§9.2: `method` finds the one that it
 * cancels).
 */
export function serverKey(
  request: SipRequest,
  method: string = request.method === 'ACK' ? 'INVITE' : request.method,
): string {
  const { via } = request;
  return hasUniqueBranch(via)
    ? `${branchOf(via) ?? ''} ${via.host.toLowerCase()}:${via.port ?? ''} ${method}`
    : elderKey(request, method);
}

/** A cookie with nothing behind it is unique to nobody (RFC 4475 §3.3.15). */
function hasUniqueBranch(via: Via): boolean {
  const branch = branchOf(via) ?? '';
  return (
    branch.length > branchCookie.length &&
    branch.slice(0, branchCookie.length).toLowerCase() === branchCookie.toLowerCase()
  );
}

/**
 * By RFC 2543, whose branches are not unique. Without the To tag, as an ACK carries that of our answer; the rest tells
 * transactions apart.
 */
const elderKey = (request: SipRequest, method: string): string =>
  [
    printUri(request.uri),
    request.fromTag ?? '',
    request.callId,
    request.cseq.sequence,
    printVia(request.via),
    method,
  ].join(' ');

/**
 * §8.2.2.2: the same request that came by another path has this in common with the first. Only requests outside dialogs
 * are looked at.
 */
export const mergeKey = (request: SipRequest): string =>
  `${request.fromTag ?? ''} ${request.callId} ${request.cseq.sequence} ${request.method}`;

/** The requests that derive from the request of a client transaction. */
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';

/** The ACK of a non-2xx final response: like the INVITE, but with the To of the response (RFC 3261 §17.1.1.3). */
export const newAck = (invite: SipRequest, response: SipResponse): SipRequest =>
  newRequestOnSameHop(invite, 'ACK', { to: response.to, headers: Headers.none });

/**
 * A CANCEL has the headers of the request, so that it takes the same path (RFC 3261 §9.1).
 * @param headers further ones, such as Reason (RFC 3326)
 */
export const newCancel = (request: SipRequest, headers: Headers = Headers.none): SipRequest =>
  newRequestOnSameHop(request, 'CANCEL', { to: request.to, headers });

function newRequestOnSameHop(
  request: SipRequest,
  method: string,
  { to, headers }: Pick<SipRequest, 'to' | 'headers'>,
): SipRequest {
  const { uri, via, from, callId, cseq } = request;
  const route = request.headers.all(header.route);
  return newRequest({
    method,
    uri,
    via,
    from,
    to,
    callId,
    sequence: cseq.sequence,
    route: route instanceof Fault ? [] : route,
    headers,
  });
}

/** The requests that a client transaction sends by itself, or on behalf of another. */
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';

/** The ACK of a final response other than 2xx (§17.1.1.3): the INVITE's, with the To of the response. */
export const newAck = (invite: SipRequest, response: SipResponse): SipRequest =>
  sameHop(invite, 'ACK', { to: response.to });

/** §9.1: everything is the request's, so that the CANCEL goes the same way. */
export const newCancel = (request: SipRequest): SipRequest => sameHop(request, 'CANCEL', { to: request.to });

function sameHop(request: SipRequest, method: string, { to }: Pick<SipRequest, 'to'>): SipRequest {
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
    headers: Headers.none,
  });
}

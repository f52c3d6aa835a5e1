import { newRequest } from '../build.ts';
import { ackOf2xx, dialogOfClient, requestIn } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import type { SipRequest, SipResponse } from '../message.ts';

/** Whether a response is the 2xx of an INVITE. */
export const isAnswer = ({ cseq, status }: SipResponse): boolean =>
  cseq.method === 'INVITE' && status >= 200 && status < 300;

/**
 * ACK and BYE for the 2xx of an INVITE that no one awaits (RFC 3261 §13.2.2.4), without Via. None if it has no Contact
 * or route that can be read.
 */
export function endOfAnswer(answer: SipResponse): readonly SipRequest[] {
  const { from, to, callId, cseq } = answer;
  const invite = newRequest({ method: 'INVITE', uri: to.uri, from, to, callId, sequence: cseq.sequence });
  const dialog = dialogOfClient(invite, answer);
  if (dialog instanceof Fault) return [];
  return [ackOf2xx(dialog, invite, {}), requestIn(dialog, { method: 'BYE' }).request];
}

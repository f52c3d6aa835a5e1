/** INVITEs as text, for another task, which ends them. */
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { parseMessage, serialize, SipRequest } from '../message.ts';

/** What a response, a CANCEL, an ACK or a dialog has of its INVITE. */
const kept: ReadonlySet<string> = new Set(
  [
    header.via,
    header.route,
    header.maxForwards,
    header.from,
    header.to,
    header.callId,
    header.cseq,
    header.contact,
  ].map(({ key }) => key),
);

/** The head of an INVITE, without what its end does not need. */
export const headOf = ({ method, uri, headers }: SipRequest): string =>
  serialize(new SipRequest(method, uri, new Headers([...headers].filter(({ key }) => kept.has(key))))).toString();

/** An INVITE of a stored head; undefined: the text is none. */
export function inviteOfHead(head: string): SipRequest | undefined {
  const message = parseMessage(Buffer.from(head));
  return message.kind === 'request' && message.method === 'INVITE' ? message : undefined;
}

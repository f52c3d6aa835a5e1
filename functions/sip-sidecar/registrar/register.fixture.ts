import { parseMessage, type SipRequest } from '../../../shared/sip/message.ts';
import { requestedContacts, type RequestedContacts } from './contacts.ts';

/** A REGISTER of user `a` with these header lines. */
export const register = (...fields: readonly string[]): SipRequest => {
  const message = parseMessage(
    Buffer.from(
      [
        'REGISTER sip:example.com SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        'From: <sip:a@example.com>;tag=1',
        'To: <sip:a@example.com>',
        'Call-ID: 1',
        'CSeq: 1 REGISTER',
        ...fields,
        '',
        '',
      ].join('\r\n'),
    ),
  );
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
};
/** What the registrar reads from such a REGISTER. */
export const requested = (...fields: readonly string[]) => requestedContacts(register(...fields), 'a');
/** The same, if the REGISTER is valid. */
export const contacts = (...fields: readonly string[]): RequestedContacts => {
  const found = requested(...fields);
  if (typeof found === 'object' && 'status' in found) throw new Error(found.reason);
  return found;
};

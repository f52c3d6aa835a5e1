import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { parseMessage, serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { sipDomain } from './sidecar.fixture.ts';
import { requestedContacts, type RequestedContacts } from '../registrar/contacts.ts';

/** A REGISTER of user `a` with these header lines. */
const register = (...fields: readonly string[]): SipRequest => {
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

export type RegisterOptions = { readonly callId?: string; readonly expires?: number; readonly host?: string };

/** A REGISTER of a user, as it is received. */
export function registerOf(
  user: string,
  cseq: number,
  { callId = 'call', expires = 3_600, host = '192.0.2.1' }: RegisterOptions = {},
): SipRequest {
  const own = address(sipUri({ user, host: sipDomain }));
  const headers = new Headers([
    Field.of(textHeader('Contact'), `<sip:${user}@${host}:5060>`),
    Field.of(header.expires, expires),
  ]);
  const request = parseMessage(
    serialize(
      newRequest({
        method: 'REGISTER',
        uri: sipUri({ host: sipDomain }),
        via: newVia('UDP', '192.0.2.1', 5_060, 'z9hG4bK1'),
        from: address(own.uri, new Parameters([['tag', 't']])),
        to: own,
        callId,
        sequence: cseq,
        headers,
      }),
    ),
  );
  if (request.kind !== 'request') throw new Error('not a request');
  return request;
}

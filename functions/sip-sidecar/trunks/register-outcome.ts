import { hour, second } from '../../../shared/schema/time.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import type { SipRequest, SipResponse } from '../../../shared/sip/message.ts';
import { isSipUri } from '../../../shared/sip/uri.ts';
import type { RegistrationError } from '../../../shared/telephony/trunk-registration.ts';
import type { Reply } from '../outbound/outbound.ts';

/** Requested lifetime of a registration, in seconds. */
export const requestedSeconds = hour / second;

/** The outcome of one REGISTER. `seconds`: the granted lifetime. */
export type RegisterOutcome =
  | { readonly kind: 'registered'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly error: Omit<RegistrationError, 'at'> };

/** Whether a response asks for credentials. */
export const isChallenge = ({ status }: SipResponse): boolean => status === 401 || status === 407;

/** The outcome of the reply to a REGISTER. @param fault why a challenge was not answered */
export function registerOutcome(reply: Reply, request: SipRequest, fault?: string): RegisterOutcome {
  if (reply.kind === 'failed') return { kind: 'failed', error: { code: reply.code, reason: reply.reason } };
  const { response } = reply;
  if (response.status >= 300 || response.status < 200)
    return { kind: 'failed', error: { code: response.status, reason: fault ?? response.reason } };
  return { kind: 'registered', seconds: grantedSeconds(response, request) };
}

/** The granted lifetime: of our own contact, or else of Expires (RFC 3261 §10.2.4). */
function grantedSeconds(response: SipResponse, request: SipRequest): number {
  const [own] = contactsOf(request);
  const granted = contactsOf(response).find(({ user, host }) => user === own?.user && host === own?.host)?.seconds;
  const expires = response.headers.one(header.expires);
  return granted ?? (typeof expires === 'number' ? expires : requestedSeconds);
}

function contactsOf({ headers }: SipRequest | SipResponse) {
  const contacts = headers.all(header.contact);
  if (contacts instanceof Fault) return [];
  return contacts.flatMap((contact) => {
    if (contact === '*' || !isSipUri(contact.uri)) return [];
    const { user, host } = contact.uri;
    const seconds = Number(contact.parameters.get('expires') ?? Number.NaN);
    return [{ user, host, seconds: Number.isInteger(seconds) && seconds > 0 ? seconds : undefined }];
  });
}

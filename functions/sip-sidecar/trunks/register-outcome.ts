import { hour, second } from '#schema/time.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest, SipResponse } from '#sip/message.ts';
import { isSipUri } from '#sip/uri.ts';
import type { RegistrationError } from '#telephony/trunk-registration.ts';
import type { Reply } from '../outbound/outbound.ts';

/** Requested lifetime of a registration, in seconds. */
export const requestedSeconds = hour / second;

/**
 * The outcome of one REGISTER. `seconds`: the granted lifetime. `retryAfter`: seconds for which the peer asks not to be
 * tried again.
 */
export type RegisterOutcome =
  | { readonly kind: 'registered'; readonly seconds: number }
  | {
      readonly kind: 'failed';
      readonly error: Omit<RegistrationError, 'at'>;
      readonly retryAfter?: number;
    };

/** Whether a response asks for credentials. */
export const isChallenge = ({ status }: SipResponse): boolean => status === 401 || status === 407;

/** The lifetime to ask for after a 423 (RFC 3261 §10.2.8). Undefined unless Min-Expires exceeds the requested one. */
export function raisedInterval({ headers }: SipResponse, requested: number): number | undefined {
  const least = headers.one(header.minExpires);
  return typeof least === 'number' && requested > 0 && least > requested ? least : undefined;
}

/** The outcome of the reply to a REGISTER. @param fault why a challenge was not answered */
export function registerOutcome(reply: Reply, request: SipRequest, fault?: string): RegisterOutcome {
  if (reply.kind === 'failed') return { kind: 'failed', error: { code: reply.code, reason: reply.reason } };
  const { response } = reply;
  if (response.status < 300 && response.status >= 200)
    return { kind: 'registered', seconds: grantedSeconds(response, request) };
  const retryAfter = retryAfterOf(response);
  return {
    kind: 'failed',
    error: { code: response.status, reason: fault ?? response.reason },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** Seconds of Retry-After in a 500 or 503 (RFC 3261 §20.33). A comment and parameters may follow them. */
function retryAfterOf({ status, headers }: SipResponse): number | undefined {
  const text = status === 500 || status === 503 ? headers.first(header.retryAfter) : undefined;
  const [, digits] = typeof text === 'string' ? (/^(\d{1,10})(?![\d.])/.exec(text) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The granted lifetime (RFC 3261 §10.2.4): of our own contact; else, as some registrars rewrite it, the least of all
 * contacts; else that of Expires.
 */
function grantedSeconds(response: SipResponse, request: SipRequest): number {
  const [own] = contactsOf(request);
  const contacts = contactsOf(response);
  const granted = contacts.find(({ user, host }) => user === own?.user && host === own?.host);
  const expires = response.headers.one(header.expires);
  const lifetimes = (granted === undefined ? contacts : [granted]).flatMap(({ seconds }) => seconds ?? []);
  if (lifetimes.length > 0) return Math.min(...lifetimes);
  return typeof expires === 'number' && expires > 0 ? expires : requestedOf(request);
}

/** The lifetime that a REGISTER asked for. */
const requestedOf = ({ headers }: SipRequest): number => {
  const asked = headers.one(header.expires);
  return typeof asked === 'number' ? asked : requestedSeconds;
};

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

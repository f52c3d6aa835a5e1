import { day, second } from '#schema/time.ts';
import { printAddress, type Address } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest, SipResponse } from '#sip/message.ts';
import { isSipUri, printUri } from '#sip/uri.ts';
import type { RegistrationError } from '#telephony/trunk-registration.ts';
import type { Reply } from '../outbound/outbound.ts';

/**
 * The outcome of one REGISTER. `seconds`: the granted lifetime. `serviceRoute`: the routes of later requests (RFC
 * 3608), or why they cannot be followed. `associatedUris`: of the account, as the peer says (RFC 7315 §4.1). Both are
 * absent if the response has none. `retryAfter`: seconds for which the peer asks not to be tried again.
 */
export type RegisterOutcome =
  | {
      readonly kind: 'registered';
      readonly seconds: number;
      readonly serviceRoute?: readonly Address[] | Fault;
      readonly associatedUris?: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly error: Omit<RegistrationError, 'at'>;
      readonly retryAfter?: number;
    };

/** Whether a response asks for credentials. */
export const isChallenge = ({ status }: SipResponse): boolean => status === 401 || status === 407;

/** Seconds for which a registrar may demand that a trunk registers, or grant it, at most. */
const maxLifetime = day / second;

/**
 * The lifetime to ask for after a 423 (RFC 3261 §10.2.8). Undefined unless Min-Expires exceeds the requested one; a
 * fault if it is longer than a day.
 */
export function raisedInterval({ headers }: SipResponse, requested: number): number | Fault | undefined {
  const least = headers.one(header.minExpires);
  if (typeof least !== 'number' || requested <= 0 || least <= requested) return undefined;
  return least > maxLifetime ? new Fault(`Min-Expires above ${maxLifetime}`) : least;
}

/** URIs of a header that are kept at most, and characters of all of them. */
const maxKept = { count: 8, length: 1_024 } as const;

const isKeptWhole = (texts: readonly string[]): boolean =>
  texts.length <= maxKept.count && texts.join('').length <= maxKept.length;

/** The Service-Route of a 2xx, without parameters of the header; undefined: it has none. */
function serviceRouteOf({ headers }: SipResponse): readonly Address[] | Fault | undefined {
  const routes = headers.all(header.serviceRoute);
  if (routes instanceof Fault) return new Fault('it cannot be read');
  if (routes.length === 0) return undefined;
  // RFC 3608 §6.2: all of them are loose routers.
  const isLoose = ({ uri }: Address): boolean =>
    isSipUri(uri) && uri.parameters.has('lr') && !uri.parameters.has('maddr') && uri.headers === undefined;
  if (!routes.every(isLoose)) return new Fault('it is no loose router');
  return isKeptWhole(routes.map(printAddress)) ? routes : new Fault('it is too long');
}

/** The URIs of P-Associated-URI that fit; undefined: there are none. */
function associatedUrisOf({ headers }: SipResponse): readonly string[] | undefined {
  const all = headers.all(header.associatedUri);
  const uris = all instanceof Fault ? [] : all.map(({ uri }) => printUri(uri));
  const kept = uris.filter((_, at) => isKeptWhole(uris.slice(0, at + 1)));
  return kept.length === 0 ? undefined : kept;
}

/** The outcome of the reply to a REGISTER. @param fault why a challenge was not answered */
export function registerOutcome(reply: Reply, request: SipRequest, fault?: string): RegisterOutcome {
  if (reply.kind === 'failed') return { kind: 'failed', error: { code: reply.code, reason: reply.reason } };
  const { response } = reply;
  if (response.status < 300 && response.status >= 200) return registration(response, request);
  const retryAfter = retryAfterOf(response);
  return {
    kind: 'failed',
    error: { code: response.status, reason: fault ?? response.reason },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function registration(response: SipResponse, request: SipRequest): RegisterOutcome {
  const [serviceRoute, associatedUris] = [serviceRouteOf(response), associatedUrisOf(response)];
  return {
    kind: 'registered',
    seconds: Math.min(grantedSeconds(response, request), maxLifetime),
    ...(serviceRoute === undefined ? {} : { serviceRoute }),
    ...(associatedUris === undefined ? {} : { associatedUris }),
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

/** The lifetime that a REGISTER asked for; that of RFC 3261 §10.2.1.1 without one. */
const requestedOf = ({ headers }: SipRequest): number => {
  const asked = headers.one(header.expires);
  return typeof asked === 'number' ? asked : 3_600;
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

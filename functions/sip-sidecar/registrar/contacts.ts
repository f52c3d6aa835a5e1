import { contactKey, type BindingItem } from '../../telephony/rows/binding.ts';
import { second } from '#schema/time.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { normalizeHost } from '#sip/host.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Parameters } from '#sip/parameters.ts';
import { decodeEscapes, isSipUri, printUri, type SipUri, type Uri } from '#sip/uri.ts';

/** A contact of a REGISTER. `seconds`: its requested lifetime; 0 removes the binding. */
export type RequestedContact = Pick<BindingItem, 'q' | 'instance' | 'reg_id'> & {
  readonly key: string;
  readonly uri: string;
  readonly seconds: number;
};

/** The change that a REGISTER requests; `none`: it only queries the bindings. */
export type RequestedContacts = readonly RequestedContact[] | 'none' | 'remove all';

/** Why a REGISTER is rejected. */
export type Rejection = { readonly status: 400 | 403 | 423 | 500; readonly reason: string };

/** Lifetime of a binding in seconds. */
export const bindingTtl = { default: 3_600, min: 60, max: 3_600 } as const;

/** Contacts of a user name. */
export const maxContacts = 10;

const reject = (status: Rejection['status'], reason: string): Rejection => ({ status, reason });

/**
 * A canonical form of a contact's URI. URIs that differ only in other parameters are one contact, because no phone
 * registers two contacts that differ in them only.
 */
const canonicalUri = (uri: SipUri): string =>
  [
    uri.scheme,
    decodeEscapes(uri.user ?? ''),
    normalizeHost(uri.host),
    uri.port ?? '',
    (uri.parameters.get('transport') ?? 'udp').toLowerCase(),
  ].join(' ');

/** Delta-seconds are below 2^32 (RFC 3261 §20.19). */
const maxSeconds = 2 ** 32 - 1;

/** RFC 3261 §20.10: a malformed value counts as absent. */
const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,10}$/.test(text) ? Math.min(Number(text), maxSeconds) : undefined;

function qOf(text: string | undefined): number {
  const q = Number(text ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}

/**
 * The contacts of a REGISTER, or why it is rejected (RFC 3261 §10.3, steps 6 and 7). Contacts of other schemes are
 * ignored beside SIP contacts.
 * @param username the user name that the contacts belong to
 */
export function requestedContacts(request: SipRequest, username: string): RequestedContacts | Rejection {
  const contacts = request.headers.all(header.contact);
  if (contacts instanceof Fault) return reject(400, contacts.reason);
  const expires = request.headers.one(header.expires);
  const defaultSeconds = expires === undefined || expires instanceof Fault ? bindingTtl.default : expires;
  if (contacts.length === 0) return 'none';
  if (contacts.includes('*'))
    return contacts.length === 1 && defaultSeconds === 0 && !(expires instanceof Fault)
      ? 'remove all'
      : reject(400, 'Contact: * must be the only contact, with Expires: 0');
  const sipContacts = contacts.flatMap((contact) =>
    contact !== '*' && isSipUri(contact.uri) ? [{ uri: contact.uri, parameters: contact.parameters }] : [],
  );
  if (sipContacts.length === 0) return reject(400, 'Contact: Not a SIP URI');
  return eachContact(sipContacts.map((contact) => requestedContact(contact, defaultSeconds, username)));
}

/** All contacts or none. If a contact is repeated, the last one counts. */
function eachContact(requested: readonly RequestedContact[]): readonly RequestedContact[] | Rejection {
  if (requested.some(({ seconds }) => seconds > 0 && seconds < bindingTtl.min))
    return reject(423, 'Interval Too Brief');
  const distinct = [...new Map(requested.map((contact) => [contact.key, contact])).values()];
  return distinct.filter(({ seconds }) => seconds > 0).length > maxContacts
    ? reject(403, 'Too Many Contacts')
    : distinct;
}

function requestedContact(
  { uri, parameters }: { readonly uri: SipUri; readonly parameters: Parameters },
  defaultSeconds: number,
  username: string,
): RequestedContact {
  const seconds = secondsOf(parameters.get('expires')) ?? defaultSeconds;
  const flow = flowOf(parameters);
  return {
    ...flow,
    key: contactKey(username, { ...flow, uri: canonicalUri(uri) }),
    uri: printUri(uri),
    seconds: Math.min(seconds, bindingTtl.max),
    q: qOf(parameters.get('q')),
  };
}

/** Instance and flow of a contact (RFC 5626 §4.2): a `reg-id` counts only beside an instance (§6). */
function flowOf(parameters: Parameters): Pick<BindingItem, 'instance' | 'reg_id'> {
  const [instance, flow] = [parameters.get('+sip.instance'), parameters.get('reg-id')];
  if (instance === undefined || instance === '') return {};
  return flow !== undefined && /^[1-9]\d{0,8}$/.test(flow) ? { instance, reg_id: Number(flow) } : { instance };
}

/** The contacts of a phone line, which expire with it at the latest. @param end ISO 8601 */
export function contactsUntil(end: string, requested: RequestedContacts, at: Date): RequestedContacts {
  if (typeof requested === 'string') return requested;
  const left = Math.max(1, Math.floor((Date.parse(end) - at.getTime()) / second));
  return requested.map((contact) => ({ ...contact, seconds: Math.min(contact.seconds, left) }));
}

/** User and host of an address of record; undefined for a URI without user or of another scheme. */
export const aorOf = (uri: Uri): { readonly user: string; readonly host: string } | undefined =>
  isSipUri(uri) && uri.user !== undefined ? { user: decodeEscapes(uri.user), host: uri.host } : undefined;

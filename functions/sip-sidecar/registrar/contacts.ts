import { contactKey } from '../../telephony/rows/binding.ts';
import type { Address } from '../../../shared/sip/address.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { normalizeHost } from '../../../shared/sip/host.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { decodeEscapes, isSipUri, printUri, type SipUri, type Uri } from '../../../shared/sip/uri.ts';

/** A contact of a REGISTER. `seconds`: its requested lifetime; 0 removes the binding. */
export type RequestedContact = {
  readonly key: string;
  readonly uri: string;
  readonly seconds: number;
  readonly q: number;
};

/** The change that a REGISTER requests; `none`: it only queries the bindings. */
export type RequestedContacts = readonly RequestedContact[] | 'none' | 'remove all';

/** Why a REGISTER is rejected. */
export type Rejection = { readonly status: 400 | 423 | 500; readonly reason: string };

/** Lifetime of a binding in seconds. */
export const bindingTtl = { default: 3_600, min: 60, max: 3_600 } as const;

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
 * The contacts of a REGISTER, or why it is rejected (RFC 3261 §10.3, steps 6 and 7).
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
  const requested = contacts.map((contact) =>
    contact === '*' ? reject(400, 'Contact') : requestedContact(contact, defaultSeconds, username),
  );
  const rejection = requested.find((contact) => 'status' in contact);
  // If a contact is repeated, the last one counts.
  const byKey = requested.flatMap((contact) => ('key' in contact ? [[contact.key, contact] as const] : []));
  return rejection ?? [...new Map(byKey).values()];
}

function requestedContact(
  { uri, parameters }: Address,
  defaultSeconds: number,
  username: string,
): RequestedContact | Rejection {
  if (!isSipUri(uri)) return reject(400, 'Contact: Not a SIP URI');
  const seconds = secondsOf(parameters.get('expires')) ?? defaultSeconds;
  if (seconds > 0 && seconds < bindingTtl.min) return reject(423, 'Interval Too Brief');
  const instance = parameters.get('+sip.instance');
  const key = contactKey(username, {
    uri: canonicalUri(uri),
    ...(instance === undefined || instance === '' ? {} : { instance }),
  });
  return { key, uri: printUri(uri), seconds: Math.min(seconds, bindingTtl.max), q: qOf(parameters.get('q')) };
}

/** User and host of an address of record; undefined for a URI without user or of another scheme. */
export const aorOf = (uri: Uri): { readonly user: string; readonly host: string } | undefined =>
  isSipUri(uri) && uri.user !== undefined ? { user: decodeEscapes(uri.user), host: uri.host } : undefined;

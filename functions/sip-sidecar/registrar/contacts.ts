import { contactKey } from '../../telephony/rows/binding.ts';
import type { Address } from '../../../shared/sip/address.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { normalizeHost } from '../../../shared/sip/host.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { isSipUri, printUri, decodeEscapes, type SipUri, type Uri } from '../../../shared/sip/uri.ts';

/** A contact that a REGISTER names, for so many seconds (0: no more). */
export type WantedContact = {
  readonly key: string;
  readonly uri: string;
  readonly seconds: number;
  readonly q: number;
};

/** What a REGISTER asks for; `none`: what there is. */
export type Wanted = readonly WantedContact[] | 'none' | 'remove all';

export type Rejection = { readonly status: 400 | 423 | 500; readonly reason: string };

/** Seconds for which a binding is kept: unless it says, at least, and at most. */
export const bindingLife = { usual: 3_600, least: 60, most: 3_600 } as const;

const rejected = (status: Rejection['status'], reason: string): Rejection => ({ status, reason });

/**
 * One form of URIs that are equal but for how they are written; those that differ in parameters which no phone changes
 * are one, too.
 */
const canonical = (uri: SipUri): string =>
  [
    uri.scheme,
    decodeEscapes(uri.user ?? ''),
    normalizeHost(uri.host),
    uri.port ?? '',
    (uri.parameters.get('transport') ?? 'udp').toLowerCase(),
  ].join(' ');

const largestSeconds = 2 ** 32 - 1;

/** RFC 3261 §20.10: one that cannot be read is as one that is not there. */
const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,10}$/.test(text) ? Math.min(Number(text), largestSeconds) : undefined;

function qOf(text: string | undefined): number {
  const q = Number(text ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}

/** The contacts of a REGISTER (RFC 3261 §10.3, steps 6 and 7), or why it is refused. `username`: whose they are. */
export function wantedOf(request: SipRequest, username: string): Wanted | Rejection {
  const contacts = request.headers.all(header.contact);
  if (contacts instanceof Fault) return rejected(400, contacts.reason);
  const expires = request.headers.one(header.expires);
  const usual = expires === undefined || expires instanceof Fault ? bindingLife.usual : expires;
  if (contacts.length === 0) return 'none';
  if (contacts.includes('*'))
    return contacts.length === 1 && usual === 0 && !(expires instanceof Fault)
      ? 'remove all'
      : rejected(400, 'Contact: * goes alone, with Expires: 0');
  const wanted = contacts.map((contact) =>
    contact === '*' ? rejected(400, 'Contact') : wantedContact(contact, usual, username),
  );
  const rejection = wanted.find((each) => 'status' in each);
  // Of a contact that is there twice the last counts.
  return (
    rejection ?? [...new Map(wanted.flatMap((each) => ('key' in each ? [[each.key, each] as const] : []))).values()]
  );
}

function wantedContact({ uri, parameters }: Address, usual: number, username: string): WantedContact | Rejection {
  if (!isSipUri(uri)) return rejected(400, 'Contact: No SIP URI');
  const asked = secondsOf(parameters.get('expires')) ?? usual;
  if (asked > 0 && asked < bindingLife.least) return rejected(423, 'Interval Too Brief');
  const instance = parameters.get('+sip.instance');
  const key = contactKey(username, {
    uri: canonical(uri),
    ...(instance === undefined || instance === '' ? {} : { instance }),
  });
  return { key, uri: printUri(uri), seconds: Math.min(asked, bindingLife.most), q: qOf(parameters.get('q')) };
}

/** The user and host of an address of record. */
export const aorOf = (uri: Uri): { readonly user: string; readonly host: string } | undefined =>
  isSipUri(uri) && uri.user !== undefined ? { user: decodeEscapes(uri.user), host: uri.host } : undefined;

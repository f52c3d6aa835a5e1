import { isSipUri, type Uri } from '#sip/uri.ts';
import { dialedUser } from '#telephony/dialed-user.ts';

/** The user of a SIP URI, or the number of a tel URI, as it is written; empty for other URIs. */
export function userPartOf(uri: Uri): string {
  if (uri.scheme === 'tel') return `${uri.number}${uri.parameters.toString()}`;
  return isSipUri(uri) ? (uri.user ?? '') : '';
}

/** What a URI dials. */
export const dialedIn = (uri: Uri): string => dialedUser(userPartOf(uri));

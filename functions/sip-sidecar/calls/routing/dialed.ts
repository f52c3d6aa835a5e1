import { isSipUri, type Uri } from '#sip/uri.ts';
import { dialedUser } from '#telephony/dialed-user.ts';

/** What a URI dials: the user of a SIP URI, or the number of a tel URI; empty for other URIs. */
export function dialedIn(uri: Uri): string {
  if (uri.scheme === 'tel') return dialedUser(`${uri.number}${uri.parameters.toString()}`);
  return isSipUri(uri) ? dialedUser(uri.user ?? '') : '';
}

import { isIPv4 } from 'node:net';
import { isPublicAddress } from '../../../shared/outbound/address-guard.ts';

/** Where media go to: the address of a `c=` line (RFC 8866 §5.7), or of RTCP (RFC 3605 §2.1). */
const connection = /^(?:c=IN IP[46]|a=rtcp:\d{1,5} IN IP[46]) ([^\s/]+)/gm;
/** RFC 3264 §5.1, and what browsers name before they know better: nothing is sent there. */
const nowhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

const addressesIn = (sdp: string): readonly string[] =>
  [...sdp.matchAll(connection)].map(([, address = '']) => address).filter((address) => !nowhere.has(address));

/**
 * Where a relay sends the media for a party: to the addresses of its description, if the Internet leads there. What
 * names a private address is behind NAT, or wants the relay to send into our network: its media go to where its SIP
 * comes from.
 * @param heard the address from which the party is heard; undefined: it is not known
 * @returns `rejected` if there is no such address
 */
export function mediaSourceOf(
  sdp: string,
  heard: string | undefined,
  allowsPrivate: boolean,
): 'described' | 'rejected' | { readonly address: string } {
  if (allowsPrivate || addressesIn(sdp).every(isPublicAddress)) return 'described';
  return heard !== undefined && isIPv4(heard) && isPublicAddress(heard) ? { address: heard } : 'rejected';
}

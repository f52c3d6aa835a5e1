import { isIPv4 } from 'node:net';
import { isPublicAddress } from '#outbound/address-guard.ts';

/** RFC 3264 §5.1, and what browsers name before they know better: nothing is sent there. */
const nowhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Lines that say where media go to: `c=` (RFC 8866 §5.7), and RTCP with its port (RFC 3605 §2.1). */
const destination = /^(?:c=|a=rtcp:\S* ?)(.*)$/;

/**
 * The address of such a line; '' if it has another form than `IN IP4 <address>`: what a relay makes of that is not
 * known. Undefined: the line names none.
 */
function addressOf(line: string): string | undefined {
  const named = destination.exec(line)?.[1];
  if (named === undefined || (named === '' && !line.startsWith('c='))) return undefined;
  const [network, family, address = ''] = named.split(' ');
  return network === 'IN' && (family === 'IP4' || family === 'IP6') ? address : '';
}

const addressesIn = (sdp: string): readonly string[] =>
  sdp
    .split(/\r?\n/)
    .flatMap((line) => addressOf(line) ?? [])
    .filter((address) => !nowhere.has(address));

/** Where a relay sends the media for a party. */
export type MediaSource = {
  /** Undefined: to the addresses of its description. */
  readonly address: string | undefined;
  /** Whether the relay takes the address and the port from which its packets come instead. */
  readonly learns: boolean;
};

/**
 * Where a relay sends the media for a party: to the addresses of its description, and nowhere else, if the Internet
 * leads there, or its SIP comes from there. What names another private address is behind NAT, or wants the relay to
 * send into our network: its media go to where its SIP comes from, until the relay has learned its port.
 * @param heard the address from which the party is heard; undefined: it is not known
 * @returns `rejected` if there is no such address
 */
export function mediaSourceOf(
  sdp: string,
  heard: string | undefined,
  allowsPrivate: boolean,
): MediaSource | 'rejected' {
  const addresses = addressesIn(sdp);
  if (addresses.every(isPublicAddress)) return { address: undefined, learns: false };
  if (allowsPrivate && addresses.every((address) => address === heard)) return { address: undefined, learns: false };
  if (heard !== undefined && isIPv4(heard) && (allowsPrivate || isPublicAddress(heard)))
    return { address: heard, learns: true };
  return allowsPrivate ? { address: undefined, learns: true } : 'rejected';
}

import { isIP, isIPv4 } from 'node:net';
import { isPublicAddress } from '#outbound/address-guard.ts';
import { editMedia, moveToMedia } from '#sip/sdp/sdp.ts';
import { hasIce, hasZeros } from './exchange.ts';

/** Descriptions as rtpengine (10.5) needs them. */

/** `a=rtcp:<port> IN IP4 <address>` (RFC 3605 §2.1). */
const rtcp = /^a=rtcp:\d{1,5} IN IP[46] (\S+)/;
/** RFC 8839 §5.1: foundation, component, transport, priority and address. */
const candidate = /^a=candidate:\S+ \d+ \S+ \d+ (\S+) /;
const options = 'ice-options';
const optionsLine = /^a=ice-options:/;

const hasAddress = (line: string, form: RegExp): boolean => isIP(form.exec(line)?.[1] ?? '') !== 0;

/**
 * Browsers say for the whole session that they name their addresses later (RFC 8829 §5.2.1). rtpengine reads that at
 * media only, and takes an address of zeros for a hold otherwise: so it is said wherever ICE names addresses in its
 * place, also of a party that does not say it, such as Pion, or a browser at a restart of ICE. rtpengine would pass on
 * an address of RTCP that is a name, by which browsers hide theirs (mDNS).
 */
export const readableForm = (sdp: string): string =>
  withTrickle(
    moveToMedia(
      sdp
        .split('\n')
        .filter((line) => !rtcp.test(line) || hasAddress(line, rtcp))
        .join('\n'),
      options,
    ),
  );

/** A description with ICE whose address is zeros says that addresses come later at each medium (RFC 8840 §4.1.1). */
const withTrickle = (sdp: string): string =>
  hasIce(sdp) && hasZeros(sdp)
    ? editMedia(sdp, (lines) => {
        if (!lines.some((line) => optionsLine.test(line))) return [...lines, `a=${options}:trickle`];
        return lines.map((line) => (optionsLine.test(line) && !/\btrickle\b/.test(line) ? `${line} trickle` : line));
      })
    : sdp;

/**
 * A description with a candidate at each medium with ICE. rtpengine ends its checks with an answer that has none, so a
 * browser that it should nominate, and whose own check came before, waits in vain: Firefox checks once, Chromium
 * repeats. The candidate leads nowhere: it is the discard port where the SIP of the party comes from.
 * @param heard the address from which the party is heard; undefined: it is not known
 */
export function withCandidates(sdp: string, heard: string | undefined, allowsPrivate: boolean): string {
  if (!hasIce(sdp) || heard === undefined || !isIPv4(heard)) return sdp;
  if (!allowsPrivate && !isPublicAddress(heard)) return sdp;
  const added = `a=candidate:none 1 UDP 1 ${heard} 9 typ host`;
  return editMedia(sdp, (lines) => (lines.some((line) => hasAddress(line, candidate)) ? lines : [...lines, added]));
}

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

/** Whether a description names no other address for its media. */
export const namesOnly = (sdp: string, address: string): boolean => addressesIn(sdp).every((each) => each === address);

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

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

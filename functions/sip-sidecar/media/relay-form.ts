import { isIP, isIPv4 } from 'node:net';
import { isPublicAddress } from '#outbound/address-guard.ts';
import { editMedia, moveToMedia } from '#sip/sdp/sdp.ts';

/** Descriptions as rtpengine (10.5) needs them. */

/** `a=rtcp:<port> IN IP4 <address>` (RFC 3605 §2.1). */
const rtcp = /^a=rtcp:\d{1,5} IN IP[46] (\S+)/;
/** RFC 8839 §5.1: foundation, component, transport, priority and address. */
const candidate = /^a=candidate:\S+ \d+ \S+ \d+ (\S+) /;
const iceUser = /^a=ice-ufrag:/m;

const hasAddress = (line: string, form: RegExp): boolean => isIP(form.exec(line)?.[1] ?? '') !== 0;

/**
 * Browsers say for the whole session that they name their addresses later (RFC 8829 §5.2.1). rtpengine reads that at
 * media only, and takes `c=IN IP4 0.0.0.0` for a hold otherwise. It would pass on an address of RTCP that is a name, by
 * which browsers hide theirs (mDNS).
 */
export const readableForm = (sdp: string): string =>
  moveToMedia(
    sdp
      .split('\n')
      .filter((line) => !rtcp.test(line) || hasAddress(line, rtcp))
      .join('\n'),
    'ice-options',
  );

/**
 * A description with a candidate at each medium with ICE. rtpengine ends its checks with an answer that has none, so a
 * browser that it should nominate, and whose own check came before, waits in vain: Firefox checks once, Chromium
 * repeats. The candidate leads nowhere: it is the discard port where the SIP of the party comes from.
 * @param heard the address from which the party is heard; undefined: it is not known
 */
export function withCandidates(sdp: string, heard: string | undefined, allowsPrivate: boolean): string {
  if (!iceUser.test(sdp) || heard === undefined || !isIPv4(heard)) return sdp;
  if (!allowsPrivate && !isPublicAddress(heard)) return sdp;
  const added = `a=candidate:none 1 UDP 1 ${heard} 9 typ host`;
  return editMedia(sdp, (lines) => (lines.some((line) => hasAddress(line, candidate)) ? lines : [...lines, added]));
}

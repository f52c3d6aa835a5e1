import { isPublicAddress } from '#outbound/address-guard.ts';

/** Lines whose addresses a relay sends checks of connectivity to (STUN, RFC 8445 §7), whatever their form. */
const candidates = /^a=(?:remote-)?candidate/i;
/** RFC 8839 §5.1: foundation, component, transport, priority, address, port, type and more. */
const candidate = /^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ \S/;
/** RFC 8839 §5.2: component, address and port, for each component. */
const remote = /^a=remote-candidates:(\d+ \S+ \d+(?: \d+ \S+ \d+)*)\r?$/;

/** The addresses of such a line; undefined if it has another form. */
function addressesOf(line: string): readonly string[] | undefined {
  const [, address] = candidate.exec(line) ?? [];
  if (address !== undefined) return [address];
  const [, named] = remote.exec(line) ?? [];
  return named?.split(' ').filter((_field, at) => at % 3 === 1);
}

const mayStay = (line: string): boolean =>
  !candidates.test(line) || addressesOf(line)?.every((address) => isPublicAddress(address)) === true;

/**
 * A description without the ICE candidates that are not at public addresses: they would let a relay send into our
 * network. Names go too, such as those of browsers (mDNS). All other lines stay byte for byte as they are. A party
 * behind NAT loses nothing: the relay learns its address from the checks that the party sends (peer-reflexive
 * candidates, RFC 8445 §7.3.1.3).
 */
export const withoutPrivateCandidates = (sdp: string): string => sdp.split('\n').filter(mayStay).join('\n');

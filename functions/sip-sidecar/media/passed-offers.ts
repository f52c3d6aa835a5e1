import { isPublicAddress } from '#outbound/address-guard.ts';
import type { SentDescription } from './call-media.ts';

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

/** `answer`: the last one that the relay got to it; undefined: none yet. */
type PassedOffer = { readonly offer: SentDescription; readonly answer?: string };

/** The last offer that each leg of a call has got. */
export class PassedOffers {
  readonly #byLeg = new Map<string, PassedOffer>();

  /** Notes an offer; the same one again keeps its answer. */
  note(offer: SentDescription): void {
    if (this.#byLeg.get(offer.to)?.offer !== offer) this.#byLeg.set(offer.to, { offer });
  }

  /** The last offer of a leg to another one, unless that has got a later one. */
  of(leg: string, to: string): SentDescription | undefined {
    const offer = this.#byLeg.get(to)?.offer;
    return offer?.from === leg ? offer : undefined;
  }

  /**
   * Notes an answer, before it passes.
   * @returns its offer, if the relay has to get it again first: it has had another answer, of another early dialog, or
   * as a preview of the 2xx (RFC 3261 §13.2.1), and a relay leaves to an offer the codecs of its first answer only
   */
  beforeAnswer({ kind, from, to, sdp }: SentDescription): SentDescription | undefined {
    const offer = this.of(to, from);
    if (kind === 'offer' || offer === undefined) return undefined;
    const before = this.#byLeg.get(from)?.answer;
    this.#byLeg.set(from, { offer, answer: sdp });
    return before === undefined || before === sdp ? undefined : offer;
  }
}

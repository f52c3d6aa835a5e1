import type { SentDescription } from './call-media.ts';

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

import { followSdp } from '../sdp/sdp.ts';
import { nextOfferState, type OfferEvent, type OfferState } from './offer-answer.ts';

/** The offer/answer exchanges of one dialog, and our descriptions in them. */
export class Exchange {
  #state: OfferState;
  /** Our part of the last complete exchange. */
  #agreed: string | undefined;
  /** An offer of ours that is not answered. */
  #offered: string | undefined;
  /** What we sent last, also if it was rejected: its version is used. */
  #last: string | undefined;
  /** An offer of the peer that is not answered. */
  #received: string | undefined;
  /** The offer of the peer to which `#agreed` is the answer; undefined: we offered last, or another task did it. */
  #answered: string | undefined;

  /** @param sent the description that we have sent already */
  constructor(state: OfferState, sent: string | undefined) {
    this.#state = state;
    this.#last = sent;
    this.#keep(sent);
  }

  get state(): OfferState {
    return this.#state;
  }

  /** Our description that holds: that of the last complete exchange, else the offer that is not answered. */
  get sent(): string | undefined {
    return this.#agreed ?? this.#offered;
  }

  /**
   * Our answer that holds, if an offer of the peer repeats the one to which it was given: it renegotiates nothing (RFC
   * 3264 §8). Undefined: something differs, also if the version of its origin is the same, as some phones write holds.
   */
  answerTo(offer: string): string | undefined {
    return offer === this.#answered ? this.#agreed : undefined;
  }

  /**
   * An event that must not happen in this state changes nothing.
   * @param received the offer of the peer
   */
  apply(event: OfferEvent, received?: string): void {
    const next = nextOfferState(this.#state, event);
    if (next === undefined) return;
    this.#state = next;
    if (event === 'receive offer') this.#received = received;
    if (event === 'send answer') this.#answered = this.#received;
    if (event === 'receive answer') this.#answered = undefined;
    if (event === 'receive answer') this.#agreed = this.#offered ?? this.#agreed;
    // RFC 3264 §8: what was agreed before a rejected offer goes on.
    if (event === 'receive answer' || event === 'reject') this.#offered = undefined;
  }

  /**
   * A description as we send it: it continues our earlier ones (RFC 3264 §8). One that repeats what was agreed has the
   * version of that, any other the next one that was never used.
   */
  describe(sdp: string): string {
    const described = followSdp(this.#agreed, sdp) === this.#agreed ? this.#agreed : followSdp(this.#last, sdp);
    if (described !== this.#agreed) this.#last = described;
    this.#keep(described);
    return described;
  }

  #keep(sdp: string | undefined): void {
    if (this.#state === 'local offer' || this.#state === 'local reoffer') this.#offered = sdp;
    else this.#agreed = sdp;
  }
}

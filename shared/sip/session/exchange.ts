import { followSdp } from '../sdp/sdp.ts';
import { nextOfferState, type OfferEvent, type OfferState } from './offer-answer.ts';

/** The offer/answer exchanges of one dialog, and the description that we sent last. */
export class Exchange {
  #state: OfferState;
  #sent: string | undefined;

  /** @param sent the description that we have sent already */
  constructor(state: OfferState, sent: string | undefined) {
    this.#state = state;
    this.#sent = sent;
  }

  get state(): OfferState {
    return this.#state;
  }

  /** The description that we sent last. */
  get sent(): string | undefined {
    return this.#sent;
  }

  /** An event that must not happen in this state changes nothing. */
  apply(event: OfferEvent): void {
    this.#state = nextOfferState(this.#state, event) ?? this.#state;
  }

  /** A description as we send it: it continues our earlier ones (RFC 3264 §8). */
  describe(sdp: string): string {
    this.#sent = followSdp(this.#sent, sdp);
    return this.#sent;
  }
}

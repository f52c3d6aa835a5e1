import type { InfoRequest, PeerOffer, Session } from '#sip/session/session.ts';

/** What passes between the parties of an answered call: offers, answers and INFO. */
export class InCall {
  readonly #otherOf: (leg: string) => Session | undefined;
  readonly #fault: (error: unknown) => void;
  /** By leg that asked for an offer: whom its answer goes to. */
  readonly #awaiting = new Map<string, Session>();

  /** @param otherOf the session of the other party, while both are connected */
  constructor(otherOf: (leg: string) => Session | undefined, fault: (error: unknown) => void) {
    this.#otherOf = otherOf;
    this.#fault = fault;
  }

  /** Passes an offer on, and its answer back. Before both are connected it collides with the offers that do that. */
  onOffer(leg: string, offer: PeerOffer): void {
    const other = this.#otherOf(leg);
    if (other === undefined) {
      offer.respond({ status: 491 });
      return;
    }
    other.offer(offer.sdp).then((outcome) => {
      if ('sdp' in outcome && offer.sdp === undefined) this.#awaiting.set(leg, other);
      offer.respond(outcome);
    }, this.#fault);
  }

  /** The answer of a party that asked for an offer. @returns whether it was awaited */
  onAcknowledge(leg: string, sdp: string | undefined): boolean {
    const other = this.#awaiting.get(leg);
    this.#awaiting.delete(leg);
    if (other === undefined || sdp === undefined) return false;
    other.acknowledge(sdp);
    return true;
  }

  /** Passes an INFO on, such as a digit (RFC 6086). */
  onInfo(leg: string, { contentType, body, respond }: InfoRequest): void {
    const other = this.#otherOf(leg);
    if (other === undefined) respond(481);
    else other.info(contentType, body).then(respond, this.#fault);
  }
}

import type { SipRequest } from '../message.ts';
import type { SetTimer } from '../transaction/run.ts';
import type { Timers } from '../transaction/timers.ts';
import { Headers } from '../headers.ts';
import { rejectMedia } from '../sdp/sdp.ts';
import { sdpParts } from './body.ts';
import type { DialogClient } from './dialog-client.ts';

type AcknowledgementParts = {
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  readonly onTimeout: () => void;
};

/**
 * Our ACKs of the 2xx of our INVITEs in one dialog (RFC 3261 §13.2.2.4). The ACK of an INVITE without offer waits for
 * our answer.
 */
export class Acknowledgements {
  readonly #client: DialogClient;
  readonly #parts: AcknowledgementParts;
  #latest: SipRequest | undefined;
  #waiting: { readonly invite: SipRequest; readonly offer: string; readonly stop: () => void } | undefined;

  constructor(client: DialogClient, parts: AcknowledgementParts) {
    this.#client = client;
    this.#parts = parts;
  }

  /** Whether an ACK waits for our answer. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Acknowledges a 2xx at once. @param sdp our answer */
  send(invite: SipRequest, sdp?: string): void {
    const ack = this.#client.ackOf(invite, sdpParts(Headers.none, sdp));
    this.#latest = ack;
    this.#client.acknowledge(ack);
  }

  /** The 2xx has an offer: its ACK waits for `answer`, as long as the peer repeats the 2xx (64 T1). */
  wait(invite: SipRequest, offer: string): void {
    const stop = this.#parts.setTimer(this.#parts.timers.durations.H.unreliable, () => this.#parts.onTimeout());
    this.#waiting = { invite, offer, stop };
  }

  /** Sends the ACK that waits. @returns false if none waits */
  answer(sdp: string): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    waiting.stop();
    this.#waiting = undefined;
    this.send(waiting.invite, sdp);
    return true;
  }

  /** A 2xx that is repeated, or of a session that has ended: its ACK is sent again, or without answer. */
  repeat(invite: SipRequest): void {
    if (this.#waiting?.invite === invite || this.resend(invite.cseq.sequence)) return;
    this.send(invite);
  }

  /** Sends the ACK of the INVITE with this CSeq number again. @returns false if it is not the latest one */
  resend(sequence: number): boolean {
    if (this.#latest?.cseq.sequence !== sequence) return false;
    this.#client.acknowledge(this.#latest);
    return true;
  }

  /** The session ends: an ACK that waits rejects all media, as an answer is due (RFC 3261 §13.2.1). The BYE follows. */
  finish(): void {
    if (this.#waiting !== undefined) this.answer(rejectMedia(this.#waiting.offer));
  }
}

import type { Headers } from '../headers.ts';
import type { SetTimer } from '../transaction/run.ts';
import { type Refresh, refreshOfRequest, refreshOfResponse, refreshRequest, refreshSeconds } from './refresh.ts';

/** What the session timer does. */
export type SessionTimerParts = {
  readonly setTimer: SetTimer;
  /** Sends a refresh. It calls `confirm` if the peer accepts. */
  readonly refresh: () => void;
  /** No refresh in time: the session is to be ended (RFC 4028 §10). */
  readonly expire: () => void;
};

const second = 1_000;
/** A refresh without success is tried again after this time. */
const retry = 30 * second;

/** The session timer of one dialog (RFC 4028). */
export class SessionTimer {
  readonly #parts: SessionTimerParts;
  #refresh: Refresh | undefined;
  #min: number = refreshSeconds.min;
  #stopRefresh: () => void = () => undefined;
  #stopExpiry: () => void = () => undefined;

  constructor(parts: SessionTimerParts) {
    this.#parts = parts;
  }

  get refresh(): Refresh | undefined {
    return this.#refresh;
  }

  /** Headers of a re-INVITE or UPDATE of ours. */
  requestHeaders(): Headers {
    return refreshRequest(this.#refresh, this.#min);
  }

  /** The peer has demanded a longer interval by 422. */
  raise(min: number): void {
    this.#min = Math.max(this.#min, min);
  }

  /** We accept a request of the peer that refreshes. @returns headers of our 2xx */
  accept(headers: Headers): Headers {
    const { refresh, headers: answer } = refreshOfRequest(headers);
    this.start(refresh);
    return answer;
  }

  /**
   * The peer has accepted a request of ours with this 2xx. RFC 4028 §9 allows no longer interval than was asked for: a
   * peer that answers with one may never refresh, and is asked by us.
   */
  confirm(headers: Headers): void {
    const refresh = refreshOfResponse(headers);
    const asked = Math.max(this.#refresh?.seconds ?? refreshSeconds.default, this.#min);
    this.start(refresh.seconds <= asked ? refresh : { seconds: asked, refresher: 'us', isAgreed: false });
  }

  /** Starts again: the session was refreshed now. */
  start(refresh: Refresh): void {
    this.stop();
    this.#refresh = refresh;
    const { seconds, refresher, isAgreed } = refresh;
    if (refresher === 'us') this.#schedule((seconds / 2) * second);
    // RFC 4028 §10: the BYE goes before the peer's own timer ends.
    const margin = Math.min(32, seconds / 3);
    if (isAgreed) this.#stopExpiry = this.#parts.setTimer((seconds - margin) * second, () => this.#parts.expire());
  }

  stop(): void {
    this.#stopRefresh();
    this.#stopExpiry();
  }

  #schedule(milliseconds: number): void {
    this.#stopRefresh = this.#parts.setTimer(milliseconds, () => {
      this.#schedule(retry);
      this.#parts.refresh();
    });
  }
}

import { address } from '../address.ts';
import type { ResponseParts } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { sdpOf, sdpParts, usableSdp } from './body.ts';
import { sessionHeaders } from './capabilities.ts';
import { type DialogClient, type Final, statusOf } from './dialog-client.ts';
import type { Exchange } from './exchange.ts';
import { rejectMedia, sdpFault } from '../sdp/sdp.ts';
import { lacksKeys } from '../sdp/srtp.ts';
import { earlyDelay, glareDelay, offerRejection } from './offer-answer.ts';
import { raisedMin, refreshRejection } from './refresh.ts';
import type { SessionTimer } from './session-timer.ts';
import type { OfferOutcome, PeerOffer, SentRequest, SessionListener, RequestSender } from './session.ts';
import type { Surroundings } from './surroundings.ts';

/** What the offers within a dialog depend on. */
export type RenegotiationParts<Path extends Flow> = {
  readonly client: DialogClient;
  readonly sender: RequestSender;
  readonly acknowledgements: Acknowledgements;
  readonly exchange: Exchange;
  readonly timer: SessionTimer;
  readonly listener: SessionListener;
  readonly surroundings: Surroundings<Path>;
  readonly isCaller: boolean;
  /** Which request may carry an offer of ours now; undefined: it must wait. */
  readonly method: () => 'INVITE' | 'UPDATE' | undefined;
  /** Whether the INVITE of the dialog has no final response yet. */
  readonly isEarly: () => boolean;
  /** Called when a re-INVITE of the peer is answered with 2xx. */
  readonly onAccepted: (transaction: ServerTransaction<Path>, invite: SipRequest) => void;
  /** The peer does not know the dialog any more, or does not answer. */
  readonly onLost: (status: number) => void;
};

/** An offer of ours: waiting, or sent. */
type LocalOffer = {
  readonly sdp: string | undefined;
  readonly resolve: (outcome: OfferOutcome) => void;
  attempts: number;
  isSettled: boolean;
  /** Its user has taken it back, and the peer may accept it at the same time. */
  isWithdrawn: boolean;
};

const newOffer = (sdp: string | undefined, resolve: LocalOffer['resolve']): LocalOffer => ({
  sdp,
  resolve,
  attempts: 0,
  isSettled: false,
  isWithdrawn: false,
});

/** An offer of the peer that is not answered. */
type RemoteOffer = Pick<PeerOffer, 'respond'> & { readonly withdraw: (status: number) => void };

/** Offers of ours that wait at most, and attempts of one that collides. */
const max = { waiting: 8, attempts: 8 } as const;
/** Milliseconds until a re-INVITE of ours is cancelled, and until an offer of the peer is rejected with 504. */
const timeouts = { ours: 64_000, peers: 30_000 } as const;

/** The re-INVITEs and UPDATEs of a dialog, with their collisions (RFC 3261 §14, RFC 3311, RFC 6337). */
export class Renegotiation<Path extends Flow> {
  readonly #parts: RenegotiationParts<Path>;
  readonly #waiting: LocalOffer[] = [];
  #local: LocalOffer | undefined;
  #remote: RemoteOffer | undefined;
  #stopTimer: () => void = () => undefined;
  /** Our latest re-INVITE or UPDATE. */
  #sent: SentRequest | undefined;
  /** Whether an offer that collided waits for its next attempt. */
  #isDelayed = false;
  #isOver = false;

  constructor(parts: RenegotiationParts<Path>) {
    this.#parts = parts;
  }

  /** Whether no offer is waiting or in progress. */
  get isIdle(): boolean {
    return this.#local === undefined && this.#remote === undefined && this.#waiting.length === 0;
  }

  /** Whether an offer of the peer waits for its answer. */
  get isOffered(): boolean {
    return this.#remote !== undefined;
  }

  /** Offers as soon as no other offer is in the way. */
  offer(sdp: string | undefined, withdrawn?: AbortSignal): Promise<OfferOutcome> {
    if (this.#isOver || withdrawn?.aborted === true) return Promise.resolve({ status: 487 });
    if (this.#waiting.length >= max.waiting) return Promise.resolve({ status: 500 });
    return new Promise((resolve) => {
      const offer = newOffer(sdp, resolve);
      this.#waiting.push(offer);
      withdrawn?.addEventListener('abort', () => this.#withdraw(offer), { once: true });
      this.proceed();
    });
  }

  #withdraw(offer: LocalOffer): void {
    const at = this.#waiting.indexOf(offer);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      this.#settle(offer, { status: 487 });
    } else if (this.#local === offer) {
      offer.isWithdrawn = true;
      this.#sent?.cancel();
    }
  }

  /** Sends the next offer if it may go: call it after each change of the dialog. */
  proceed(): void {
    const method = this.#parts.method();
    if (this.#isOver || this.#isDelayed || method === undefined || this.#parts.exchange.state !== 'stable') return;
    if (this.#local !== undefined || this.#remote !== undefined) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#send(next, method);
  }

  /**
   * Sends the refresh of a session timer: an UPDATE without offer, or a re-INVITE with our last description, as every
   * peer accepts that (RFC 4028 §7.4). A description of another task has no keys of SRTP, and is not sent again.
   * @param attempts UPDATEs without a response after which the peer is lost
   */
  refresh(byUpdate: boolean, attempts = 1): void {
    const { client, exchange, surroundings, timer } = this.#parts;
    if (this.#isOver || this.#local !== undefined || this.#waiting.length > 0) return;
    if (!byUpdate && exchange.sent !== undefined && !lacksKeys(exchange.sent)) return void this.offer(exchange.sent);
    const headers = new Headers([...sessionHeaders, ...surroundings.headers, ...timer.requestHeaders()]);
    client.request({ method: 'UPDATE', headers }, (final) => {
      const status = statusOf(final);
      if (this.#isOver) return;
      if (typeof final !== 'string' && status < 300) timer.confirm(final.headers);
      else if (typeof final !== 'string' && status === 422) timer.raise(raisedMin(final.headers) ?? 0);
      else if (status === 408 && attempts > 1) this.refresh(byUpdate, attempts - 1);
      else if (isLost(status)) this.#parts.onLost(status);
    });
  }

  /** Ends all offers: ours resolve to 487, the peer's get 487. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    // A peer that answered 100 and has ended the call may never send a final response.
    this.#sent?.cancel();
    this.#remote?.withdraw(487);
    for (const offer of [this.#local, ...this.#waiting.splice(0)])
      if (offer !== undefined) this.#settle(offer, { status: 487 });
  }

  #send(offer: LocalOffer, method: 'INVITE' | 'UPDATE'): void {
    const { client, exchange, surroundings, timer } = this.#parts;
    this.#local = offer;
    offer.attempts += 1;
    if (offer.sdp !== undefined) exchange.apply('send offer');
    const headers = new Headers([...sessionHeaders, ...surroundings.headers, ...timer.requestHeaders()]);
    const sdp = offer.sdp === undefined ? undefined : exchange.describe(offer.sdp);
    this.#stopTimer = surroundings.setTimer(timeouts.ours, () => this.#sent?.cancel());
    this.#sent = client.request({ method, ...sdpParts(headers, sdp) }, (final, request) =>
      this.#receive(offer, final, request),
    );
  }

  #receive(offer: LocalOffer, final: Final, request: SipRequest): void {
    if (!offer.isSettled) this.#stopTimer();
    if (typeof final !== 'string' && final.status < 300) this.#accept(offer, final, request);
    else if (offer.isSettled) return;
    else {
      const status = statusOf(final);
      if (offer.sdp !== undefined) this.#parts.exchange.apply('reject');
      const min = typeof final === 'string' || status !== 422 ? undefined : raisedMin(final.headers);
      const delay = this.#delayOf(final);
      if (offer.isWithdrawn || offer.attempts >= max.attempts) this.#reject(offer, status);
      else if (delay !== undefined) this.#retry(offer, delay);
      else if (min !== undefined) this.#repeat(offer, min);
      else this.#reject(offer, status);
    }
  }

  #accept(offer: LocalOffer, response: SipResponse, request: SipRequest): void {
    const { acknowledgements, exchange } = this.#parts;
    const isInvite = request.method === 'INVITE';
    // Repeated, or the session has ended since: a 2xx is acknowledged in any case (RFC 5407 §3.2.3).
    if (offer.isSettled) {
      if (isInvite) acknowledgements.repeat(request);
      return;
    }
    this.#parts.timer.confirm(response.headers);
    const sdp = usableSdp(response);
    const before = exchange.sent;
    if (offer.sdp !== undefined) exchange.apply(sdp === undefined ? 'reject' : 'receive answer');
    else if (sdp !== undefined) exchange.apply('receive offer', sdp);
    if (isInvite && offer.sdp === undefined && sdp !== undefined) acknowledgements.wait(request, sdp);
    else if (isInvite) acknowledgements.send(request);
    if (offer.isWithdrawn) this.#restore(offer, before, sdp);
    else this.#settle(offer, sdp === undefined ? { status: 488 } : { sdp });
    this.proceed();
  }

  /** The peer has accepted an offer that was taken back: it gets the description that held before it. */
  #restore(offer: LocalOffer, before: string | undefined, sdp: string | undefined): void {
    const { acknowledgements, exchange } = this.#parts;
    const held = before === undefined || lacksKeys(before) ? undefined : before;
    this.#settle(offer, { status: 487 });
    if (sdp === undefined) return;
    if (acknowledgements.isWaiting) {
      exchange.apply('send answer');
      acknowledgements.answer(exchange.describe(held ?? rejectMedia(sdp)));
    } else if (held !== undefined) this.#waiting.unshift(newOffer(held, () => undefined));
  }

  /** Milliseconds until an offer that was in the way of another one is sent again; undefined: it is rejected. */
  #delayOf(final: Final): number | undefined {
    const { surroundings, isCaller } = this.#parts;
    if (typeof final === 'string') return undefined;
    if (final.status === 491) return glareDelay(isCaller, surroundings.random());
    const value = final.status === 500 ? final.headers.first(header.retryAfter) : undefined;
    return typeof value === 'string' ? earlyDelay(value) : undefined;
  }

  #retry(offer: LocalOffer, delay: number): void {
    this.#local = undefined;
    this.#waiting.unshift(offer);
    this.#isDelayed = true;
    this.#stopTimer = this.#parts.surroundings.setTimer(delay, () => {
      this.#isDelayed = false;
      this.proceed();
    });
  }

  /** RFC 4028 §7.4: the same again with the interval that the peer demands. */
  #repeat(offer: LocalOffer, min: number): void {
    this.#parts.timer.raise(min);
    this.#local = undefined;
    this.#waiting.unshift(offer);
    this.proceed();
  }

  #reject(offer: LocalOffer, status: number): void {
    this.#settle(offer, { status });
    if (isLost(status)) this.#parts.onLost(status);
    else this.proceed();
  }

  #settle(offer: LocalOffer, outcome: OfferOutcome): void {
    offer.isSettled = true;
    if (this.#local === offer) this.#local = undefined;
    offer.resolve(outcome);
  }

  /** Processes a re-INVITE or UPDATE of the peer, or a PRACK with an offer. */
  receive(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const sdp = sdpOf(request);
    const rejection = this.#rejectionOf(request, sdp);
    if (rejection !== undefined) transaction.respond(rejection);
    else if (sdp === undefined && request.method !== 'INVITE') transaction.respond(this.#accepted(request, undefined));
    else this.#pass(request, transaction, sdp);
  }

  #rejectionOf({ method, headers }: SipRequest, sdp: string | undefined): ResponseParts | undefined {
    const tooBrief = method === 'PRACK' ? undefined : refreshRejection(headers);
    if (tooBrief !== undefined || (method !== 'INVITE' && sdp === undefined)) return tooBrief;
    // RFC 3261 §14.2, RFC 3311 §5.2.
    const status = offerRejection(this.#parts.exchange.state) ?? this.#collisionOf(method);
    if (status === undefined) {
      const fault = sdp === undefined ? undefined : sdpFault(sdp);
      return fault === undefined ? undefined : { status: 488, reason: fault.reason };
    }
    return status === 491 ? { status } : { status, headers: this.#retryAfter() };
  }

  /** INVITEs that are in progress without an offer that is pending (RFC 3261 §14.2). */
  #collisionOf(method: string): 491 | 500 | undefined {
    const isEarly = this.#parts.isEarly();
    if (method === 'INVITE' && (this.#local !== undefined || (isEarly && this.#parts.isCaller))) return 491;
    if (method === 'INVITE' && isEarly) return 500;
    return this.#remote === undefined ? undefined : 500;
  }

  /** Up to 10 s, so that both sides do not come at once again. */
  #retryAfter(): Headers {
    return Headers.none.append(header.retryAfter, String(Math.floor(this.#parts.surroundings.random() * 11)));
  }

  #pass(request: SipRequest, transaction: ServerTransaction<Path>, sdp: string | undefined): void {
    const { exchange, listener, surroundings, sender } = this.#parts;
    const agreed = sdp === undefined ? undefined : exchange.answerTo(sdp);
    if (sdp !== undefined) exchange.apply('receive offer', sdp);
    const withdrawn = new AbortController();
    const remote: RemoteOffer = {
      respond: (answer) => {
        if (this.#remote !== remote) return;
        this.#remote = undefined;
        stopTimer();
        unwatch();
        this.#answer(request, transaction, answer);
        this.proceed();
      },
      withdraw: (status) => {
        remote.respond({ status });
        withdrawn.abort();
      },
    };
    this.#remote = remote;
    const stopTimer = surroundings.setTimer(timeouts.peers, () => remote.withdraw(504));
    const unwatch = surroundings.watch(transaction, { sender, onCancel: () => remote.withdraw(487) });
    const offer = { sdp, respond: remote.respond, withdrawn: withdrawn.signal };
    listener.onOffer({ ...offer, ...(agreed === undefined ? {} : { agreed }) });
  }

  #answer(
    request: SipRequest,
    transaction: ServerTransaction<Path>,
    answer: { readonly sdp: string } | { readonly status: number },
  ): void {
    const { exchange, onAccepted } = this.#parts;
    const wasOffered = sdpOf(request) !== undefined;
    if ('status' in answer) {
      if (wasOffered) exchange.apply('reject');
      transaction.respond({ status: answer.status, headers: this.#parts.surroundings.headers });
      return;
    }
    exchange.apply(wasOffered ? 'send answer' : 'send offer');
    transaction.respond(this.#accepted(request, exchange.describe(answer.sdp)));
    if (request.method === 'INVITE') onAccepted(transaction, request);
  }

  #accepted({ method, headers }: SipRequest, sdp: string | undefined): ResponseParts {
    const { client, surroundings, timer } = this.#parts;
    const all = new Headers([
      ...sessionHeaders,
      ...surroundings.headers,
      ...(method === 'PRACK' ? [] : timer.accept(headers)),
    ]);
    return { status: 200, ...sdpParts(all.append(header.contact, address(client.contact)), sdp) };
  }
}

/** Whether a status says that the dialog is gone (RFC 3261 §12.2.1.2). */
const isLost = (status: number): boolean => status === 408 || status === 481;

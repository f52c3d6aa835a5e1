import { address } from '../address.ts';
import { newResponse, type ResponseParts } from '../build.ts';
import { dialogOfServer } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import { followSdp } from '../sdp/sdp.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Timers } from '../transaction/timers.ts';
import { sdpOf, sdpParts, usableSdp } from './body.ts';
import { acceptsUpdate, sessionHeaders } from './capabilities.ts';
import { Exchange } from './exchange.ts';
import { LegSession } from './leg-session.ts';
import { Leg } from './leg.ts';
import { refreshOfRequest } from './refresh.ts';
import { demandsReliability, ReliableProgress } from './reliable-progress.ts';
import { reasonHeaders } from './reason.ts';
import type {
  EndReason,
  IncomingSession,
  ReceivedInvite,
  SessionEnd,
  SessionListener,
  StoredInvite,
} from './session.ts';
import { storeDialog } from './stored-dialog.ts';
import { headOf } from './stored-invite.ts';
import type { Surroundings } from './surroundings.ts';

/** What an incoming INVITE is made of. */
export type InviteServerParts<Path extends Flow> = {
  readonly invite: ReceivedInvite<Path>;
  readonly listener: SessionListener;
  readonly surroundings: Surroundings<Path>;
  /** Called once when the INVITE is answered or rejected. */
  readonly onSettled: () => void;
};

/** Milliseconds between repetitions of a provisional response, so that proxies do not give up (RFC 3261 §13.3.1.1). */
const progressInterval = 60_000;

/** Milliseconds without a sign of the caller after the answer: 64 T1 (RFC 3261 §13.3.1.4), 4 T1 if it may be forged. */
const acknowledgementTime = ({ t1, durations }: Timers, mayBeForged: boolean): number =>
  mayBeForged ? 4 * t1 : durations.H.unreliable;

/** The INVITE of a call that we receive (RFC 3261 §13.3). */
export class InviteServer<Path extends Flow> extends LegSession<Path> implements IncomingSession {
  readonly callId: string;
  readonly offered: string | undefined;
  readonly #parts: InviteServerParts<Path>;
  readonly #unwatch: () => void;
  readonly #exchange: Exchange;
  #leg: Leg<Path> | undefined;
  #state: 'ringing' | 'answered' | 'rejected' = 'ringing';
  #stopRepeating: () => void = () => undefined;
  readonly #reliable: ReliableProgress | undefined;
  /** Whether a reliable response has had our description. */
  #isDescribed = false;
  /** The answer that waits for a PRACK. */
  #deferred: string | undefined;

  constructor(parts: InviteServerParts<Path>) {
    super();
    this.#parts = parts;
    const { request, transaction, sender } = parts.invite;
    this.callId = request.callId;
    this.offered = sdpOf(request);
    this.#exchange = new Exchange('none', undefined);
    if (this.offered !== undefined) this.#exchange.apply('receive offer', this.offered);
    this.#unwatch = parts.surroundings.watch(transaction, {
      sender,
      onCancel: (by, reason = {}) => this.#cancel({ ...reason, by }),
    });
    if (demandsReliability(request))
      this.#reliable = new ReliableProgress({
        ...parts.surroundings,
        send: (response) => this.#respond(response),
        onTimeout: () => this.#reject({ status: 504, headers: parts.surroundings.headers }, { by: 'timer' }),
      });
    transaction.beStateful();
  }

  progress(status: number, sdp?: string): void {
    if (this.#state !== 'ringing' || this.#deferred !== undefined) return;
    if (this.#reliable === undefined) {
      const parts = this.#responseParts(status, sdp === undefined ? undefined : this.#exchange.describe(sdp));
      this.#respond(parts);
      this.#repeatProgress(parts);
    } else this.#progressReliably(this.#reliable, status, sdp);
  }

  answer(sdp: string): void {
    if (this.#state !== 'ringing') return;
    // RFC 3262 §3: a description that is not acknowledged holds up the 2xx.
    if (this.#reliable?.holdsAnswer === true) this.#deferred = sdp;
    else this.#answer(sdp);
  }

  reject(status: number, headers: Headers = Headers.none, reason?: string): void {
    const phrase = reason === undefined ? {} : { reason };
    this.#reject(
      { status, ...phrase, headers: new Headers([...this.#parts.surroundings.headers, ...headers]) },
      { status, by: 'us' },
    );
  }

  ringing(): StoredInvite | undefined {
    if (this.#state !== 'ringing') return undefined;
    const { request, transaction, contact, sender } = this.#parts.invite;
    // The dialog of the first response with a tag, also if that is not sent yet.
    const dialog = dialogOfServer(request, newResponse(request, { status: 180, toTag: transaction.toTag }));
    const described = { isCaller: false, sdp: null, peerUpdates: false, timer: null, way: sender.stored?.() };
    const dialogs = dialog instanceof Fault ? [] : [storeDialog(dialog, { contact, ...described })];
    return { head: headOf(request), isCaller: false, dialogs };
  }

  protected override get leg(): Leg<Path> | undefined {
    return this.#leg;
  }

  end(reason: EndReason = {}): void {
    if (this.#state === 'answered') this.#leg?.end(reason);
    else {
      const headers = new Headers([
        ...this.#parts.surroundings.headers,
        ...reasonHeaders({ ...reason, status: undefined }),
      ]);
      this.#reject({ status: reason.status ?? 480, headers }, { ...reason, by: 'us' });
    }
  }

  #answer(sdp: string): void {
    const { request, transaction, mayBeForged = false } = this.#parts.invite;
    const { refresh, headers } = refreshOfRequest(request.headers);
    // The peer has its description already, by a reliable response (RFC 6337 §3.1.1).
    const isComplete = this.#isDescribed;
    const parts = this.#responseParts(200, isComplete ? undefined : this.#exchange.describe(sdp));
    const isAnotherOne = isComplete && followSdp(this.#exchange.sent, sdp) !== this.#exchange.sent;
    this.#settle('answered');
    this.#respond({ ...parts, headers: new Headers([...(parts.headers ?? []), ...headers]) });
    this.#exchange.apply(this.offered === undefined ? 'send offer' : 'send answer');
    this.#leg?.repeatAnswer(transaction, request, acknowledgementTime(this.#parts.surroundings.timers, mayBeForged));
    this.#leg?.timer.start(refresh);
    if (isAnotherOne) void this.#leg?.offer(sdp);
  }

  /** An INVITE without offer gets our offer with the first reliable response (RFC 3261 §13.2.1): none comes before. */
  #progressReliably(reliable: ReliableProgress, status: number, sdp: string | undefined): void {
    if (this.offered === undefined && sdp === undefined && !this.#isDescribed) return;
    const description = sdp === undefined || this.#isDescribed ? undefined : this.#exchange.describe(sdp);
    if (description !== undefined) {
      this.#isDescribed = true;
      if (this.offered === undefined) this.#exchange.apply('send offer');
    }
    reliable.send(this.#responseParts(status, description));
  }

  #receivePrack(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const acknowledged = this.#reliable?.acknowledge(request, this.#parts.invite.request);
    if (acknowledged === undefined) return void transaction.respond({ status: 481 });
    if (acknowledged.hasSdp && this.offered === undefined) this.#takeAnswer(request, transaction);
    else {
      // RFC 3311 §5.1: the exchange is complete when the PRACK has arrived, and new offers may follow.
      if (acknowledged.hasSdp) this.#exchange.apply('send answer');
      this.#leg?.renegotiation.receive(request, transaction);
    }
    if (this.#state === 'ringing') this.#proceed();
  }

  /** Goes on after a PRACK, with the answer that waited or with the next response. */
  #proceed(): void {
    if (this.#deferred === undefined || this.#reliable?.holdsAnswer === true) this.#reliable?.proceed();
    else this.#answer(this.#deferred);
    this.#leg?.renegotiation.proceed();
  }

  /** The PRACK of our offer has the peer's answer (RFC 3262 §5). Without one, the 2xx offers again. */
  #takeAnswer(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const sdp = usableSdp(request);
    this.#isDescribed = sdp !== undefined;
    this.#exchange.apply(sdp === undefined ? 'reject' : 'receive answer');
    transaction.respond({ status: 200 });
    this.#parts.listener.onAcknowledge(sdp === undefined ? {} : { sdp });
  }

  #responseParts(status: number, sdp: string | undefined): ResponseParts {
    const { invite, surroundings } = this.#parts;
    const headers = new Headers([...recordRoutes(invite.request), ...sessionHeaders, ...surroundings.headers]).append(
      header.contact,
      address(invite.contact),
    );
    return { status, ...sdpParts(headers, sdp) };
  }

  /** Responds, and creates the dialog with the first response that has a tag (RFC 3261 §12.1.1). */
  #respond(parts: ResponseParts): void {
    const { invite, listener, surroundings } = this.#parts;
    const response = invite.transaction.respond(parts);
    if (response === undefined || this.#leg !== undefined) return;
    const dialog = dialogOfServer(invite.request, response);
    if (dialog instanceof Fault) return;
    this.#leg = new Leg<Path>({
      dialog,
      state: 'early',
      isCaller: false,
      sender: invite.sender,
      digest: invite.digest,
      contact: invite.contact,
      listener,
      session: this,
      surroundings,
      exchange: this.#exchange,
      peerUpdates: acceptsUpdate(invite.request.headers),
      onEarlyBye: () => this.#terminate(),
      onPrack: (request, transaction) => this.#receivePrack(request, transaction),
    });
  }

  #repeatProgress(parts: ResponseParts): void {
    this.#stopRepeating();
    this.#stopRepeating = this.#parts.surroundings.setTimer(progressInterval, () => {
      this.#respond(parts);
      this.#repeatProgress(parts);
    });
  }

  /** The peer cancelled the INVITE, or no response can reach it. */
  #cancel(end: SessionEnd): void {
    this.#reject({ status: 487, headers: this.#parts.surroundings.headers }, end);
  }

  /** A BYE before the answer: RFC 3261 §15.1.2 demands 487 for the INVITE. The leg has reported the end. */
  #terminate(): void {
    if (this.#state !== 'ringing') return;
    this.#settle('rejected');
    this.#parts.invite.transaction.respond({ status: 487, headers: this.#parts.surroundings.headers });
  }

  #reject(parts: ResponseParts, end: SessionEnd): void {
    if (this.#state !== 'ringing') return;
    this.#settle('rejected');
    this.#parts.invite.transaction.respond(parts);
    this.#leg?.drop();
    this.#parts.listener.onEnd(end);
  }

  #settle(state: 'answered' | 'rejected'): void {
    this.#state = state;
    this.#deferred = undefined;
    this.#reliable?.stop();
    this.#stopRepeating();
    this.#unwatch();
    this.#parts.onSettled();
  }
}

/** Copied into each response to an INVITE that creates a dialog (RFC 3261 §12.1.1). */
const recordRoutes = (invite: SipRequest): Headers => new Headers(invite.headers.fields(header.recordRoute));

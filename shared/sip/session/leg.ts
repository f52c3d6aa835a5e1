import { confirmDialog, dialogKey, receiveRequest, receiveResponse } from '../dialog/dialog.ts';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import type { Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { withoutKeys } from '../sdp/srtp.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { contentTypeOf, usableSdp } from './body.ts';
import { acceptsUpdate, otherInfoTypes, sessionHeaders } from './capabilities.ts';
import type { Exchange } from './exchange.ts';
import { References } from './references.ts';
import { Renegotiation } from './renegotiation.ts';
import { DialogClient, statusOf } from './dialog-client.ts';
import type { LegParts } from './leg-parts.ts';
import { isAlive, type LegAction, type LegEvent, type LegState, legStates } from './leg-states.ts';
import { readReason, reasonHeaders } from './reason.ts';
import { repeatUntilAcknowledged } from './repeated-answer.ts';
import type {
  DialogRoute,
  EndReason,
  OfferOutcome,
  Reference,
  Session,
  SessionEnd,
  SessionListener,
  StoredSession,
} from './session.ts';
import { SessionTimer } from './session-timer.ts';
import { storeDialog } from './stored-dialog.ts';
import { silentListener } from './silent-listener.ts';

type Transaction<Path extends Flow> = ServerTransaction<Path>;

/** One dialog of an INVITE: everything that happens within it. */
export class Leg<Path extends Flow> {
  readonly client: DialogClient;
  readonly acknowledgements: Acknowledgements;
  readonly exchange: Exchange;
  readonly session: Session;
  readonly isCaller: boolean;
  readonly timer: SessionTimer;
  readonly renegotiation: Renegotiation<Path>;
  readonly #references: References<Path>;
  readonly #parts: LegParts<Path>;
  /** Requests of the peer besides BYE. */
  readonly #handlers = new Map<string, (request: SipRequest, transaction: Transaction<Path>) => void>([
    ['INVITE', (request, transaction) => this.renegotiation.receive(request, transaction)],
    ['UPDATE', (request, transaction) => this.renegotiation.receive(request, transaction)],
    ['PRACK', (request, transaction) => this.#receivePrack(request, transaction)],
    ['INFO', (request, transaction) => this.#receiveInfo(request, transaction)],
    ['REFER', (request, transaction) => this.#references.receiveRefer(request, transaction)],
    ['NOTIFY', (request, transaction) => this.#references.receiveNotify(request, transaction)],
    ['OPTIONS', (_request, transaction) => void transaction.respond({ status: 200, headers: sessionHeaders })],
  ]);
  readonly #key: string;
  #peerUpdates: boolean;
  #listener: SessionListener;
  #state: LegState;
  #end: SessionEnd | undefined;
  readonly #gone = Promise.withResolvers<undefined>();
  readonly gone: Promise<unknown> = this.#gone.promise;
  /** The 2xx of ours that is repeated, by the CSeq number of its INVITE. */
  #repeated: { readonly sequence: number; readonly stop: () => void; readonly onSign: () => void } | undefined;

  constructor(parts: LegParts<Path>) {
    this.#parts = parts;
    this.#peerUpdates = parts.peerUpdates;
    this.#listener = parts.listener;
    this.#state = parts.state;
    this.client = new DialogClient(parts.dialog, { ...parts, onSign: () => this.#listener.onSign?.() });
    this.acknowledgements = new Acknowledgements(this.client, {
      ...parts.surroundings,
      onTimeout: () => this.end({}, 'timer'),
    });
    this.exchange = parts.exchange;
    this.session = parts.session;
    this.isCaller = parts.isCaller;
    this.#references = new References(this.client, parts.listener);
    this.timer = new SessionTimer({
      setTimer: parts.surroundings.setTimer,
      refresh: () => this.renegotiation.refresh(this.#peerUpdates),
      expire: () => this.end({ status: 408 }, 'timer'),
    });
    this.renegotiation = new Renegotiation({
      ...parts,
      timer: this.timer,
      client: this.client,
      acknowledgements: this.acknowledgements,
      method: () => this.#offerMethod(),
      isEarly: () => this.#state === 'early',
      onAccepted: (transaction, invite) => this.repeatAnswer(transaction, invite),
      onLost: (status) => this.end({ status }, status === 408 ? 'timer' : 'peer'),
    });
    this.#key = dialogKey(parts.dialog);
    parts.surroundings.add(this.#key, this);
  }

  get state(): LegState {
    return this.#state;
  }

  get route(): DialogRoute {
    const { routes, target } = this.client.dialog;
    return { sender: this.#parts.sender, nextHop: routes[0]?.uri ?? target };
  }

  /** Processes a request of the peer within the dialog. */
  receive(request: SipRequest, transaction: Transaction<Path>): void {
    this.#listener.onSign?.();
    if (this.#state === 'unacknowledged') this.#repeated?.onSign();
    const after = receiveRequest(this.client.dialog, request);
    // RFC 3261 §12.2.2.
    if (after === 'out of order') return void transaction.respond({ status: 500 });
    this.client.dialog = after;
    const { method } = request;
    const handle = this.#handlers.get(method);
    // RFC 3261 §15: a callee must not send BYE before its answer. A REFER would be obeyed before there is a call.
    const isTooEarly = this.#state === 'early' && (method === 'BYE' ? this.isCaller : method === 'REFER');
    if (isTooEarly) transaction.respond({ status: 403 });
    else if (method === 'BYE') this.#bye(request, transaction);
    else if (!isAlive(this.#state)) transaction.respond({ status: 481 });
    else if (handle === undefined) transaction.respond({ status: 405, headers: sessionHeaders });
    else handle(request, transaction);
  }

  #receivePrack(request: SipRequest, transaction: Transaction<Path>): void {
    if (this.#parts.onPrack === undefined) transaction.respond({ status: 481 });
    else this.#parts.onPrack(request, transaction);
  }

  #receiveInfo(request: SipRequest, transaction: Transaction<Path>): void {
    const contentType = contentTypeOf(request);
    this.#listener.onInfo({
      contentType,
      body: request.body,
      // RFC 3261 §21.4.13.
      respond: (status) =>
        void transaction.respond({ status, ...(status === 415 ? { headers: otherInfoTypes(contentType) } : {}) }),
    });
  }

  offer(sdp: string | undefined, withdrawn?: AbortSignal): Promise<OfferOutcome> {
    return this.renegotiation.offer(sdp, withdrawn);
  }

  acknowledge(sdp: string): void {
    if (!isAlive(this.#state) || !this.acknowledgements.isWaiting) return;
    this.exchange.apply('send answer');
    this.acknowledgements.answer(this.exchange.describe(sdp));
    this.renegotiation.proceed();
  }

  info(contentType: string, body: Buffer): Promise<number> {
    if (!isAlive(this.#state)) return Promise.resolve(487);
    const type = { value: contentType, parameters: Parameters.none };
    const headers = new Headers([
      ...this.#parts.surroundings.headers,
      ...(contentType === '' ? [] : [Field.of(header.contentType, type)]),
    ]);
    return new Promise(
      (resolve) => void this.client.request({ method: 'INFO', headers, body }, (final) => resolve(statusOf(final))),
    );
  }

  refer(reference: Reference, onProgress: (status: number) => void): Promise<number> {
    return isAlive(this.#state) ? this.#references.refer(reference, onProgress) : Promise.resolve(487);
  }

  /** Re-INVITEs are for established dialogs, and wait for the ACK of the peer (RFC 3261 §14.1). */
  #offerMethod(): 'INVITE' | 'UPDATE' | undefined {
    if (this.#state === 'early') return this.#peerUpdates ? 'UPDATE' : undefined;
    return this.#state === 'established' && this.#repeated === undefined ? 'INVITE' : undefined;
  }

  /** The ACK of our 2xx. */
  receiveAck(ack: SipRequest): void {
    this.#listener.onSign?.();
    if (this.#repeated?.sequence !== ack.cseq.sequence) return;
    this.#repeated.stop();
    this.#repeated = undefined;
    const sdp = usableSdp(ack);
    const wasAlive = isAlive(this.#state);
    const expectsAnswer = this.exchange.state === 'local offer' || this.exchange.state === 'local reoffer';
    this.#apply('ack');
    if (!wasAlive) return;
    if (expectsAnswer) this.exchange.apply(sdp === undefined ? 'reject' : 'receive answer');
    // Without the answer there is no session.
    if (expectsAnswer && sdp === undefined) this.end({ status: 488 }, 'peer');
    else this.#listener.onAcknowledge(expectsAnswer && sdp !== undefined ? { sdp } : {});
    this.renegotiation.proceed();
  }

  /**
   * We sent the 2xx of the INVITE or of a re-INVITE: it is repeated until its ACK arrives.
   * @param within milliseconds without a sign of the peer after which the session ends; default: 64 T1
   */
  repeatAnswer(transaction: Transaction<Path>, invite: SipRequest, within?: number): void {
    this.#repeated?.stop();
    const { setTimer, timers } = this.#parts.surroundings;
    const { unreliable: first, max = Infinity } = timers.durations.G;
    const repeated = repeatUntilAcknowledged({
      setTimer,
      timers,
      repeat: () => transaction.repeat(),
      onTimeout: () => {
        this.#repeated = undefined;
        this.#apply('no ack', { by: 'timer' });
      },
      // In a short time each T1: 10 % of loss in both directions would lose one of 150 calls otherwise.
      ...(within === undefined ? { max } : { within, max: first }),
    });
    this.#repeated = { sequence: invite.cseq.sequence, ...repeated };
    this.client.dialog = confirmDialog(this.client.dialog);
    this.#apply('accept');
  }

  /** We received a 2xx of the INVITE. */
  confirm(response: SipResponse): void {
    this.client.dialog = receiveResponse(this.client.dialog, response);
    this.#peerUpdates ||= acceptsUpdate(response.headers);
    this.#apply('confirm');
    this.timer.confirm(response.headers);
    this.renegotiation.proceed();
  }

  /** Ends the session by BYE, at once or after the ACK. */
  end(reason: EndReason, by: SessionEnd['by'] = 'us'): void {
    this.#apply('end', { ...reason, by });
  }

  /** Acknowledges the 2xx of a dialog that belongs to no session, and ends it. */
  discard(invite: SipRequest): void {
    this.#listener = silentListener;
    this.acknowledgements.send(invite);
    this.end({});
  }

  /** Forgets an early dialog. */
  drop(): void {
    this.#apply('drop');
  }

  stored(): StoredSession | undefined {
    return this.#state === 'established' || this.#state === 'unacknowledged' ? this.#stored() : undefined;
  }

  /** Its early dialog, for a task that ends it. */
  storedEarly(): StoredSession | undefined {
    return this.#state === 'early' ? this.#stored() : undefined;
  }

  #stored(): StoredSession {
    return storeDialog(this.client.dialog, {
      contact: this.client.contact,
      isCaller: this.isCaller,
      sdp: this.exchange.sent === undefined ? null : withoutKeys(this.exchange.sent),
      peerUpdates: this.#peerUpdates,
      timer: this.timer.refresh ?? null,
      way: this.#parts.sender.stored?.(),
    });
  }

  /** Whether another task can go on with it. */
  get isIdle(): boolean {
    const isSettled =
      this.#state === 'established' && this.exchange.state === 'stable' && !this.acknowledgements.isWaiting;
    return isSettled && this.renegotiation.isIdle && this.#references.isIdle;
  }

  /** Another task goes on with it. */
  handOver(): void {
    this.#apply('hand over');
  }

  /** Sends our Contact. */
  refreshTarget(attempts?: number): void {
    if (this.#state === 'established') this.renegotiation.refresh(this.#peerUpdates, attempts);
  }

  #bye(request: SipRequest, transaction: Transaction<Path>): void {
    transaction.respond({ status: 200 });
    const isEarly = this.#state === 'early';
    this.#apply('bye', { ...readReason(request.headers), by: 'peer' });
    if (isEarly) this.#parts.onEarlyBye?.();
  }

  #apply(event: LegEvent, end?: SessionEnd): void {
    const transition = legStates[this.#state][event];
    if (transition === undefined) return;
    this.#state = transition.to;
    this.#end ??= end;
    for (const action of transition.actions) this.#perform(action);
  }

  #perform(action: LegAction): void {
    if (action === 'send BYE') this.#sendBye();
    else if (action === 'leave') this.#leave();
    else this.#report();
  }

  #report(): void {
    this.#finish();
    this.#listener.onEnd(this.#end ?? { by: 'us' });
  }

  #leave(): void {
    this.#repeated?.stop();
    this.#finish();
    this.#parts.surroundings.remove(this.#key);
    this.#gone.resolve(undefined);
  }

  #finish(): void {
    this.acknowledgements.finish();
    this.timer.stop();
    this.renegotiation.finish();
    this.#references.finish();
  }

  #sendBye(): void {
    const headers = new Headers([...this.#parts.surroundings.headers, ...reasonHeaders(this.#end ?? {})]);
    this.client.request({ method: 'BYE', headers }, () => this.#apply('bye answered'));
  }
}

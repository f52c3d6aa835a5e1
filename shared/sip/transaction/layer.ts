import { newResponse, type ResponseParts } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { serialize, type SipMessage, type SipRequest, type SipResponse } from '../message.ts';
import { isProportionate } from './amplification.ts';
import { ClientTransaction, type ClientListener } from './client.ts';
import { clientKey, mergeKey, serverKey } from './matching.ts';
import { newCancel } from './requests.ts';
import type { SetTimer } from './run.ts';
import { ServerTransaction } from './server.ts';
import type { Timers } from './timers.ts';

/**
 * The network path of a packet: a connection, or a UDP socket and its peer. Opaque to the layer except for `reliable`
 * and `received`.
 */
export type Flow = {
  readonly reliable: boolean;
  /** Bytes of the packet, if its source may be forged. */
  readonly received?: number;
};

/** The dependencies of the layer. */
export type LayerParts<Path extends Flow> = {
  /** Sends bytes. `failed` may be called at any time, also synchronously, if they could not be sent. */
  readonly send: (bytes: Buffer, flow: Path, failed: () => void) => void;
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  /**
   * The To tag of our responses: at least 32 bits that no one else can know (RFC 3261 §19.3), and the same for a
   * retransmission of the request, which may be answered without a transaction (§8.2.7).
   */
  readonly newTag: (request: SipRequest) => string;
  /** Concurrent transactions at most. Requests beyond get a stateless 503. */
  readonly max: number;
  readonly user: TransactionUser<Path>;
};

/** The transaction user (TU): it receives what the transactions pass on. */
export type TransactionUser<Path extends Flow> = {
  /** A new request. Respond through the transaction, now or later. */
  readonly onRequest: (request: SipRequest, transaction: ServerTransaction<Path>) => void;
  /**
   * Whether a CANCEL, or an ACK with its branch, comes from where an INVITE came from: who only knows the INVITE ends
   * nothing. They cannot be challenged (RFC 3261 §22.1).
   */
  readonly isOfSource: (invite: ServerTransaction<Path>, flow: Path) => boolean;
  /** The ACK of a 2xx, which belongs to the dialog. */
  readonly onAck: (request: SipRequest, flow: Path) => void;
  /**
   * An INVITE without final response was cancelled. The CANCEL is answered; the user must answer the INVITE with 487.
   */
  readonly onCancel: (transaction: ServerTransaction<Path>, cancel: SipRequest) => void;
  /** A response without a matching transaction (a proxy forwards a 2xx, others discard it: RFC 3261 §18.1.2). */
  readonly onStrayResponse: (response: SipResponse, flow: Path) => void;
  /** A response could not be sent, or its ACK did not arrive. */
  readonly onServerFailure: (transaction: ServerTransaction<Path>, reason: 'timeout' | 'transport error') => void;
};

/** Seconds after which a request that got a 503 may be repeated. */
const retryAfter = '5';

/** The response to a CANCEL says nothing: the INVITE gets its own (RFC 3261 §9.1). */
const ignore: ClientListener = { onResponse: () => undefined, onFailure: () => undefined };

/** Finds or creates the transaction of each message (RFC 3261 §17), and bounds their number. */
export class TransactionLayer<Path extends Flow> {
  readonly #parts: LayerParts<Path>;
  readonly #clients = new Map<string, ClientTransaction<Path>>();
  readonly #servers = new Map<string, ServerTransaction<Path>>();
  /** Requests outside dialogs, to detect merged requests (RFC 3261 §8.2.2.2). */
  readonly #merges = new Map<string, ServerTransaction<Path>>();
  #isClosed = false;

  constructor(parts: LayerParts<Path>) {
    this.#parts = parts;
  }

  /** Transactions that have not terminated. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /**
   * Sends a request in a new client transaction.
   * @param request its topmost Via has a branch that was never used before
   * @param failover seconds without any response after which an INVITE is given up; default: it is not
   * @returns undefined if the limit is reached or the layer is closed
   */
  request(
    request: SipRequest,
    flow: Path,
    listener: ClientListener,
    failover?: number,
  ): ClientTransaction<Path> | undefined {
    const transaction = this.#newClient(request, flow, { listener, failover });
    transaction?.begin();
    return transaction;
  }

  /**
   * Goes on with an INVITE that another task has sent, so that it can be cancelled, and its final response is
   * acknowledged. Nothing is sent.
   * @returns undefined if the limit is reached or the layer is closed
   */
  resume(invite: SipRequest, flow: Path, listener: ClientListener): ClientTransaction<Path> | undefined {
    const transaction = this.#newClient(invite, flow, { listener, failover: undefined });
    transaction?.resume();
    return transaction;
  }

  /**
   * Goes on with an INVITE that another task has received: respond through the transaction.
   * @param toTag of the responses of that task
   * @returns undefined if the INVITE has come here, too, the limit is reached or the layer is closed
   */
  adopt(invite: SipRequest, flow: Path, toTag: string): ServerTransaction<Path> | undefined {
    const key = serverKey(invite);
    const isFull = this.#isClosed || this.size >= this.#parts.max;
    return isFull || this.#servers.has(key) ? undefined : this.#newServer(key, invite, flow, () => toTag);
  }

  #newClient(
    request: SipRequest,
    flow: Path,
    options: Pick<ConstructorParameters<typeof ClientTransaction<Path>>[2], 'listener' | 'failover'>,
  ): ClientTransaction<Path> | undefined {
    if (this.#isClosed || this.size >= this.#parts.max) return undefined;
    const key = clientKey(request);
    const transaction = new ClientTransaction(request, flow, {
      ...this.#parts,
      ...options,
      sendCancel: (headers) => void this.request(newCancel(request, headers), flow, ignore),
      ended: () => this.#clients.delete(key),
    });
    this.#clients.set(key, transaction);
    return transaction;
  }

  /** Whether a response matches a request of ours. */
  awaits(response: SipResponse): boolean {
    return this.#clients.has(clientKey(response));
  }

  /** Whether a request is an INVITE in progress that comes again, or the CANCEL of one. */
  hasInviteOf(request: SipRequest): boolean {
    return ['INVITE', 'CANCEL'].includes(request.method) && this.#servers.has(serverKey(request, 'INVITE'));
  }

  /** Processes a received message. `markSource` must have marked the topmost Via of a request (RFC 3261 §18.2.1). */
  receive(message: SipMessage, flow: Path): void {
    if (this.#isClosed) return;
    if (message.kind === 'response') this.#response(message, flow);
    else this.#request(message, flow);
  }

  /** Ends every transaction silently and starts no other. Call it before the transports close. */
  close(): void {
    this.#isClosed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.abandon();
    for (const all of [this.#clients, this.#servers, this.#merges]) all.clear();
  }

  #response(response: SipResponse, flow: Path): void {
    const transaction = this.#clients.get(clientKey(response));
    if (transaction === undefined) this.#parts.user.onStrayResponse(response, flow);
    else transaction.receive(response);
  }

  #request(request: SipRequest, flow: Path): void {
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (known !== undefined) this.#repeat(known, request, flow);
    else if (request.method === 'ACK') this.#parts.user.onAck(request, flow);
    else if (request.toTag === undefined && this.#merges.has(mergeKey(request)))
      this.#reject(request, flow, { status: 482 });
    else if (this.size >= this.#parts.max)
      this.#reject(request, flow, { status: 503, headers: Headers.none.append(header.retryAfter, retryAfter) });
    else this.#begin(key, request, flow);
  }

  /** The ACK of another source is no ACK. */
  #repeat(known: ServerTransaction<Path>, request: SipRequest, flow: Path): void {
    if (request.method !== 'ACK' || this.#parts.user.isOfSource(known, flow)) known.receive(request);
  }

  /** A stateless response: a retransmission of the request gets the same one. */
  #reject(request: SipRequest, flow: Path, parts: ResponseParts): void {
    const response = serialize(newResponse(request, { ...parts, toTag: this.#parts.newTag(request) }));
    if (isProportionate(response, parts.status, flow)) this.#parts.send(response, flow, () => undefined);
  }

  #begin(key: string, request: SipRequest, flow: Path): void {
    const transaction = this.#newServer(key, request, flow);
    if (request.method === 'CANCEL') this.#answerCancel(request, transaction);
    else this.#parts.user.onRequest(request, transaction);
  }

  #newServer(
    key: string,
    request: SipRequest,
    flow: Path,
    newTag: LayerParts<Path>['newTag'] = this.#parts.newTag,
  ): ServerTransaction<Path> {
    const merge = request.toTag === undefined && request.method !== 'CANCEL' ? mergeKey(request) : undefined;
    const forget = (): void => {
      if (merge !== undefined && this.#merges.get(merge) === transaction) this.#merges.delete(merge);
    };
    const transaction: ServerTransaction<Path> = new ServerTransaction(request, flow, {
      ...this.#parts,
      newTag,
      challenged: forget,
      ended: () => {
        this.#servers.delete(key);
        forget();
      },
    });
    this.#servers.set(key, transaction);
    if (merge !== undefined) this.#merges.set(merge, transaction);
    transaction.begin();
    return transaction;
  }

  /** RFC 3261 §9.2. */
  #answerCancel(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    if (invite === undefined || !this.#parts.user.isOfSource(invite, transaction.flow))
      transaction.respondOnce([{ status: 481 }]);
    else {
      transaction.respond({ status: 200, toTag: invite.toTag });
      if (invite.state === 'proceeding') this.#parts.user.onCancel(invite, request);
    }
  }
}

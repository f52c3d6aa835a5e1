import { newResponse, type ResponseParts } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { serialize, type SipMessage, type SipRequest, type SipResponse } from '../message.ts';
import { ClientTransaction, type ClientListener } from './client.ts';
import { clientKey, mergeKey, serverKey } from './matching.ts';
import { newCancel } from './requests.ts';
import type { SetTimer } from './run.ts';
import { ServerTransaction } from './server.ts';

/** Where a packet goes or came from: a UDP peer by a socket of ours, a connection. The layer only hands it back. */
export type Flow = { readonly reliable: boolean };

/** What comes in from outside. */
export type LayerParts<Path extends Flow> = {
  /** `failed` is called, at any time, when the bytes could not be sent. */
  readonly send: (bytes: Buffer, flow: Path, failed: () => void) => void;
  readonly setTimer: SetTimer;
  /** A To tag: at least 32 random bits (§19.3). */
  readonly newTag: () => string;
  /** How many transactions there may be at once; a request beyond is answered 503 and forgotten. */
  readonly most: number;
  readonly user: TransactionUser<Path>;
};

/** Who takes what the transactions pass on. */
export type TransactionUser<Path extends Flow> = {
  /** A request that is new. It is to be answered by the transaction, now or later. */
  readonly onRequest: (request: SipRequest, transaction: ServerTransaction<Path>) => void;
  /** The ACK of a 2xx: a matter of the dialog. */
  readonly onAck: (request: SipRequest, flow: Path) => void;
  /** An INVITE not yet answered finally was cancelled; the CANCEL is answered already, the INVITE is to be (487). */
  readonly onCancel: (transaction: ServerTransaction<Path>) => void;
  /** A response to no request of ours, or to one given up (a proxy forwards 2xx, others drop it: §18.1.2). */
  readonly onStrayResponse: (response: SipResponse, flow: Path) => void;
  /** A response could not be sent, or no ACK came for it. */
  readonly onServerFailure: (transaction: ServerTransaction<Path>, reason: 'timeout' | 'transport error') => void;
};

/** Seconds after which a request that found no room may come again. */
const retryAfter = '5';

/** Finds or makes the transaction of each message (§17). Holds all of them, and no more than `most`. */
export class TransactionLayer<Path extends Flow> {
  readonly #parts: LayerParts<Path>;
  readonly #clients = new Map<string, ClientTransaction<Path>>();
  readonly #servers = new Map<string, ServerTransaction<Path>>();
  /** Requests outside dialogs, to know one that came by another path too. */
  readonly #merges = new Map<string, ServerTransaction<Path>>();
  #isClosed = false;

  constructor(parts: LayerParts<Path>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /**
   * Sends a request in a transaction of its own. Its topmost Via carries a branch that was never used.
   * @returns undefined where there is no room, or the layer is closed.
   */
  request(request: SipRequest, flow: Path, listener: ClientListener): ClientTransaction<Path> | undefined {
    if (this.#isClosed || this.size >= this.#parts.most) return undefined;
    const key = clientKey(request);
    const transaction = new ClientTransaction(request, flow, {
      ...this.#parts,
      listener,
      ended: () => this.#clients.delete(key),
    });
    this.#clients.set(key, transaction);
    transaction.begin();
    return transaction;
  }

  /**
   * Cancels an INVITE that was answered provisionally (§9.1); before, and after a final answer, there is nothing to
   * cancel.
   */
  cancel(transaction: ClientTransaction<Path>, listener: ClientListener): ClientTransaction<Path> | undefined {
    if (transaction.state !== 'proceeding') return undefined;
    return this.request(newCancel(transaction.request), transaction.flow, listener);
  }

  /**
   * Takes a message that a transport received; the topmost Via of a request is marked with its source already
   * (§18.2.1).
   */
  receive(message: SipMessage, flow: Path): void {
    if (this.#isClosed) return;
    if (message.kind === 'response') this.#response(message, flow);
    else this.#request(message, flow);
  }

  /** Ends every transaction without a word, and begins no other: to be called before the transports are gone. */
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
    if (known !== undefined) known.receive(request);
    else if (request.method === 'ACK') this.#parts.user.onAck(request, flow);
    else if (request.toTag === undefined && this.#merges.has(mergeKey(request)))
      this.#reject(request, flow, { status: 482 });
    else if (this.size >= this.#parts.most)
      this.#reject(request, flow, { status: 503, headers: Headers.none.append(header.retryAfter, retryAfter) });
    else this.#begin(key, request, flow);
  }

  /** Without state: the same request will be answered so again. */
  #reject(request: SipRequest, flow: Path, parts: ResponseParts): void {
    const response = newResponse(request, { ...parts, toTag: this.#parts.newTag() });
    this.#parts.send(serialize(response), flow, () => undefined);
  }

  #begin(key: string, request: SipRequest, flow: Path): void {
    const merge = request.toTag === undefined && request.method !== 'CANCEL' ? mergeKey(request) : undefined;
    const forget = (): void => {
      if (merge !== undefined && this.#merges.get(merge) === transaction) this.#merges.delete(merge);
    };
    const transaction: ServerTransaction<Path> = new ServerTransaction(request, flow, {
      ...this.#parts,
      challenged: forget,
      ended: () => {
        this.#servers.delete(key);
        forget();
      },
    });
    this.#servers.set(key, transaction);
    if (merge !== undefined) this.#merges.set(merge, transaction);
    transaction.begin();
    if (request.method === 'CANCEL') this.#cancelled(request, transaction);
    else this.#parts.user.onRequest(request, transaction);
  }

  /** §9.2. */
  #cancelled(request: SipRequest, transaction: ServerTransaction<Path>): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    if (invite === undefined) transaction.respond({ status: 481 });
    else {
      transaction.respond({ status: 200, toTag: invite.toTag });
      if (invite.state === 'proceeding') this.#parts.user.onCancel(invite);
    }
  }
}

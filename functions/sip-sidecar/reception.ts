import { newResponse, type ResponseParts } from '../../shared/sip/build.ts';
import { authentication } from '../../shared/sip/digest/authentication.ts';
import { header } from '../../shared/sip/header-kinds.ts';
import { Headers } from '../../shared/sip/headers.ts';
import { inspect, registeredMethods, type Abilities } from '../../shared/sip/inspection.ts';
import { parseMessage, serialize, type Answerable, type SipRequest } from '../../shared/sip/message.ts';
import { Parameters } from '../../shared/sip/parameters.ts';
import { markSource } from '../../shared/sip/routing/response.ts';
import type { ServerTransaction } from '../../shared/sip/transaction/server.ts';
import type { TransactionLayer } from '../../shared/sip/transaction/layer.ts';
import { isProportionate } from '../../shared/sip/transaction/amplification.ts';
import { transactionFlow, type TransactionFlow } from './transaction-flow.ts';
import type { Arrival, Flow } from './transport/flow.ts';

/** What the sidecar understands. `rejections` rejects the methods that it understands but does not serve. */
const abilities: Abilities = {
  methods: [
    'REGISTER',
    'OPTIONS',
    'INVITE',
    'CANCEL',
    'ACK',
    'BYE',
    'MESSAGE',
    'SUBSCRIBE',
    'NOTIFY',
    'REFER',
    'INFO',
    'UPDATE',
    'PRACK',
  ],
  known: registeredMethods,
  schemes: ['sip', 'sips'],
  extensions: [],
  bodies: ['application/sdp'],
  answers: ['application/sdp'],
};

/**
 * 403 for requests that an unauthenticated client may not send; 481 for requests within a dialog, as there are no
 * dialogs (RFC 3261 §12.2.2).
 */
const rejections: Readonly<Record<string, ResponseParts>> = {
  INVITE: { status: 403 },
  MESSAGE: { status: 403 },
  SUBSCRIBE: { status: 403 },
  REFER: { status: 403 },
  BYE: { status: 481 },
  NOTIFY: { status: 481 },
  INFO: { status: 481 },
  UPDATE: { status: 481 },
  PRACK: { status: 481 },
};

/** Headers of the answer to OPTIONS (RFC 3261 §11.2). */
const optionsHeaders = Headers.none
  .append(header.allow, 'REGISTER')
  .append(header.allow, 'OPTIONS')
  .append(header.accept, { value: 'application/sdp', parameters: new Parameters([]) });

/** RFC 3261 §21.5.4: the client may retry after 5 s. */
const unavailable: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/** REGISTERs in progress. With more, phones would time out before their response. */
const maxRegistering = 500;
/**
 * Beyond this number in progress, and if the oldest one takes longer than T1 (500 ms, RFC 3261 §17.1.1.1), so that
 * phones begin to repeat theirs, only phones that were challenged are let in: otherwise the work of their challenges
 * would be lost. Others are dropped before they are parsed over UDP, as they will be repeated, and get 503 over a
 * connection.
 */
const busy = { registering: 100, milliseconds: 500 } as const;

/** The dependencies of the reception. */
export type ReceptionDependencies = {
  readonly transactions: () => TransactionLayer<TransactionFlow>;
  readonly send: (bytes: Buffer, flow: Flow) => void;
  readonly newTag: () => string;
  readonly register: (request: SipRequest, flow: Flow) => Promise<ResponseParts>;
  /** Whether the limit of challenges of this source is not reached. */
  readonly mayChallenge: (flow: Flow) => boolean;
  /** Called for every arrival on a flow, keep-alives and malformed messages included. */
  readonly onArrival: (flow: Flow) => void;
  readonly fault: (error: unknown, request: SipRequest) => void;
  /** Milliseconds. */
  readonly now: () => number;
};

type Transaction = ServerTransaction<TransactionFlow>;

/** Receives from the transports. Malformed messages are answered here, all others by their transactions. */
export class Reception {
  readonly #dependencies: ReceptionDependencies;
  /** With the time at which each began. The oldest is first. */
  readonly #registering = new Map<Promise<void>, number>();

  constructor(dependencies: ReceptionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when every REGISTER in progress is answered. */
  async waitForResponses(): Promise<void> {
    await Promise.all(this.#registering.keys());
  }

  /** Never throws because of a packet. */
  receive(arrival: Arrival, flow: Flow): void {
    this.#dependencies.onArrival(flow);
    if (arrival.kind === 'keepalive' || this.#isShed(arrival, flow)) return;
    const message = parseMessage(arrival.kind === 'rejected' ? arrival.head : arrival.bytes);
    if (arrival.kind === 'rejected')
      this.#answer(answerableOf(message), { status: arrival.code, reason: arrival.reason }, flow);
    else if (message.kind === 'malformed')
      this.#answer(message.answerTo, { status: message.code, reason: message.reason }, flow, arrival.bytes);
    else
      this.#dependencies
        .transactions()
        .receive(
          message.kind === 'request' ? markSource(message, flow.remote) : message,
          transactionFlow(flow, arrival.bytes.length),
        );
  }

  /** Answers a new request. */
  request(request: SipRequest, transaction: Transaction): void {
    const rejection = inspect(request, abilities) ?? rejections[request.method];
    if (rejection !== undefined) transaction.respondOnce(shortened(rejection));
    else if (request.method === 'OPTIONS') transaction.respondOnce(shortened({ status: 200, headers: optionsHeaders }));
    else if (!this.#mayRegister(request)) transaction.respondOnce([unavailable]);
    else this.#begin(this.#register(request, transaction));
  }

  #mayRegister({ headers }: SipRequest): boolean {
    if (this.#registering.size >= maxRegistering) return false;
    return !this.#isBusy() || headers.has(authentication.user.credentials);
  }

  #isShed(arrival: Arrival, { transport }: Flow): boolean {
    return transport === 'udp' && arrival.kind === 'message' && this.#isBusy() && isUnchallenged(arrival.bytes);
  }

  #isBusy(): boolean {
    if (this.#registering.size < busy.registering) return false;
    const [oldest = Infinity] = this.#registering.values();
    return this.#dependencies.now() - oldest > busy.milliseconds;
  }

  #begin(registering: Promise<void>): void {
    this.#registering.set(registering, this.#dependencies.now());
    void registering.finally(() => this.#registering.delete(registering));
  }

  async #register(request: SipRequest, transaction: Transaction): Promise<void> {
    try {
      const parts = await this.#dependencies.register(request, transaction.flow.flow);
      // Only an authenticated request succeeds, and only its response may be repeated.
      if (parts.status < 300) transaction.respond(parts);
      else if (parts.status !== 401) transaction.respondOnce(shortened(parts));
      else transaction.respondOnce(this.#challenges(request, transaction, parts));
    } catch (error) {
      this.#dependencies.fault(error, request);
      transaction.respondOnce([unavailable]);
    }
  }

  /**
   * A challenge for every algorithm, SHA-256 first (RFC 8760 §2.3), unless it is longer than its packet. Then one for
   * MD5 only, which every phone supports.
   */
  #challenges(request: SipRequest, { flow, toTag }: Transaction, parts: ResponseParts): readonly ResponseParts[] {
    if (!this.#dependencies.mayChallenge(flow.flow)) return [];
    const bytes = serialize(newResponse(request, { ...parts, toTag })).length;
    return parts.headers === undefined || bytes <= (flow.received ?? Infinity)
      ? [parts]
      : [{ ...parts, headers: new Headers([...parts.headers].slice(-1)) }];
  }

  /**
   * Answers a malformed request, if the response is proportionate to it.
   * @param packet the request over an unreliable transport
   */
  #answer(request: Answerable | null, parts: ResponseParts, flow: Flow, packet?: Buffer): void {
    if (request === null || request.method === 'ACK') return;
    const bytes = serialize(newResponse(request, { ...parts, toTag: this.#dependencies.newTag() }));
    if (isProportionate(bytes, parts.status, transactionFlow(flow, packet?.length)))
      this.#dependencies.send(bytes, flow);
  }
}

/** Whether a packet is a REGISTER without credentials, without parsing it. */
const isUnchallenged = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, 9) === 'REGISTER ' && !/\nauthorization[ \t]*:/i.test(bytes.toString('latin1'));

/** The readable part of a rejected message, to answer it. */
function answerableOf(message: ReturnType<typeof parseMessage>): Answerable | null {
  if (message.kind === 'malformed') return message.answerTo;
  return message.kind === 'request' ? message : null;
}

/** A response, and the same without headers, for a request that is too short for the first. */
const shortened = (parts: ResponseParts): readonly ResponseParts[] =>
  parts.headers === undefined ? [parts] : [parts, { ...parts, headers: Headers.none }];

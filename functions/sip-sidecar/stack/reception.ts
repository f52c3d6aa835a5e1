import { newResponse, type ResponseParts } from '#sip/build.ts';
import type { Arrival } from '#sip/framing.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { inspect, registeredMethods, type Abilities } from '#sip/inspection.ts';
import { parseMessage, serialize, type Answerable, type SipMessage, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sessionBodies, sessionExtensions } from '#sip/session/capabilities.ts';
import { markSource } from '#sip/routing/response.ts';
import type { TransactionLayer } from '#sip/transaction/layer.ts';
import { isProportionate } from '#sip/transaction/amplification.ts';
import { isEmergencyService } from '#telephony/emergency-services.ts';
import { AuthenticatedRequests, isUnauthenticated, type AuthenticatedAnswer } from './authenticated-requests.ts';
import { shortened, type RequestHandler, type Transaction } from './request-handler.ts';
import { transactionFlow, type TransactionFlow } from './transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';

/** What the sidecar understands. `defaultHandlers` rejects the methods that it understands but does not serve. */
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
  schemes: ['sip', 'sips', 'tel'],
  isService: isEmergencyService,
  extensions: sessionExtensions,
  bodies: ['application/sdp'],
  bodiesByMethod: sessionBodies,
  answers: ['application/sdp'],
};

/** Headers of the answer to OPTIONS (RFC 3261 §11.2). */
const optionsHeaders = Headers.none
  .append(header.allow, 'REGISTER')
  .append(header.allow, 'OPTIONS')
  .append(header.accept, { value: 'application/sdp', parameters: new Parameters([]) });

const respond =
  (parts: ResponseParts): RequestHandler =>
  (_request, transaction) =>
    transaction.respondOnce(shortened(parts));

/**
 * The handlers of methods that no part of the task serves: 403 for requests that an unauthenticated client may not
 * send; 481 for requests within a dialog, as there are no dialogs (RFC 3261 §12.2.2).
 */
const defaultHandlers: RequestHandlers = {
  OPTIONS: respond({ status: 200, headers: optionsHeaders }),
  INVITE: respond({ status: 403 }),
  MESSAGE: respond({ status: 403 }),
  SUBSCRIBE: respond({ status: 403 }),
  REFER: respond({ status: 403 }),
  BYE: respond({ status: 481 }),
  NOTIFY: respond({ status: 481 }),
  INFO: respond({ status: 481 }),
  UPDATE: respond({ status: 481 }),
  PRACK: respond({ status: 481 }),
};

/** The handler of each method. `inspect` has accepted the request before. */
export type RequestHandlers = Readonly<Record<string, RequestHandler>>;

/** The dependencies of the reception. */
export type ReceptionDependencies = {
  readonly transactions: () => TransactionLayer<TransactionFlow>;
  readonly send: (bytes: Buffer, flow: Flow) => void;
  readonly newTag: () => string;
  /**
   * The handlers of the methods that the task serves.
   * @param authenticated the handler of requests that must be authenticated, which are limited together
   */
  readonly handlers: (authenticated: (answer: AuthenticatedAnswer) => RequestHandler) => RequestHandlers;
  /** Whether the limit of challenges of this source is not reached. */
  readonly mayChallenge: (flow: Flow) => boolean;
  /** Passes a message to the task that it belongs to. @returns false if that is this one */
  readonly passOn: (message: SipMessage, bytes: Buffer, flow: Flow) => boolean;
  /** Called for every arrival on a flow, keep-alives and malformed messages included. */
  readonly onArrival: (flow: Flow) => void;
  /** @param request that it ends; absent: a packet, whose other work may be done */
  readonly fault: (error: unknown, request?: SipRequest) => void;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Receives from the transports. Malformed messages are answered here, all others by their transactions. */
export class Reception {
  readonly #dependencies: ReceptionDependencies;
  readonly #authenticated: AuthenticatedRequests;
  readonly #handlers: RequestHandlers;

  constructor(dependencies: ReceptionDependencies) {
    this.#dependencies = dependencies;
    this.#authenticated = new AuthenticatedRequests(dependencies);
    this.#handlers = {
      ...defaultHandlers,
      ...dependencies.handlers((answer) => this.#authenticated.handler(answer)),
    };
  }

  /** Resolves when every authenticated request in progress is answered. */
  async waitForResponses(): Promise<void> {
    await this.#authenticated.waitForResponses();
  }

  /** Never throws: what a packet should not do is noted, and costs this packet, not the task with its calls. */
  receive(arrival: Arrival, flow: Flow): void {
    try {
      this.#receive(arrival, flow);
    } catch (error) {
      this.#dependencies.fault(error);
    }
  }

  #receive(arrival: Arrival, flow: Flow): void {
    // A packet that another task has passed on says nothing about our own sockets.
    if (flow.task === undefined) this.#dependencies.onArrival(flow);
    if (arrival.kind === 'keepalive' || this.#isShed(arrival, flow)) return;
    const message = parseMessage(arrival.kind === 'rejected' ? arrival.head : arrival.bytes);
    if (arrival.kind === 'rejected')
      this.#answer(answerableOf(message), { status: arrival.code, reason: arrival.reason }, flow);
    else if (message.kind === 'malformed')
      this.#answer(message.answerTo, { status: message.code, reason: message.reason }, flow, arrival.bytes);
    else if (!this.#dependencies.passOn(message, arrival.bytes, flow))
      this.#dependencies
        .transactions()
        .receive(
          message.kind === 'request' ? markSource(message, flow.remote) : message,
          transactionFlow(flow, arrival.bytes.length),
        );
  }

  /** Passes a new request to the handler of its method. */
  request(request: SipRequest, transaction: Transaction): void {
    const rejection = inspect(request, abilities);
    const handle = rejection === undefined ? this.#handlers[request.method] : respond(rejection);
    handle?.(request, transaction);
  }

  #isShed(arrival: Arrival, { transport }: Flow): boolean {
    return (
      transport === 'udp' &&
      arrival.kind === 'message' &&
      this.#authenticated.isBusy() &&
      isUnauthenticated(arrival.bytes)
    );
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

/** The readable part of a rejected message, to answer it. */
function answerableOf(message: ReturnType<typeof parseMessage>): Answerable | null {
  if (message.kind === 'malformed') return message.answerTo;
  return message.kind === 'request' ? message : null;
}

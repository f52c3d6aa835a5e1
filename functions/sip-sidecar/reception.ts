import { newResponse, type ResponseParts } from '../../shared/sip/build.ts';
import { header } from '../../shared/sip/header-kinds.ts';
import { Headers } from '../../shared/sip/headers.ts';
import { inspect, registeredMethods, type Abilities } from '../../shared/sip/inspection.ts';
import { parseMessage, serialize, type Answerable, type SipRequest } from '../../shared/sip/message.ts';
import { Parameters } from '../../shared/sip/parameters.ts';
import { markSource } from '../../shared/sip/routing/response.ts';
import type { ServerTransaction } from '../../shared/sip/transaction/server.ts';
import type { TransactionLayer } from '../../shared/sip/transaction/layer.ts';
import { pathOf, type Path } from './path.ts';
import type { Arrival, Flow } from './transport/flow.ts';

/** Methods that are understood. What strangers may not do is refused by the table below. */
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
 * RFC 3261 §8.1.1.7, §12.2.2: what belongs to a dialog, and there is none; and what nobody may who has not proven
 * anything.
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

/** What there is to know, where there is room for it in the answer to a stranger. */
const courtesy = Headers.none
  .append(header.allow, 'REGISTER')
  .append(header.allow, 'OPTIONS')
  .append(header.accept, { value: 'application/sdp', parameters: new Parameters([]) });

/** RFC 3261 §21.5.4: whoever asks again in a while finds the store answering. */
const busy: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/**
 * REGISTERs that wait for the store at once: more would wait for longer than a phone does, and none would be answered
 * in time.
 */
const maxRegistering = 500;

export type ReceptionDependencies = {
  readonly transactions: () => TransactionLayer<Path>;
  readonly send: (bytes: Buffer, flow: Flow) => void;
  readonly newTag: () => string;
  readonly register: (request: SipRequest, flow: Flow) => Promise<ResponseParts>;
  /** Something came on a flow, whatever it was. */
  readonly heard: (flow: Flow) => void;
  readonly fault: (error: unknown, request: SipRequest) => void;
};

type Transaction = ServerTransaction<Path>;

/** Takes what the transports bring: malformed messages are answered here, all others go by their transactions. */
export class Reception {
  readonly #dependencies: ReceptionDependencies;
  readonly #registering = new Set<Promise<void>>();

  constructor(dependencies: ReceptionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when what was begun is answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#registering);
  }

  /** Never throws for what a peer sent. */
  receive(arrival: Arrival, flow: Flow): void {
    this.#dependencies.heard(flow);
    if (arrival.kind === 'keepalive') return;
    const message = parseMessage(arrival.kind === 'refused' ? arrival.head : arrival.bytes);
    if (arrival.kind === 'refused')
      this.#answer(answerableOf(message), { status: arrival.code, reason: arrival.reason }, flow);
    else if (message.kind === 'malformed')
      this.#answer(message.answerTo, { status: message.code, reason: message.reason }, flow, arrival.bytes.length);
    else
      this.#dependencies
        .transactions()
        .receive(message.kind === 'request' ? markSource(message, flow.remote) : message, pathOf(flow));
  }

  /** A request that is new. */
  request(request: SipRequest, transaction: Transaction): void {
    const rejection = inspect(request, abilities) ?? rejections[request.method];
    if (rejection !== undefined) transaction.respond(fitting(request, rejection));
    else if (request.method === 'OPTIONS') transaction.respond(fitting(request, { status: 200, headers: courtesy }));
    else if (this.#registering.size >= maxRegistering) transaction.respond(busy);
    else this.#begin(this.#register(request, transaction));
  }

  #begin(registering: Promise<void>): void {
    this.#registering.add(registering);
    void registering.finally(() => this.#registering.delete(registering));
  }

  async #register(request: SipRequest, transaction: Transaction): Promise<void> {
    try {
      const parts = await this.#dependencies.register(request, transaction.flow.flow);
      transaction.respond(transaction.flow.reliable ? parts : shortChallenge(request, parts));
    } catch (error) {
      this.#dependencies.fault(error, request);
      transaction.respond(busy);
    }
  }

  /** A datagram that is no proper request is not worth an answer that is longer. @param room bytes */
  #answer(request: Answerable | null, parts: ResponseParts, flow: Flow, room = Infinity): void {
    if (request === null || request.method === 'ACK') return;
    const bytes = serialize(newResponse(request, { ...parts, toTag: this.#dependencies.newTag() }));
    if (flow.transport !== 'udp' || bytes.length <= room) this.#dependencies.send(bytes, flow);
  }
}

/** What a refused message is answered by: its request, as far as it could be read. */
function answerableOf(message: ReturnType<typeof parseMessage>): Answerable | null {
  if (message.kind === 'malformed') return message.answerTo;
  return message.kind === 'request' ? message : null;
}

const isLonger = (request: SipRequest, parts: ResponseParts): boolean =>
  serialize(newResponse(request, parts)).length + tagRoom > serialize(request).length;

/**
 * A challenge for every algorithm, SHA-256 first (RFC 8760 §2.3), where that is no longer than the request; else for
 * MD5 alone, which every phone knows: a source can be forged, and is not to be sent more than it takes.
 */
const shortChallenge = (request: SipRequest, parts: ResponseParts): ResponseParts =>
  parts.status === 401 && parts.headers !== undefined && isLonger(request, parts)
    ? { ...parts, headers: new Headers([...parts.headers].slice(-1)) }
    : parts;

/**
 * Without its headers where it would else be longer than the request: nobody gets more bytes than it sent by naming a
 * victim as its source.
 */
function fitting(request: SipRequest, parts: ResponseParts): ResponseParts {
  if (parts.headers === undefined) return parts;
  // A 420 or 415 says nothing without its header.
  return parts.status < 300 && isLonger(request, parts) ? { ...parts, headers: Headers.none } : parts;
}

/** Bytes of the tag that a response's To gets. */
const tagRoom = 24;

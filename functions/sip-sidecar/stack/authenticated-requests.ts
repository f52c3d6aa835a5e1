import { newResponse, type ResponseParts } from '#sip/build.ts';
import { authentication } from '#sip/digest/authentication.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import { shortened, type RequestHandler, type Transaction } from './request-handler.ts';
import type { Flow } from '../transport/flow.ts';

/** RFC 3261 §21.5.4: the client may retry after 5 s. */
const unavailable: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '5') };

/** Requests in progress. With more, phones would time out before their response. */
const maxInProgress = 500;
/**
 * Beyond this number in progress, and if the oldest one takes longer than T1 (500 ms, RFC 3261 §17.1.1.1), so that
 * phones begin to repeat theirs, only phones that were challenged are let in: otherwise the work of their challenges
 * would be lost. Others are dropped before they are parsed over UDP, as they will be repeated, and get 503 over a
 * connection.
 */
const busy = { requests: 100, milliseconds: 500 } as const;

/** What the answer may depend on besides the request. */
export type Arrived = Pick<Transaction, 'flow' | 'toTag'>;

/** `onSent` is called when the response was sent. */
export type AuthenticatedResponse = ResponseParts & { readonly onSent?: () => void };

/** The response to an authenticated request, a challenge, or why it is rejected. */
export type AuthenticatedAnswer = (request: SipRequest, arrived: Arrived) => Promise<AuthenticatedResponse>;

/** The dependencies of authenticated requests. */
export type AuthenticatedDependencies = {
  /** Whether the limit of challenges of this source is not reached. */
  readonly mayChallenge: (flow: Flow) => boolean;
  readonly fault: (error: unknown, request: SipRequest) => void;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Answers requests whose clients must authenticate themselves, and limits the number of those in progress. */
export class AuthenticatedRequests {
  readonly #dependencies: AuthenticatedDependencies;
  /** With the time at which each began. The oldest is first. */
  readonly #inProgress = new Map<Promise<void>, number>();

  constructor(dependencies: AuthenticatedDependencies) {
    this.#dependencies = dependencies;
  }

  /** A handler of requests that are answered so. */
  handler(answer: AuthenticatedAnswer): RequestHandler {
    return (request, transaction) => {
      if (this.#admits(request)) this.#begin(this.#answer(request, transaction, answer));
      else transaction.respondOnce([unavailable]);
    };
  }

  /** Resolves when every request in progress is answered. */
  async waitForResponses(): Promise<void> {
    await Promise.all(this.#inProgress.keys());
  }

  /** Whether only requests with credentials are let in. */
  isBusy(): boolean {
    if (this.#inProgress.size < busy.requests) return false;
    const [oldest = Infinity] = this.#inProgress.values();
    return this.#dependencies.now() - oldest > busy.milliseconds;
  }

  #admits({ headers }: SipRequest): boolean {
    if (this.#inProgress.size >= maxInProgress) return false;
    return !this.isBusy() || headers.has(authentication.user.credentials);
  }

  #begin(answering: Promise<void>): void {
    this.#inProgress.set(answering, this.#dependencies.now());
    void answering.finally(() => this.#inProgress.delete(answering));
  }

  async #answer(request: SipRequest, transaction: Transaction, answer: AuthenticatedAnswer): Promise<void> {
    try {
      const { onSent, ...parts } = await answer(request, transaction);
      // Only an authenticated request succeeds, and only its response may be repeated.
      if (parts.status < 300) transaction.respond(parts);
      else if (parts.status !== 401) transaction.respondOnce(shortened(parts));
      else transaction.respondOnce(this.#challenges(request, transaction, parts));
      onSent?.();
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
}

/** Whether a packet is a request without credentials that needs some, without parsing it. */
export const isUnauthenticated = (bytes: Buffer): boolean =>
  /^(?:REGISTER|SUBSCRIBE) /.test(bytes.toString('latin1', 0, 10)) &&
  !/\nauthorization[ \t]*:/i.test(bytes.toString('latin1'));

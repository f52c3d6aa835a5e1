import type { ResponseParts } from '#sip/build.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import type { ServerTransaction } from '#sip/transaction/server.ts';
import type { TransactionFlow } from './transaction-flow.ts';

/** A server transaction of this task. */
export type Transaction = ServerTransaction<TransactionFlow>;

/** Answers a request through its transaction, now or later. Never throws because of the request. */
export type RequestHandler = (request: SipRequest, transaction: Transaction) => void;

/** A response, and the same without headers, for a request that is too short for the first. */
export const shortened = (parts: ResponseParts): readonly ResponseParts[] =>
  parts.headers === undefined ? [parts] : [parts, { ...parts, headers: Headers.none }];

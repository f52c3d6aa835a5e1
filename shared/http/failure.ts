import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { errorStatusOf, type Endpoint } from '../contract/endpoint.ts';
import { invalidResponseMessage } from '../contract/log-messages.ts';
import { AppError, kindOf, type ErrorKind, type Problem } from '../errors.ts';
import type { Log } from '../runtime/log.ts';
import { RateLimited } from '../limits/rate-limits.ts';
import type { Exchange } from './exchange.ts';
import { renderError, type RenderedBody } from './answers/render-error.ts';
import { InvalidResponse, type Rendered } from './answers/render.ts';

/** The same error of another kind. */
const asKind = (kind: ErrorKind, { message, details, facts, retryAfter }: AppError): AppError =>
  new AppError(kind, message, { details, facts, ...(retryAfter === undefined ? {} : { retryAfter }) });

/** Some endpoints have codes of their own, and some no 422: a broken rule is a 400 there, with the same code. */
function asAnsweredBy(endpoint: Endpoint, error: AppError): AppError {
  const renamed = endpoint.errorNames?.[error.code];
  const named = renamed === undefined ? error : asKind(kindOf(renamed), error);
  const status = errorStatusOf(endpoint, named.kind);
  return status === named.status ? named : asKind({ ...named.kind, status }, named);
}

/**
 * Whether a service of AWS did not do what it was asked: after the last attempt of its client, as others may succeed
 * in a second.
 */
const isOutage = (error: unknown): boolean =>
  isOfClient(error) && [isServerError, isThrottlingError, isTransientError].some((is) => is(error));

/** Whether it may be an error of a client of AWS. */
const isOfClient = (error: unknown): error is Parameters<typeof isServerError>[0] =>
  error instanceof Error && (error.cause === undefined || error.cause instanceof Error);

/** An error that no rule of ours throws. */
const unexpected = (cause: unknown): AppError =>
  isOutage(cause)
    ? new AppError('UNAVAILABLE', 'A part of the platform does not answer; try again', { retryAfter: 1, cause })
    : new AppError('INTERNAL_ERROR', 'Internal server error', { cause });

/**
 * The answer to a request that failed. An error that is no AppError becomes a 503 if a service of AWS is out of order,
 * else a 500 without details. Statuses from 500 on are logged as faults, which raise an alarm.
 */
export function answerFailure(error: unknown, exchange: Exchange, log: Log): Rendered {
  const { request, endpoint } = exchange;
  if (error instanceof RateLimited) exchange.window = error.window;
  // What rules throw may be 5xx, too: a phone that is off is no reason to take back a release.
  exchange.hasFault = !(error instanceof AppError) || error.code === 'INTERNAL_ERROR';
  const known = asAnsweredBy(endpoint, error instanceof AppError ? error : unexpected(error));
  if (known.status >= 500)
    log.fault(error, request.requestId, error instanceof InvalidResponse ? invalidResponseMessage : 'unexpected error');
  const retryAfter = known.retryAfter ?? (known.status === 429 ? exchange.format.retryAfter : undefined);
  const { contentType, body } = errorDocument(known, exchange);
  return {
    status: known.status,
    headers: {
      'Content-Type': contentType,
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...(known.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
    body,
  };
}

/** An error's document in the form that the request accepts. */
export const errorDocument = (problem: Problem, { request, now, format }: Exchange): RenderedBody =>
  renderError(problem, { requestId: request.requestId, now, accept: request.headers['accept'], format });

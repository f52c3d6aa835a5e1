import type { Endpoint } from '../../contract/endpoint.ts';
import { invalidResponseMessage } from '../../contract/log-messages.ts';
import { errorStatuses } from '../../error-statuses.ts';
import { AppError, type ErrorCode, type Problem } from '../../errors.ts';
import type { Log } from '../../runtime/log.ts';
import { RateLimited } from '../admission/rate-limits.ts';
import type { Exchange } from '../exchange.ts';
import { renderError, type RenderedBody } from './render-error.ts';
import { InvalidResponse, type Rendered } from './render.ts';

/** An error as an endpoint answers it: with another code, or another status than that of its code. */
class EndpointError extends AppError {
  readonly #status: number;

  constructor(problem: AppError, code: ErrorCode, status: number) {
    const { message, details, facts, retryAfter } = problem;
    super(code, message, { details, facts, ...(retryAfter === undefined ? {} : { retryAfter }) });
    this.#status = status;
  }

  override get status(): number {
    return this.#status;
  }
}

/** Some endpoints have codes of their own, and some no 422: a broken rule is a 400 there, with the same code. */
function asAnsweredBy({ brokenRule, errorNames = {}, errorStatus = {} }: Endpoint, error: AppError): AppError {
  const renamed = errorNames[error.code];
  if (renamed !== undefined) return new EndpointError(error, renamed, errorStatuses[renamed]);
  const status = errorStatus[error.code];
  if (status !== undefined) return new EndpointError(error, error.code, status);
  return brokenRule === 400 && error.status === 422 ? new EndpointError(error, error.code, 400) : error;
}

/**
 * The answer to a request that failed. An error that is no AppError becomes a 500 without details. Statuses from 500 on
 * are logged as faults, which raise an alarm.
 */
export function answerFailure(error: unknown, exchange: Exchange, log: Log): Rendered {
  const { request, endpoint } = exchange;
  if (error instanceof RateLimited) exchange.window = error.window;
  const known = asAnsweredBy(
    endpoint,
    error instanceof AppError ? error : new AppError('INTERNAL_ERROR', 'Internal server error', { cause: error }),
  );
  if (known.status >= 500)
    log.fault(error, request.requestId, error instanceof InvalidResponse ? invalidResponseMessage : 'unexpected error');
  const { contentType, body } = errorDocument(known, exchange);
  return {
    status: known.status,
    headers: {
      'Content-Type': contentType,
      ...(known.retryAfter === undefined ? {} : { 'Retry-After': String(known.retryAfter) }),
      ...(known.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
    body,
  };
}

/** An error's document in the form that the request accepts. */
export const errorDocument = (problem: Problem, { request, now, format }: Exchange): RenderedBody =>
  renderError(problem, { requestId: request.requestId, now, accept: request.headers['accept'], format });

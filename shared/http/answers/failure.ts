import type { Endpoint } from '../../contract/endpoint.ts';
import { invalidResponseMessage } from '../../contract/log-messages.ts';
import { AppError, kindOf, type ErrorKind, type Problem } from '../../errors.ts';
import type { Log } from '../../runtime/log.ts';
import { RateLimited } from '../admission/rate-limits.ts';
import type { Exchange } from '../exchange.ts';
import { renderError, type RenderedBody } from './render-error.ts';
import { InvalidResponse, type Rendered } from './render.ts';

/** The same error of another kind. */
const asKind = (kind: ErrorKind, { message, details, facts, retryAfter }: AppError): AppError =>
  new AppError(kind, message, { details, facts, ...(retryAfter === undefined ? {} : { retryAfter }) });

/** Some endpoints have codes of their own, and some no 422: a broken rule is a 400 there, with the same code. */
function asAnsweredBy({ brokenRule, errorNames = {}, errorStatus = {} }: Endpoint, error: AppError): AppError {
  const renamed = errorNames[error.code];
  if (renamed !== undefined) return asKind(kindOf(renamed), error);
  const status = errorStatus[error.code] ?? (brokenRule === 400 && error.status === 422 ? 400 : error.status);
  return status === error.status ? error : asKind({ ...error.kind, status }, error);
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

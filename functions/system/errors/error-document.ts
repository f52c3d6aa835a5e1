import { invalidParameter, type Problem } from '../../../shared/errors.ts';

/** The standard error document for any status, in words that owe nothing to the request (system.md, "Utilities"). */

export const smallestStatus = 400;
export const greatestStatus = 599;
export const defaultStatus = 404;

/**
 * The registered statuses (IANA HTTP Status Code Registry): the platform's own code where it has a general one, else
 * the registered phrase.
 */
const sentences: Readonly<Record<number, readonly [code: string, sentence: string]>> = {
  400: ['BAD_REQUEST', 'The request cannot be understood'],
  401: ['UNAUTHENTICATED', 'A valid credential is needed'],
  402: ['INSUFFICIENT_CREDITS', 'The credit does not cover this'],
  403: ['FORBIDDEN', 'This is not allowed'],
  404: ['NOT_FOUND', 'There is nothing at this path'],
  405: ['METHOD_NOT_ALLOWED', 'This path does not answer the method; Allow names those that it does'],
  406: ['NOT_ACCEPTABLE', 'There is no form of this that the client accepts'],
  407: ['PROXY_AUTHENTICATION_REQUIRED', 'The proxy needs a credential'],
  408: ['REQUEST_TIMEOUT', 'The request took too long to arrive'],
  409: ['CONFLICT', 'This contradicts the present state'],
  410: ['GONE', 'This was here and will not come back'],
  411: ['LENGTH_REQUIRED', 'The request must say how long it is'],
  412: ['PRECONDITION_FAILED', 'A precondition of the request does not hold'],
  413: ['BODY_TOO_LARGE', 'The body is too large'],
  414: ['URI_TOO_LONG', 'The address is too long'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The body has a form that is not understood'],
  416: ['RANGE_NOT_SATISFIABLE', 'The range lies outside'],
  417: ['EXPECTATION_FAILED', 'An expectation of the request cannot be met'],
  421: ['MISDIRECTED_REQUEST', 'The request came to the wrong place'],
  422: ['VALIDATION_FAILED', 'A value of the body breaks a rule'],
  423: ['LOCKED', 'This is locked'],
  424: ['FAILED_DEPENDENCY', 'Something that this depends on failed'],
  425: ['TOO_EARLY', 'The request came too early'],
  426: ['UPGRADE_REQUIRED', 'Another protocol is needed'],
  428: ['PRECONDITION_REQUIRED', 'The request must name a precondition'],
  429: ['RATE_LIMITED', 'There were too many requests; wait a little'],
  431: ['REQUEST_HEADER_FIELDS_TOO_LARGE', 'The headers are too large'],
  451: ['UNAVAILABLE_FOR_LEGAL_REASONS', 'This may not be shown, for legal reasons'],
  500: ['INTERNAL_ERROR', 'Something went wrong on our side'],
  501: ['NOT_IMPLEMENTED', 'This is not implemented'],
  502: ['BAD_GATEWAY', 'A system behind this one failed'],
  503: ['UNAVAILABLE', 'This is not possible just now'],
  504: ['GATEWAY_TIMEOUT', 'A system behind this one took too long'],
  505: ['HTTP_VERSION_NOT_SUPPORTED', 'This version of HTTP is not supported'],
  506: ['VARIANT_ALSO_NEGOTIATES', 'The choice of a form failed'],
  507: ['INSUFFICIENT_STORAGE', 'There is no room left'],
  508: ['LOOP_DETECTED', 'The request ran in a circle'],
  511: ['NETWORK_AUTHENTICATION_REQUIRED', 'The network needs a credential'],
};

const unregistered = (status: number): readonly [string, string] =>
  status < 500 ? ['CLIENT_ERROR', 'The request was refused'] : ['SERVER_ERROR', 'The request failed on our side'];

/** What is answered under a status: the same for every request. */
export function standardProblem(status: number): Problem {
  const [code, message] = sentences[status] ?? unregistered(status);
  return { status, code, message, details: [] };
}

/** The status that `?code=` names. @throws AppError INVALID_PARAMETER */
export function wantedStatus(code: string | undefined): number {
  if (code === undefined) return defaultStatus;
  const status = /^[0-9]{3}$/.test(code) ? Number(code) : 0;
  if (status >= smallestStatus && status <= greatestStatus) return status;
  throw invalidParameter('code', `must be a whole number from ${smallestStatus} to ${greatestStatus}`);
}

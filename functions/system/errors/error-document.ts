import { invalidParameter, type Problem } from '#errors.ts';

/** The standard error document for any status. It repeats nothing of the request. */

export const smallestStatus = 400;
export const greatestStatus = 599;
export const defaultStatus = 404;

/** Registered statuses (IANA HTTP Status Code Registry), each with the platform's own code or the registered phrase. */
const sentences: Readonly<Record<number, readonly [code: string, sentence: string]>> = {
  400: ['BAD_REQUEST', 'The request is malformed'],
  401: ['UNAUTHENTICATED', 'A valid credential is needed'],
  402: ['INSUFFICIENT_CREDITS', 'The credit is not sufficient for this request'],
  403: ['FORBIDDEN', 'This request is not allowed'],
  404: ['NOT_FOUND', 'No resource at this path'],
  405: ['METHOD_NOT_ALLOWED', 'This path does not support the method; the Allow header lists those that it supports'],
  406: ['NOT_ACCEPTABLE', 'No representation that the client accepts is available'],
  407: ['PROXY_AUTHENTICATION_REQUIRED', 'The proxy needs a credential'],
  408: ['REQUEST_TIMEOUT', 'The request took too long to arrive'],
  409: ['CONFLICT', 'The request conflicts with the current state of the resource'],
  410: ['GONE', 'The resource was deleted permanently'],
  411: ['LENGTH_REQUIRED', 'The request must have a Content-Length'],
  412: ['PRECONDITION_FAILED', 'A precondition of the request does not hold'],
  413: ['BODY_TOO_LARGE', 'The body is too large'],
  414: ['URI_TOO_LONG', 'The URI is too long'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The media type of the body is not supported'],
  416: ['RANGE_NOT_SATISFIABLE', 'The range cannot be satisfied'],
  417: ['EXPECTATION_FAILED', 'An expectation of the request cannot be met'],
  421: ['MISDIRECTED_REQUEST', 'The request was sent to a server that cannot answer it'],
  422: ['VALIDATION_FAILED', 'A value of the body breaks a rule'],
  423: ['LOCKED', 'The resource is locked'],
  424: ['FAILED_DEPENDENCY', 'A request that this one depends on failed'],
  425: ['TOO_EARLY', 'The request came too early'],
  426: ['UPGRADE_REQUIRED', 'Another protocol is needed'],
  428: ['PRECONDITION_REQUIRED', 'The request must name a precondition'],
  429: ['RATE_LIMITED', 'Too many requests; try again later'],
  431: ['REQUEST_HEADER_FIELDS_TOO_LARGE', 'The headers are too large'],
  451: ['UNAVAILABLE_FOR_LEGAL_REASONS', 'The resource is not available for legal reasons'],
  500: ['INTERNAL_ERROR', 'Something went wrong on our side'],
  501: ['NOT_IMPLEMENTED', 'The server does not support this function'],
  502: ['BAD_GATEWAY', 'A system behind this one failed'],
  503: ['UNAVAILABLE', 'The service is temporarily unavailable'],
  504: ['GATEWAY_TIMEOUT', 'A system behind this one took too long'],
  505: ['HTTP_VERSION_NOT_SUPPORTED', 'This version of HTTP is not supported'],
  506: ['VARIANT_ALSO_NEGOTIATES', 'Content negotiation failed'],
  507: ['INSUFFICIENT_STORAGE', 'The server has no space left'],
  508: ['LOOP_DETECTED', 'The server detected a loop'],
  511: ['NETWORK_AUTHENTICATION_REQUIRED', 'The network needs a credential'],
};

const unregistered = (status: number): readonly [string, string] =>
  status < 500 ? ['CLIENT_ERROR', 'The request was rejected'] : ['SERVER_ERROR', 'The request failed on our side'];

/** The problem of a status: the same for every request. */
export function standardProblem(status: number): Problem {
  const [code, message] = sentences[status] ?? unregistered(status);
  return { status, code, message, details: [] };
}

/** The problem of a path without a resource. @param nearest the template of a path that is probably meant */
export function unknownPath(nearest: string | undefined): Problem {
  const problem = standardProblem(404);
  return nearest === undefined ? problem : { ...problem, message: `${problem.message}; the nearest is ${nearest}` };
}

/** The status that `?code=` names. @throws AppError INVALID_PARAMETER */
export function wantedStatus(code: string | undefined): number {
  if (code === undefined) return defaultStatus;
  const status = /^[0-9]{3}$/.test(code) ? Number(code) : 0;
  if (status >= smallestStatus && status <= greatestStatus) return status;
  throw invalidParameter('code', `must be a whole number from ${smallestStatus} to ${greatestStatus}`);
}

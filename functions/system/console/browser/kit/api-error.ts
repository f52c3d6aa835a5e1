import { at, listIn, textIn } from '../../json-value.ts';

/** An answer of the API that is no success. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable code, such as `VALIDATION_FAILED`. */
  readonly code: string;
  readonly details: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | null;

  constructor(status: number, requestId: string | null, body: unknown) {
    const { code, message, details } = problemIn(body);
    super(message === '' ? `The server answers ${status}` : message);
    this.status = status;
    this.requestId = requestId;
    this.code = code === '' ? `HTTP_${status}` : code;
    this.details = details;
  }
}

/**
 * The error in a body: `error.details` is a list of violations, or has one beside facts; `error` is the code in lower
 * case where the message is beside it (shared/http/answers/README.md, "Response formats").
 */
function problemIn(body: unknown): Pick<ApiError, 'code' | 'message' | 'details'> {
  const error = at(body, 'error');
  const details = at(error, 'details');
  return {
    code: typeof error === 'string' ? error.toUpperCase() : textIn(at(error, 'code')),
    message: textIn(at(error, 'message')) || textIn(at(body, 'message')),
    details: listIn(Array.isArray(details) ? details : at(details, 'violations')) as ApiError['details'],
  };
}

/** Whether another person has changed the resource since it was read. */
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === 'VERSION_CONFLICT';

/** What the API says of fields; none if it says nothing of them. */
export const violationsOf = (error: unknown): ApiError['details'] => (error instanceof ApiError ? error.details : []);

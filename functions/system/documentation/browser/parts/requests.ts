/** Requests to the API, and their errors. */

export type Detail = { readonly path: string; readonly message: string };

/** An error of the API, or of the connection (`status` 0). */
export class Rejection extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];

  constructor(status: number, code: string, message: string, details: readonly Detail[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Sends a request, and answers the JSON of its answer; null for one without content. @throws Rejection */
export async function answerTo<Answer>(address: string, init: RequestInit): Promise<Answer> {
  // No cookies: the token alone authenticates.
  const response = await fetch(address, { ...init, credentials: 'omit' }).catch(() => null);
  if (response === null) throw new Rejection(0, 'UNREACHABLE', 'The server cannot be reached.');
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && (body !== null || response.status === 204)) return body as Answer;
  throw rejectionIn(response.status, body);
}

type ErrorBody = { readonly error?: { readonly code?: string; readonly message?: string; readonly details?: unknown } };

function rejectionIn(status: number, body: unknown): Rejection {
  const { error = {} } = Object(body) as ErrorBody;
  const { code = '', message = `The server answers ${status}.`, details } = error;
  return new Rejection(status, code, message, Array.isArray(details) ? (details as Detail[]) : []);
}

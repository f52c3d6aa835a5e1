/** A stable code, its HTTP status, and what it means (one sentence, for the OpenAPI document). */
export type ErrorKind<C extends string = string> = {
  readonly code: C;
  readonly status: number;
  readonly meaning: string;
};

/**
 * Declares error codes: `export const trunkErrors = errorKinds({ TRUNK_IN_USE: [409, 'Policies use the trunk.'] })`.
 * Bundles leave out the kinds that they do not use (esbuild, "no side effects").
 */
/* @__NO_SIDE_EFFECTS__ */
export const errorKinds = <const C extends string>(
  declared: Readonly<Record<C, readonly [status: number, meaning: string]>>,
): { readonly [K in C]: ErrorKind<K> } =>
  Object.fromEntries(
    Object.entries<readonly [number, string]>(declared).map(([code, [status, meaning]]) => [
      code,
      { code, status, meaning },
    ]),
  ) as { readonly [K in C]: ErrorKind<K> };

/** Whether a value is a declared kind of error. */
export const isErrorKind = (value: unknown): value is ErrorKind =>
  typeof value === 'object' && value !== null && 'code' in value && 'status' in value && 'meaning' in value;

/** The errors that `shared` or several areas throw. The resource or the area that owns an error declares the others. */
export const commonErrors = errorKinds({
  INVALID_JSON: [400, 'The body is not a JSON object.'],
  MISSING_FIELD: [400, 'A required field or parameter is missing; `details` lists them, and unknown fields.'],
  INVALID_PARAMETER: [400, 'A query parameter or header has the wrong form or is out of range.'],
  INVALID_ID: [400, 'A value in the path has the wrong form.'],
  INVALID_PAGE_TOKEN: [400, '`page_token` belongs to another list, was changed or has expired.'],
  AMBIGUOUS_CREDENTIALS: [400, 'A field of the log-in has two different values.'],
  INVALID_IP_ADDRESS: [400, 'The value is not an IP address that the field accepts.'],
  INVALID_STATUS: [400, 'The status is unknown or cannot be set here.'],
  UNAUTHENTICATED: [401, 'The request has no credential.'],
  INVALID_TOKEN: [401, 'The credential is invalid, expired or revoked.'],
  INVALID_CREDENTIALS: [401, 'The user name or the password is wrong.'],
  INSUFFICIENT_CREDITS: [402, 'The available credit does not cover the cost.'],
  INSUFFICIENT_SCOPE: [403, 'The credential lacks the scope of the endpoint; `details` names it.'],
  FORBIDDEN_ORG: [403, 'The request names an organization that the caller has no access to.'],
  ORG_SUSPENDED: [403, "The caller's organization is suspended."],
  PASSWORD_CHANGE_REQUIRED: [403, 'The user must change the password first.'],
  USER_SESSION_REQUIRED: [403, 'The endpoint needs a session; access keys and temporary tokens are not accepted.'],
  TEMP_TOKEN_NOT_ALLOWED: [403, 'The endpoint does not accept temporary tokens.'],
  CANNOT_MANAGE_USER: [403, 'The user has more rights than the caller.'],
  CANNOT_GRANT: [403, "The grant exceeds the caller's own rights."],
  NOT_A_SELLER: [403, 'Only resellers and the operator may use this endpoint.'],
  NOT_THE_SELLER: [403, 'Only the seller of the organization may change this.'],
  OPERATOR_ONLY: [403, 'Only the operator may do this.'],
  API_ACCESS_DISABLED: [403, 'Access keys are disabled for the user of this key.'],
  IP_NOT_ALLOWED: [403, 'The organization, the user or the access key does not allow this IP address.'],
  OUTSIDE_HOURS: [403, 'The request is outside the allowed hours.'],
  NOT_FOUND: [404, 'The resource does not exist, or belongs to another organization.'],
  VERSION_CONFLICT: [409, 'The resource has another version than `If-Match` or `version` names, or changes too often.'],
  REMOVES_MANY: [
    409,
    'The replacement would remove more than a tenth of 20 or more entries, and names neither the version that it is ' +
      'based on nor `confirm_removal: true`.',
  ],
  IDEMPOTENCY_IN_PROGRESS: [409, 'The first request with this `Idempotency-Key` is still running.'],
  NAME_TAKEN: [409, 'The name is taken.'],
  EXTENSION_TAKEN: [409, 'The extension is taken.'],
  ROTATION_IN_PROGRESS: [409, 'The previous secret is still valid; a rotation is in progress.'],
  IP_IN_USE: [
    409,
    'Another trunk has this IP address and port: of the same organization, or trusted or proven for another.',
  ],
  DEVICE_LIMIT: [409, 'The user has reached the limit of devices and phone lines.'],
  BODY_TOO_LARGE: [413, 'The body exceeds the limit of the endpoint (1 MiB by default).'],
  PAYLOAD_TOO_LARGE: [413, 'The body exceeds the limit of the endpoint.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body has a media type that the endpoint does not accept.'],
  VALIDATION_FAILED: [422, 'A value in the body breaks a rule; `details` lists the violations, the first 100 of many.'],
  NOT_YET_SUPPORTED: [422, 'The field is documented but not supported yet.'],
  LIMIT_EXCEEDED: [422, 'A limit is reached.'],
  INVALID_HOST: [422, 'The value is neither a host name nor an IP address.'],
  INSECURE_KEYS: [422, 'Keys of SRTP would be sent without TLS.'],
  INVALID_TEMPLATE: [422, 'The template cannot be read or exceeds a limit; `details` has the place and the reason.'],
  UNKNOWN_USER: [422, 'A named user does not exist; `details` lists them.'],
  UNKNOWN_ROLE: [422, 'A named role does not exist in the organization; `details` lists them.'],
  CURRENCY_MISMATCH: [422, 'The currencies differ.'],
  IDEMPOTENCY_KEY_REUSED: [422, 'This `Idempotency-Key` was used for a different request.'],
  INVALID_MAC: [422, 'The value is not the MAC address of an interface.'],
  RESERVED_EVENT_TYPE: [422, 'The type is reserved for events of the platform.'],
  DESTINATION_NOT_ALLOWED: [
    422,
    'The organization does not send to the country of the recipient, or call hosts of others.',
  ],
  WEBHOOK_URL_NOT_ALLOWED: [422, 'The platform does not send requests to this URL; `details` has the reason.'],
  SENDER_NOT_VERIFIED: [422, 'The sender is in no domain of the organization that is verified for e-mail.'],
  RECIPIENT_SUPPRESSED: [422, 'An earlier e-mail to the address bounced, or its reader complained.'],
  RATE_LIMITED: [429, 'Too many requests in this minute; retry after `Retry-After` seconds.'],
  CALL_LIMIT: [
    429,
    'Too many calls at once or a minute, or the spend of the day is reached; `details.reason` says which.',
  ],
  INTERNAL_ERROR: [500, 'An unexpected error; report it with its `request_id`.'],
  UNAVAILABLE: [503, 'Temporarily unavailable; retry after `Retry-After` seconds.'],
});

export type CommonCode = keyof typeof commonErrors;

/** An error as it is thrown: a declared kind, or the code of a common one. */
export type DeclaredError = ErrorKind | CommonCode;

/** The kind of an error that is named by its kind or by its common code. */
export const kindOf = (error: DeclaredError): ErrorKind => (typeof error === 'string' ? commonErrors[error] : error);

/** One violation. `path` is the path of the field (`rules[0].pattern`), or `""` for the whole body. */
export type ErrorDetail = { readonly path: string; readonly message: string };

/** The content of an error document, in any form. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** What else is known, by name, such as the reason of a denied call. Only some response formats show it. */
  readonly facts?: ErrorFacts | undefined;
};

/** Facts about an error that are no violations of fields. */
export type ErrorFacts = Readonly<Record<string, string | number | null>>;

type ErrorOptions = {
  readonly details?: readonly ErrorDetail[];
  readonly facts?: ErrorFacts | undefined;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** Whether the request may still take effect: one that repeats it with its `Idempotency-Key` goes on with it. */
  readonly mayTakeEffect?: boolean;
  readonly cause?: unknown;
};

/** An error that a rule throws: a stable code, and a sentence for people that says what is wrong. */
export class AppError extends Error implements Problem {
  override name = 'AppError';
  readonly #kind: ErrorKind;
  readonly code: string;
  readonly details: readonly ErrorDetail[];
  readonly facts: ErrorFacts | undefined;
  readonly retryAfter: number | undefined;
  readonly mayTakeEffect: boolean;

  constructor(error: DeclaredError, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.#kind = kindOf(error);
    this.code = this.#kind.code;
    this.details = options.details ?? [];
    this.facts = options.facts;
    this.retryAfter = options.retryAfter;
    this.mayTakeEffect = options.mayTakeEffect ?? false;
  }

  get kind(): ErrorKind {
    return this.#kind;
  }

  get status(): number {
    return this.#kind.status;
  }
}

/** A resource that does not exist or belongs to another tenant. Both have the same answer, which discloses neither. */
export const notFound = (name: string): AppError => new AppError('NOT_FOUND', `${name} not found`);

/** The value of a look-up. @throws AppError NOT_FOUND if it is undefined */
export function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw notFound(name);
  return value;
}

/** Required fields that are missing (400). */
export const missingField = (...paths: readonly [string, ...string[]]): AppError =>
  new AppError('MISSING_FIELD', `Required: ${paths.join(', ')}`, {
    details: paths.map((path) => ({ path, message: 'is required' })),
  });

/** A value in the body that breaks a rule (422). */
export const invalid = (path: string, message: string): AppError =>
  new AppError('VALIDATION_FAILED', message, { details: [{ path, message }] });

/** A query parameter that breaks a rule (400). Its message follows the path: `end must not be before start`. */
export const invalidParameter = (path: string, message: string): AppError =>
  new AppError('INVALID_PARAMETER', `${path} ${message}`, { details: [{ path, message }] });

/** A documented field without an implementation: rejected, not stored without effect (422). */
export const notYetSupported = (path: string): AppError =>
  new AppError('NOT_YET_SUPPORTED', `${path} is not supported yet`, {
    details: [{ path, message: 'is not supported yet' }],
  });

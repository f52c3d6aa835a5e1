/**
 * The error codes of the API with their statuses. A code never changes (shared/http/README.md, "Errors").
 * `shared/http/answers/render-error.ts` renders errors.
 */
export const errorStatuses = {
  INVALID_JSON: 400,
  MISSING_FIELD: 400,
  INVALID_PARAMETER: 400,
  INVALID_ID: 400,
  INVALID_PAGE_TOKEN: 400,
  AMBIGUOUS_CREDENTIALS: 400,
  INVALID_NUMBER: 400,
  INVALID_IP_ADDRESS: 400,
  INVALID_STATUS: 400,
  RANGE_TOO_LARGE: 400,
  TOO_MANY_KEYS: 400,
  INVALID_DEVICE_TYPE: 400,
  INVALID_EVENT: 400,

  UNAUTHENTICATED: 401,
  INVALID_TOKEN: 401,
  INVALID_CREDENTIALS: 401,

  INSUFFICIENT_CREDITS: 402,

  INSUFFICIENT_SCOPE: 403,
  FORBIDDEN_ORG: 403,
  ORG_SUSPENDED: 403,
  PASSWORD_CHANGE_REQUIRED: 403,
  ACCOUNT_LOCKED: 403,
  ACCOUNT_DISABLED: 403,
  NOT_ADMIN: 403,
  CLIENT_NOT_ALLOWED: 403,
  SCOPE_NOT_PERMITTED: 403,
  USER_SESSION_REQUIRED: 403,
  INVALID_CURRENT_PASSWORD: 403,
  CANNOT_MANAGE_USER: 403,
  CANNOT_GRANT: 403,
  OWN_ACCOUNT: 403,
  NOT_A_SELLER: 403,
  NOT_THE_SELLER: 403,
  NOT_THE_PARENT: 403,
  OPERATOR_ONLY: 403,
  API_ACCESS_DISABLED: 403,
  IP_NOT_ALLOWED: 403,
  OUTSIDE_HOURS: 403,

  NOT_FOUND: 404,
  UNKNOWN_ENTITY: 404,
  NOT_CONFIGURED: 404,
  NUMBER_NOT_FOUND: 404,
  NO_RATE: 404,

  METHOD_NOT_ALLOWED: 405,

  NOTIFY_TIMEOUT: 408,

  VERSION_CONFLICT: 409,
  IDEMPOTENCY_IN_PROGRESS: 409,
  NAME_TAKEN: 409,
  ALIAS_TAKEN: 409,
  USERNAME_TAKEN: 409,
  EMAIL_TAKEN: 409,
  EXTENSION_TAKEN: 409,
  CLIENT_ID_TAKEN: 409,
  LAST_ADMIN: 409,
  USER_HAS_RESOURCES: 409,
  GROUP_REFERENCED: 409,
  BUILT_IN_ROLE: 409,
  OPERATOR_ORG: 409,
  ORG_HAS_RESOURCES: 409,
  ROTATION_IN_PROGRESS: 409,
  TRUNK_NAME_EXISTS: 409,
  TRUNK_HAS_ACTIVE_CALLS: 409,
  TRUNK_IN_USE: 409,
  IP_IN_USE: 409,
  GATEWAY_NAME_EXISTS: 409,
  GATEWAY_IN_USE: 409,
  POLICY_NAME_EXISTS: 409,
  POLICY_IN_USE: 409,
  CURRENCY_LOCKED: 409,
  MAC_EXISTS: 409,
  EXTENSION_IN_USE: 409,
  DEVICE_LIMIT: 409,
  NOT_RENDERABLE: 409,
  INVALID_STATE: 409,
  ICCID_EXISTS: 409,
  IMSI_EXISTS: 409,
  MSISDN_EXISTS: 409,
  SIM_NOT_TERMINATED: 409,
  NUMBER_TAKEN: 409,
  NUMBER_QUARANTINED: 409,
  NUMBER_IN_USE: 409,
  TASK_CONFLICT: 409,
  INVALID_TASK_STATE: 409,
  REFERENCE_CONFLICT: 409,
  TARIFF_IN_USE: 409,
  TRUNK_HAS_COST_TARIFF: 409,

  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,

  VALIDATION_FAILED: 422,
  NOT_YET_SUPPORTED: 422,
  LIMIT_EXCEEDED: 422,
  LIMIT_EXCEEDS_PARENT: 422,
  INVALID_HOST: 422,
  INVALID_PATTERN: 422,
  INVALID_PARENT: 422,
  UNKNOWN_POLICY: 422,
  UNKNOWN_USER: 422,
  UNKNOWN_ROLE: 422,
  UNKNOWN_PERMISSION: 422,
  UNKNOWN_GATEWAY: 422,
  UNKNOWN_TARIFF: 422,
  CURRENCY_MISMATCH: 422,
  DUPLICATE_RATE: 422,
  WEAK_PASSWORD: 422,
  PASSWORD_REUSED: 422,
  WOULD_LOCK_OUT: 422,
  NOT_A_SESSION: 422,
  UNSUPPORTED_GRANT_TYPE: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_RECORDS: 422,
  EMPTY_BATCH: 422,
  CDR_VALIDATION_FAILED: 422,
  INVALID_MAC: 422,
  INVALID_ICCID: 422,
  ROUTE_TARGET_NOT_FOUND: 422,
  RESERVED_EVENT_TYPE: 422,

  RATE_LIMITED: 429,

  INTERNAL_ERROR: 500,

  UNAVAILABLE: 503,
  DEVICE_UNREACHABLE: 503,
} as const;

export type ErrorCode = keyof typeof errorStatuses;

/** One violation. `path` is the path of the field (`rules[0].pattern`), or `""` for the whole body. */
export type ErrorDetail = { readonly path: string; readonly message: string };

/** The content of an error document, in any form. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
};

type ErrorOptions = {
  readonly details?: readonly ErrorDetail[];
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
};

/** An error that a rule throws: a stable code, and a sentence for people that says what is wrong. */
export class AppError extends Error implements Problem {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return errorStatuses[this.code];
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

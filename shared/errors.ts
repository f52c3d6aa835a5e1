/**
 * The errors that the platform answers on purpose. A code is stable for ever; its status is the one
 * of the table in auth.md, "Rules of every endpoint". Rendering is `shared/http/render-error.ts`.
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

/** One violation: `path` as `rules[0].pattern`, `""` for the whole body. */
export type ErrorDetail = { readonly path: string; readonly message: string };

/** What an error's document says, in every form. An AppError is one. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
};

type ErrorOptions = {
  readonly details?: readonly ErrorDetail[];
  /** Seconds; becomes `Retry-After`. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
};

/** What a rule throws: a stable code and a sentence for a person. */
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

/** Unknown or another tenant's: one sentence for both, so that neither can be told from the other. */
export const notFound = (thing: string): AppError => new AppError('NOT_FOUND', `${thing} not found`);

/** The value that was looked up. @throws AppError NOT_FOUND if there is none */
export function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw notFound(name);
  return value;
}

/** Required fields that are absent (400). */
export const missingField = (...paths: readonly [string, ...string[]]): AppError =>
  new AppError('MISSING_FIELD', `Required: ${paths.join(', ')}`, {
    details: paths.map((path) => ({ path, message: 'is required' })),
  });

/** A value of the body that breaks a rule (422). */
export const invalid = (path: string, message: string): AppError =>
  new AppError('VALIDATION_FAILED', message, { details: [{ path, message }] });

/** A parameter of the query that breaks a rule which no schema of one parameter says (400). */
export const invalidParameter = (path: string, message: string): AppError =>
  new AppError('INVALID_PARAMETER', `${path} ${message}`, { details: [{ path, message }] });

/** A field that is specified but whose effect is not built yet: refused, never stored unused (422). */
export const notYetSupported = (path: string): AppError =>
  new AppError('NOT_YET_SUPPORTED', `${path} is not supported yet`, {
    details: [{ path, message: 'not supported yet' }],
  });

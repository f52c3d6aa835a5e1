/**
 * The error codes of the API with their statuses. A code never changes (shared/http/README.md, "Errors").
 * `shared/http/answers/render-error.ts` renders errors.
 */
export const errorStatuses = {
  INVALID_JSON: 400,
  MISSING_FIELD: 400,
  INVALID_PARAMETER: 400,
  INVALID_ID: 400,
  INVALID_ENTITY_TYPE: 400,
  INVALID_PAGE_TOKEN: 400,
  AMBIGUOUS_CREDENTIALS: 400,
  INVALID_NUMBER: 400,
  INVALID_PHONE_NUMBER: 400,
  INVALID_IP_ADDRESS: 400,
  INVALID_STATUS: 400,
  INVALID_DOMAIN: 400,
  INVALID_LOG_FORMAT: 400,
  MISSING_REQUIRED_FIELD: 400,
  INVALID_DATE_RANGE: 400,
  DATE_RANGE_TOO_LARGE: 400,
  INVALID_SEARCH_ID: 400,
  SEARCH_NOT_COMPLETE: 400,
  RANGE_TOO_LARGE: 400,
  TOO_MANY_KEYS: 400,
  INVALID_DEVICE_TYPE: 400,
  INVALID_PURPOSE: 400,
  INVALID_EVENT: 400,
  MISSING_REQUIRED_VARIABLE: 400,
  INVALID_SENDER: 400,
  MESSAGE_TOO_LONG: 400,
  INVALID_EMAIL_ADDRESS: 400,
  TEMPLATE_NOT_FOUND: 400,
  INVALID_ATTACHMENT: 400,
  ATTACHMENT_TOO_LARGE: 400,

  UNAUTHENTICATED: 401,
  INVALID_TOKEN: 401,
  INVALID_CODE: 401,
  INVALID_ID_TOKEN: 401,
  INVALID_CREDENTIALS: 401,
  INVALID_TOTP_CODE: 401,
  TWO_FACTOR_REQUIRED: 401,

  INSUFFICIENT_CREDITS: 402,
  INSUFFICIENT_BALANCE: 402,

  INSUFFICIENT_SCOPE: 403,
  FORBIDDEN_ORG: 403,
  ORG_SUSPENDED: 403,
  PASSWORD_CHANGE_REQUIRED: 403,
  ACCOUNT_LOCKED: 403,
  ACCOUNT_DISABLED: 403,
  SSO_USER_NOT_PERMITTED: 403,
  NOT_ADMIN: 403,
  CLIENT_NOT_ALLOWED: 403,
  SCOPE_NOT_PERMITTED: 403,
  USER_SESSION_REQUIRED: 403,
  TEMP_TOKEN_NOT_ALLOWED: 403,
  TWO_FACTOR_ENABLED: 403,
  TWO_FACTOR_REQUIRED_BY_ORG: 403,
  INVALID_CURRENT_PASSWORD: 403,
  CANNOT_MANAGE_USER: 403,
  CANNOT_GRANT: 403,
  OWN_ACCOUNT: 403,
  NOT_A_SELLER: 403,
  NOT_THE_SELLER: 403,
  NOT_THE_PARENT: 403,
  PLATFORM_TEMPLATE: 403,
  OPERATOR_ONLY: 403,
  API_ACCESS_DISABLED: 403,
  IP_NOT_ALLOWED: 403,
  OUTSIDE_HOURS: 403,
  SMS_DISABLED: 403,
  EMAIL_DISABLED: 403,
  TEMPLATE_NOT_AUTHORIZED: 403,
  CALL_DENIED: 403,
  SOURCE_NOT_ALLOWED: 403,
  SOFTPHONE_DISABLED: 403,

  NOT_FOUND: 404,
  UNKNOWN_ENTITY: 404,
  NOT_CONFIGURED: 404,
  SSO_NOT_CONFIGURED: 404,
  NUMBER_NOT_FOUND: 404,
  NO_RATE: 404,
  SEARCH_EXPIRED: 404,

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
  FOREIGN_ID_TAKEN: 409,
  LAST_ADMIN: 409,
  STATE_IN_USE: 409,
  STATE_MISMATCH: 409,
  USER_HAS_RESOURCES: 409,
  GROUP_REFERENCED: 409,
  BUILT_IN_ROLE: 409,
  OPERATOR_ORG: 409,
  ORG_HAS_RESOURCES: 409,
  ROTATION_IN_PROGRESS: 409,
  TWO_FACTOR_SETUP_IN_PROGRESS: 409,
  NO_PENDING_SETUP: 409,
  TWO_FACTOR_NOT_ENABLED: 409,
  TRUNK_NAME_EXISTS: 409,
  TRUNK_HAS_ACTIVE_CALLS: 409,
  TRUNK_IN_USE: 409,
  IP_IN_USE: 409,
  GATEWAY_NAME_EXISTS: 409,
  GATEWAY_IN_USE: 409,
  POLICY_NAME_EXISTS: 409,
  TEMPLATE_NAME_EXISTS: 409,
  POLICY_IN_USE: 409,
  CURRENCY_LOCKED: 409,
  MAC_EXISTS: 409,
  EXTENSION_IN_USE: 409,
  USER_HAS_MAILBOX: 409,
  MAILBOX_FULL: 409,
  MAILBOX_DISABLED: 409,
  DROP_NAME_EXISTS: 409,
  NOT_UPLOADED: 409,
  DEVICE_LIMIT: 409,
  NOT_RENDERABLE: 409,
  FILE_NAME_EXISTS: 409,
  FILE_IN_USE: 409,
  INVALID_STATE: 409,
  INVALID_CALL_STATE: 409,
  DEVICE_IN_CALL: 409,
  ALREADY_SENT: 409,
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
  IP_EXISTS: 409,
  DOMAIN_EXISTS: 409,
  DOMAIN_IN_USE: 409,
  WEBHOOK_EXISTS: 409,
  WEBHOOK_DISABLED: 409,
  DEFAULT_WEBHOOK: 409,

  SEARCH_FAILED: 410,

  BODY_TOO_LARGE: 413,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,

  VALIDATION_FAILED: 422,
  NOT_YET_SUPPORTED: 422,
  HOST_BITS_SET: 422,
  LIMIT_EXCEEDED: 422,
  LIMIT_EXCEEDS_PARENT: 422,
  INVALID_HOST: 422,
  INVALID_PATTERN: 422,
  INVALID_TEMPLATE: 422,
  INVALID_PARENT: 422,
  UNKNOWN_POLICY: 422,
  UNKNOWN_USER: 422,
  UNKNOWN_ROLE: 422,
  UNKNOWN_PERMISSION: 422,
  UNKNOWN_GATEWAY: 422,
  UNKNOWN_TARIFF: 422,
  UNKNOWN_TARGET: 422,
  REDIRECT_URI_NOT_ALLOWED: 422,
  UNKNOWN_SERVICE_PLAN: 422,
  UNKNOWN_FEATURE: 422,
  CURRENCY_MISMATCH: 422,
  DUPLICATE_RATE: 422,
  WEAK_PASSWORD: 422,
  WEAK_PIN: 422,
  NO_SMS_SENDER: 422,
  PASSWORD_REUSED: 422,
  WOULD_LOCK_OUT: 422,
  NOT_A_SESSION: 422,
  UNSUPPORTED_GRANT_TYPE: 422,
  SCOPE_EXCEEDS: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_RECORDS: 422,
  EMPTY_BATCH: 422,
  CDR_VALIDATION_FAILED: 422,
  INVALID_MAC: 422,
  FILE_TOO_LARGE: 422,
  INVALID_ICCID: 422,
  ROUTE_TARGET_NOT_FOUND: 422,
  RESERVED_EVENT_TYPE: 422,
  INVALID_SCHEDULE: 422,
  RECIPIENT_OPTED_OUT: 422,
  DESTINATION_NOT_ALLOWED: 422,
  WEBHOOK_URL_NOT_ALLOWED: 422,
  RESERVED_DOMAIN: 422,
  IMMUTABLE_FIELD: 422,
  DOMAIN_NOT_VERIFIED: 422,
  SENDER_NOT_VERIFIED: 422,
  RECIPIENT_SUPPRESSED: 422,
  CALLER_ID_NOT_ALLOWED: 422,
  RECORDING_UNAVAILABLE: 422,

  RATE_LIMITED: 429,
  RATE_LIMIT_EXCEEDED: 429,
  CALL_LIMIT: 429,
  PHONE_LIMIT: 429,

  INTERNAL_ERROR: 500,
  GATEWAY_ERROR: 500,

  UNAVAILABLE: 503,
  DEVICE_UNREACHABLE: 503,
  DNS_UNAVAILABLE: 503,
  SALESFORCE_UNAVAILABLE: 503,
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
  readonly cause?: unknown;
};

/** An error that a rule throws: a stable code, and a sentence for people that says what is wrong. */
export class AppError extends Error implements Problem {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly facts: ErrorFacts | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.facts = options.facts;
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

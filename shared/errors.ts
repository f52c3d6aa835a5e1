import { errorStatuses, type ErrorCode } from './error-statuses.ts';

export type { ErrorCode };

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
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly facts: ErrorFacts | undefined;
  readonly retryAfter: number | undefined;
  readonly mayTakeEffect: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.facts = options.facts;
    this.retryAfter = options.retryAfter;
    this.mayTakeEffect = options.mayTakeEffect ?? false;
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

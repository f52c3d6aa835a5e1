import type { ErrorCode } from '../errors.ts';

/** What the codes mean that any endpoint may answer, for the OpenAPI document (shared/http/README.md, "Errors"). */
export const errorMeanings: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_JSON: 'The body is not a JSON object.',
  MISSING_FIELD: 'A required field or parameter is missing; `details` lists all of them.',
  INVALID_ID: 'A value in the path has the wrong form.',
  INVALID_PARAMETER: 'A query parameter or header has the wrong form or is out of range.',
  INVALID_PAGE_TOKEN: '`page_token` belongs to another list, was changed or has expired.',
  UNAUTHENTICATED: 'The request has no credential.',
  INVALID_TOKEN: 'The credential is invalid, expired or revoked.',
  IP_NOT_ALLOWED: 'The organization or the access key does not allow this IP address.',
  FORBIDDEN_ORG: 'The request names an organization that the caller has no access to.',
  INSUFFICIENT_SCOPE: 'The credential lacks the scope of the endpoint; `details` names it.',
  ORG_SUSPENDED: "The caller's organization is suspended.",
  PASSWORD_CHANGE_REQUIRED: 'The user must change the password first.',
  USER_SESSION_REQUIRED: 'The endpoint needs a session; an access key is not accepted.',
  API_ACCESS_DISABLED: 'Access keys are disabled for the user of this key.',
  NOT_FOUND: 'The resource does not exist, or belongs to another organization.',
  VERSION_CONFLICT: 'The resource has another version than `If-Match` or `version` names, or changes too often.',
  IDEMPOTENCY_IN_PROGRESS: 'The first request with this `Idempotency-Key` is still running.',
  BODY_TOO_LARGE: 'The body exceeds the limit of the endpoint (1 MiB by default).',
  UNSUPPORTED_MEDIA_TYPE: 'The body has a media type that the endpoint does not accept.',
  VALIDATION_FAILED: 'A value in the body breaks a rule; `details` lists every violation.',
  IDEMPOTENCY_KEY_REUSED: 'This `Idempotency-Key` was used for a different request.',
  RATE_LIMITED: 'Too many requests in this minute; retry after `Retry-After` seconds.',
  INTERNAL_ERROR: 'An unexpected error; report it with its `request_id`.',
  UNAVAILABLE: 'Temporarily unavailable; retry after `Retry-After` seconds.',
};

import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/messaging` answer. */
export const messagingErrors = errorKinds({
  INVALID_PHONE_NUMBER: [400, 'The value is not an E.164 phone number.'],
  MISSING_REQUIRED_VARIABLE: [400, 'The template requires variables that are not given; `details` names each.'],
  RATE_LIMIT_EXCEEDED: [429, 'Too many requests or messages; retry after `Retry-After` seconds.'],
});

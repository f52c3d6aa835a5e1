import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/dialplan` answer. */
export const dialplanErrors = errorKinds({
  POLICY_NAME_EXISTS: [409, 'A policy with this name exists.'],
  INVALID_PATTERN: [422, 'The pattern is not valid.'],
  UNKNOWN_POLICY: [422, 'A named policy does not exist; `details` lists them.'],
  UNKNOWN_GATEWAY: [422, 'A named gateway does not exist; `details` lists them.'],
});

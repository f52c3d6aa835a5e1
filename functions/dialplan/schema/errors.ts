import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/dialplan` answer. */
export const dialplanErrors = errorKinds({
  POLICY_NAME_EXISTS: [409, 'A policy with this name exists.'],
  INVALID_PATTERN: [
    422,
    'A pattern is faulty or too large; `details` has the position (UTF-16 units from 0) and the reason.',
  ],
  UNKNOWN_POLICY: [422, 'A named policy does not exist; `details` lists them.'],
  UNKNOWN_GATEWAY: [422, 'A named gateway does not exist; `details` lists them.'],
});

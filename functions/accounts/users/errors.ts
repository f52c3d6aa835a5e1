import { errorKinds } from '#errors.ts';

export const userErrors = errorKinds({
  INVALID_CURRENT_PASSWORD: [403, '`current_password` is wrong.'],
  USER_NOT_PENDING: [409, 'The user has a password already, or is disabled.'],
  USER_HAS_RESOURCES: [409, 'Other resources refer to the user; `details` lists them.'],
});

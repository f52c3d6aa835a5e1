import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/accounts` answer. */
export const accountsErrors = errorKinds({
  INVALID_TOTP_CODE: [401, 'The code of the second factor is wrong, expired or used.'],
  ACCOUNT_LOCKED: [403, 'Too many failed log-ins; retry after `Retry-After` seconds.'],
  ACCOUNT_DISABLED: [403, 'The account is not active.'],
  CLIENT_NOT_ALLOWED: [403, 'The user may not log in with this client.'],
  OWN_ACCOUNT: [403, 'Callers cannot change their own roles, status or permissions.'],
  ALIAS_TAKEN: [409, 'The alias is taken.'],
  USERNAME_TAKEN: [409, 'The user name is taken.'],
  EMAIL_TAKEN: [409, 'The e-mail address is taken.'],
  CLIENT_ID_TAKEN: [409, 'The client id is taken.'],
  LAST_ADMIN: [409, 'The organization would have no active administrator left.'],
  WEAK_PASSWORD: [422, 'The password does not meet the rules; `details` says why.'],
  PASSWORD_REUSED: [422, 'The password was used before.'],
  WOULD_LOCK_OUT: [422, 'The change would lock out the caller: its own address or the time would not be allowed.'],
});

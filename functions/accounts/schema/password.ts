import { weakness, type Names } from '#schema/password-rules.ts';
import { AppError } from '#errors.ts';
import { accountsErrors } from './errors.ts';

/** WEAK_PASSWORD for the field at `path`; null for a good password. */
export function weakPassword(password: string, names: Names, path: string): AppError | null {
  const message = weakness(password, names);
  return message === null
    ? null
    : new AppError(accountsErrors.WEAK_PASSWORD, `The password ${message}`, { details: [{ path, message }] });
}

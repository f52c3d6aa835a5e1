import { newPasswordFault } from '#schema/new-password.ts';
import type { Names } from '#schema/password-rules.ts';
import { AppError } from '#errors.ts';
import { accountsErrors } from './errors.ts';

/** WEAK_PASSWORD for the field at `path`; null for a good password. */
export async function weakPassword(password: string, names: Names, path: string): Promise<AppError | null> {
  const message = await newPasswordFault(password, names);
  return message === null
    ? null
    : new AppError(accountsErrors.WEAK_PASSWORD, `The password ${message}`, { details: [{ path, message }] });
}

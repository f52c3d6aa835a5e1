import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { afterFailure, lockEvents, assertNotLocked, type Lockout } from '../auth/lockout.ts';
import { weakPassword } from '../auth/password.ts';
import { liveSessions } from '../auth/session.ts';
import { rotateSecret, secretHash } from '../auth/service-secret.ts';

/** A new password, or a service account's new secret (users.md, "POST /users/{id}/password"). */

const Secret = z.string().max(1_024);

/** Which fields are needed depends on whose password it is. */
export const PasswordChange = z
  .object({
    current_password: Secret,
    new_password: Secret,
    must_change: z.boolean(),
    overlap_seconds: z.int().min(0).max(86_400),
  })
  .partial()
  .meta({ id: 'PasswordChange' });
export type PasswordChange = z.output<typeof PasswordChange>;

/** @throws AppError MISSING_FIELD */
export function requiredField(change: PasswordChange, name: 'current_password' | 'new_password'): string {
  const value = change[name];
  if (value === undefined)
    throw new AppError('MISSING_FIELD', `Required: ${name}`, { details: [{ path: name, message: 'is required' }] });
  return value;
}

export const wrongCurrentPassword = (): AppError =>
  new AppError('INVALID_CURRENT_PASSWORD', 'current_password is not the present password', {
    details: [{ path: 'current_password', message: 'is not the present password' }],
  });

export const reusedPassword = (): AppError =>
  new AppError('PASSWORD_REUSED', 'new_password is the present or one of the last 5 passwords', {
    details: [{ path: 'new_password', message: 'was used before' }],
  });

type Owner = { readonly username: string; readonly email: string | null };

/** WEAK_PASSWORD, or null for a good one. */
export const weakNewPassword = (
  password: string,
  { username, email }: Owner,
  organizationName: string,
): AppError | null => weakPassword(password, [username, email, organizationName], 'new_password');

type Session = Parameters<typeof liveSessions>[0][number];

/** How many sessions a new password ends; the one at `current` goes on. */
export const sessionsEnded = (
  sessions: readonly Session[],
  { epoch, now, current }: { readonly epoch: number; readonly now: Date; readonly current: string | null },
): number => liveSessions(sessions, { epoch, now }).filter(({ id }) => id !== current).length;

const rememberedPasswords = 5;

type PasswordHistory = {
  readonly password?: string;
  readonly previous_passwords: readonly string[];
  readonly version: number;
};

/** The credential with a new hash, which remembers the last 5 before it. */
export const withPassword = <C extends PasswordHistory>(credential: C, password: string): C => ({
  ...credential,
  password,
  version: credential.version + 1,
  previous_passwords: [
    ...(credential.password === undefined ? [] : [credential.password]),
    ...credential.previous_passwords,
  ].slice(0, rememberedPasswords),
});

/** Hashes that a new password must not match, the present one first. */
export const usedPasswords = (credential: PasswordHistory | undefined): string[] =>
  credential === undefined
    ? []
    : [...(credential.password === undefined ? [] : [credential.password]), ...credential.previous_passwords];

/** What lock-out says before a current password is looked at. @throws AppError ACCOUNT_LOCKED */
export const rejectWhileLocked: (lockout: Lockout | undefined, now: number) => void = assertNotLocked;

/** Lock-out after a wrong current password, and what is told of it. */
export const afterWrongPassword = afterFailure;
export const eventsOfLock = lockEvents;

type SecretHistory = {
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; readonly valid_until: string };
  readonly version: number;
};

/** The credential with a new secret; the old one lives on for the overlap (seconds). */
export function withSecret<C extends SecretHistory>(
  credential: C,
  secret: string,
  { now, overlap }: { readonly now: Date; readonly overlap: number },
): Omit<C, 'previous_secret'> & SecretHistory {
  const { previous_secret: _, ...rest } = credential;
  return {
    ...rest,
    ...rotateSecret(credential.secret, secretHash(secret), { now, overlap }),
    version: credential.version + 1,
  };
}

import * as z from 'zod';
import type { Lockouts, NameLockout } from '../schema/lockout.ts';
import { AppError, missingField } from '#errors.ts';
import { networkOf } from '#schema/ip-address.ts';
import { omit } from '#schema/omit.ts';
import { secretHash } from '#schema/secret-hash.ts';
import {
  afterFailure,
  afterSuccess,
  assertNotLocked,
  isLockedSomewhere,
  lifted,
  lockEvents,
  originOf,
  unlockEvent,
  type Attempt,
} from '../schema/lockout-rules.ts';
import { weakPassword } from '../schema/password.ts';
import { liveSessions } from '../schema/session.ts';
import { rotateSecret } from '../schema/service-secret.ts';
import { accountsErrors } from '../schema/errors.ts';
import { userErrors } from './errors.ts';

/** New passwords of people and new secrets of service accounts (functions/accounts/auth/README.md, "Passwords"). */

const Secret = z.string().max(1_024);

/** Which fields are required depends on the account. */
export const PasswordChange = z
  .object({
    current_password: Secret.describe("Current password, to change one's own"),
    new_password: Secret.describe('New password, 12–256 characters'),
    must_change: z.boolean().describe('Whether the user must change the password that another one set. Default: true'),
    overlap_seconds: z
      .int()
      .min(0)
      .max(86_400)
      .describe('Seconds for which the old secret of a service account stays valid. Default: 0'),
  })
  .partial()
  .meta({ id: 'PasswordChange' });
export type PasswordChange = z.output<typeof PasswordChange>;

type Caller = {
  readonly credential: { readonly kind: 'session' | 'accesskey' | 'temporary' | 'pending' };
  readonly scopes: { readonly has: (scope: 'users:write') => boolean };
  readonly mustChangePassword: boolean;
};

/**
 * Whether the caller may try to change a password or a secret. `isOwn`: its own password.
 * @throws AppError USER_SESSION_REQUIRED, INSUFFICIENT_SCOPE, PASSWORD_CHANGE_REQUIRED
 */
export function assertMayChangePassword({ credential, scopes, mustChangePassword }: Caller, isOwn: boolean): void {
  if (credential.kind !== 'session')
    throw new AppError('USER_SESSION_REQUIRED', 'This needs a session, not an access key');
  if (!isOwn && !scopes.has('users:write'))
    throw new AppError('INSUFFICIENT_SCOPE', 'This needs the scope users:write', {
      details: [{ path: 'scope', message: 'users:write' }],
    });
  if (!isOwn && mustChangePassword) throw new AppError('PASSWORD_CHANGE_REQUIRED', 'Change your own password first');
}

/** @throws AppError MISSING_FIELD */
export function requiredField(change: PasswordChange, name: 'current_password' | 'new_password'): string {
  const value = change[name];
  if (value === undefined) throw missingField(name);
  return value;
}

export const wrongCurrentPassword = (): AppError =>
  new AppError(userErrors.INVALID_CURRENT_PASSWORD, 'current_password is not the current password', {
    details: [{ path: 'current_password', message: 'is not the current password' }],
  });

export const reusedPassword = (): AppError =>
  new AppError(accountsErrors.PASSWORD_REUSED, 'new_password is the current password or one of the last 5', {
    details: [{ path: 'new_password', message: 'was used before' }],
  });

type Owner = { readonly id: string; readonly username: string; readonly email: string | null };

/** WEAK_PASSWORD; null for a good password. */
export const weakNewPassword = (
  password: string,
  { username, email }: Pick<Owner, 'username' | 'email'>,
  organizationName: string,
): Promise<AppError | null> => weakPassword(password, [username, email, organizationName], 'new_password');

type Session = Parameters<typeof liveSessions>[0][number];

/** Number of sessions that a new password ends; the session `current` continues. */
export const countEndedSessions = (
  sessions: readonly Session[],
  { epoch, now, current }: { readonly epoch: number; readonly now: Date; readonly current: string | null },
): number => liveSessions(sessions, { epoch, now }).filter(({ id }) => id !== current).length;

const maxPreviousPasswords = 5;

type PasswordHistory = {
  readonly password?: string;
  readonly previous_passwords: readonly string[];
  readonly password_resets?: readonly unknown[];
  readonly version: number;
};

/** The credential with a new hash, and the hashes of up to 5 previous passwords. Tokens of e-mails become void. */
export const withPassword = <C extends PasswordHistory>(credential: C, password: string): C => ({
  ...credential,
  ...(credential.password_resets === undefined ? {} : { password_resets: [] }),
  password,
  version: credential.version + 1,
  previous_passwords: [
    ...(credential.password === undefined ? [] : [credential.password]),
    ...credential.previous_passwords,
  ].slice(0, maxPreviousPasswords),
});

/** Hashes that a new password must not match, the current one first. */
export const usedPasswords = (credential: PasswordHistory | undefined): string[] =>
  credential === undefined
    ? []
    : [...(credential.password === undefined ? [] : [credential.password]), ...credential.previous_passwords];

type SecretHistory = {
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; readonly valid_until: string };
  readonly version: number;
};

/** The credential with a new secret; the old one stays valid for the overlap (seconds). */
export function withSecret<C extends SecretHistory>(
  credential: C,
  secret: string,
  { now, overlap }: { readonly now: Date; readonly overlap: number },
): Omit<C, 'previous_secret'> & SecretHistory {
  return {
    ...omit(credential, 'previous_secret'),
    ...rotateSecret(credential.secret, secretHash(secret), { now, overlap }),
    version: credential.version + 1,
  };
}

type Person = Pick<Owner, 'id' | 'username'>;

const userEntity = ({ id }: Person) => ({ type: 'user', id });

/** The audit event of a new password. `sessions`: number of sessions that ended. */
export const passwordEvent = (user: Person, mustChange: boolean, sessions: number) => ({
  entity: userEntity(user),
  description: `Password of ${user.username} changed`,
  fields: { must_change: mustChange, sessions_terminated: sessions },
});

/** An attempt at the current password. */
export const attemptOf = (user: Person, { ip, now }: { readonly ip: string; readonly now: Date }): Attempt => ({
  username: user.username,
  network: networkOf(ip),
  now: now.getTime(),
});

/** Attempts at the current password count to the lock-out of its owner. @throws AppError ACCOUNT_LOCKED */
export function assertAttemptAllowed(lockouts: Lockouts, { now }: Attempt): void {
  assertNotLocked(lockouts, now);
}

/** A right current password: the lock-out after it, the conditions of its writes, and the audit events. */
export const rightAttempt = (user: Person, lockouts: Lockouts, attempt: Attempt) => ({
  place: originOf(attempt, lockouts),
  next: afterSuccess(lockouts, attempt, false),
  events: aboutUser(user, lockEvents(user.username, lockouts, attempt)),
});

/** A wrong current password: the lock-out after it, and the audit events. */
export function failedAttempt(user: Person, lockouts: Lockouts, attempt: Attempt) {
  const next = afterFailure(lockouts, attempt);
  const failed = {
    type: 'auth.login_failed',
    severity: 'warning',
    description: `${user.username} gave a wrong current password`,
    fields: { reason: 'INVALID_CURRENT_PASSWORD' },
  } as const;
  return { next, events: aboutUser(user, [failed, ...lockEvents(user.username, lockouts, attempt, next)]) };
}

/** An administrator sets the password: no lock-out is left, and the audit events. `now`: Unix milliseconds. */
export const liftedLocks = (user: Person, lockout: NameLockout | undefined, now: number) => ({
  next: lifted(user.username, now),
  events: isLockedSomewhere(lockout, now) ? aboutUser(user, [unlockEvent(user.username)]) : [],
});

const aboutUser = <E extends object>(user: Person, events: readonly E[]) =>
  events.map((event) => ({ ...event, entity: userEntity(user) }));

/** The audit event of a new secret. `overlap`: seconds for which the old one stays valid. */
export const secretEvent = (user: Person, overlap: number) => ({
  entity: userEntity(user),
  description: `Secret of ${user.username} rotated`,
  fields: { overlap_seconds: overlap },
});

export const blankCredential = (id: string) => ({ user_id: id, previous_passwords: [], version: 0 });

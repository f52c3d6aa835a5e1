import type { NameLockout } from '../schema/lockout.ts';
import * as z from 'zod';
import { AppError, invalid, missingField } from '#errors.ts';
import { minute, second } from '#schema/time.ts';
import { Email, text } from '#schema/values.ts';
import { isLockedSomewhere, lifted, unlockEvent } from '../schema/lockout-rules.ts';
import { weakPassword } from '../schema/password.ts';
import { accountsErrors } from '../schema/errors.ts';
import { foldUsername } from '../schema/username.ts';
import { openInvitation } from '../users/invitation.ts';
import { blankCredential, countEndedSessions, usedPasswords, withPassword } from '../users/password-change.ts';

/** Forgotten passwords (functions/accounts/auth/README.md, "Forgotten passwords"). */

/** Body of `POST /auth/password/forgot`. */
export const ForgottenPassword = z
  .object({
    username: text(254, 1).describe('Username; case and width do not count'),
    email: Email.describe('E-mail address, in place of the username'),
  })
  .partial()
  .meta({ id: 'ForgottenPassword' });
type ForgottenPassword = z.output<typeof ForgottenPassword>;

/** Body of `POST /auth/password/reset`. */
export const PasswordReset = z
  .object({
    token: z.string().max(254).describe('Token of the e-mail'),
    password: z.string().max(1_024).describe('New password, 12–256 characters'),
  })
  .meta({ id: 'PasswordReset' });

/** By what a user is looked up. */
export type ForgottenBy = { readonly username: string } | { readonly email: string };

/** @throws AppError MISSING_FIELD, VALIDATION_FAILED unless exactly one field is given */
export function forgottenBy({ username, email }: ForgottenPassword): ForgottenBy {
  if (username !== undefined && email !== undefined) throw invalid('email', 'excludes username');
  if (username !== undefined) return { username: foldUsername(username) };
  if (email === undefined) throw missingField('username');
  return { email };
}

/** Minutes in which the requests of an address are counted. */
const windowMinutes = 15;

/** The window of a time: its last minute (Unix minutes), and its end (Unix seconds). */
export function forgottenWindow(now: Date): { readonly minute: number; readonly end: number } {
  const end = (Math.floor(now.getTime() / (windowMinutes * minute)) + 1) * windowMinutes;
  return { minute: end - 1, end: (end * minute) / second };
}

/** @throws AppError RATE_LIMITED @param used requests of the address in the window, with this one */
export function assertWithinLimit(used: number, limit: number, now: Date): void {
  if (used <= limit) return;
  throw new AppError('RATE_LIMITED', `More than ${limit} requests for a new password in ${windowMinutes} minutes`, {
    retryAfter: Math.max(1, Math.ceil(forgottenWindow(now).end - now.getTime() / second)),
  });
}

/** One error for unknown, expired, used and void tokens. */
export const invalidToken = (): AppError => new AppError('INVALID_TOKEN', 'The token is unknown, expired or used');

type Token = {
  readonly hash: string;
  readonly email?: string;
  readonly invitation?: { readonly id: string };
  /** Unix seconds. */
  readonly expires_at: number;
};
type Owner = Parameters<typeof openInvitation>[0];
type Credential = { readonly password_resets?: readonly { readonly hash: string }[] };

/** Whether a token is the user's latest invitation, or one of those for a forgotten password. */
function isOpen({ hash, email, invitation }: Token, user: Owner, credential: Credential | undefined): boolean {
  if (invitation !== undefined) return openInvitation(user)?.id === invitation.id;
  const isListed = credential?.password_resets?.some((each) => each.hash === hash) === true;
  return isListed && user.status === 'active' && user.email === email;
}

/**
 * The token with what it belongs to, if it may still be used.
 * @throws AppError INVALID_TOKEN for one that is expired, used or void, or whose user is not active or not invited
 */
export function usableReset<T extends Token, U extends Owner, C extends Credential>(
  token: T | undefined,
  { user, credential }: { readonly user: U | undefined; readonly credential: C | undefined },
  now: Date,
): { readonly token: T; readonly user: U; readonly credential: C | undefined } {
  if (token === undefined || user === undefined) throw invalidToken();
  if (token.expires_at <= now.getTime() / second || !isOpen(token, user, credential)) throw invalidToken();
  return { token, user, credential };
}

type Person = { readonly id: string; readonly username: string; readonly email: string | null };

/** WEAK_PASSWORD; null for a good password. */
export const weakReset = (
  password: string,
  { username, email }: Person,
  organization: string,
): Promise<AppError | null> => weakPassword(password, [username, email, organization], 'password');

export const reusedReset = (): AppError =>
  new AppError(accountsErrors.PASSWORD_REUSED, 'password is the current password or one of the last 5', {
    details: [{ path: 'password', message: 'was used before' }],
  });

export { blankCredential, usedPasswords, withPassword as withNewPassword };

type Sessions = Parameters<typeof countEndedSessions>[0];

/** Number of sessions that a reset ends: all. */
export const countEnded = (sessions: Sessions, user: { readonly session_epoch: number }, now: Date): number =>
  countEndedSessions(sessions, { epoch: user.session_epoch, now, current: null });

const entityOf = ({ id }: Pick<Person, 'id'>) => ({ type: 'user', id });

/** No lock is left after a reset: the record of the name, and the audit events. @param now Unix milliseconds */
export const liftedByReset = (user: Person, lockout: NameLockout | undefined, now: number) => ({
  next: lifted(user.username, now),
  events: isLockedSomewhere(lockout, now)
    ? [{ ...unlockEvent(user.username), type: 'user.unlocked' as const, entity: entityOf(user) }]
    : [],
});

/** The audit event of the new password. @param sessions number of sessions that ended */
export const resetEvent = (user: Person, { invitation }: Pick<Token, 'invitation'>, sessions: number) => ({
  entity: entityOf(user),
  description:
    invitation === undefined
      ? `${user.username} set a new password by the link of an e-mail`
      : `${user.username} set the first password by the link of an invitation`,
  fields: { [invitation === undefined ? 'by_reset' : 'by_invitation']: true, sessions_terminated: sessions },
});

import * as z from 'zod';
import type { Lockouts } from '../schema/lockout.ts';
import { AppError, errorKinds, missingField } from '#errors.ts';
import { minute, second } from '#schema/time.ts';
import { wholeNumber } from '#schema/query.ts';
import { lockoutEvents, logInEvent } from '../auth/log-in-events.ts';
import { afterFailure, afterSuccess, assertNotLocked, originOf, type Attempt } from '../schema/lockout-rules.ts';
import type { FactorCode } from '../auth/second-factor.ts';
import { isoTime, openSession, type LogIn, type Person, type Session } from '../schema/session.ts';
import { tokenClaims } from '../auth/token.ts';
import { accountsErrors } from '../schema/errors.ts';

/** Set-up and end of second factors (functions/accounts/auth/README.md, "Two factors"). */

export const twoFactorErrors = errorKinds({
  TWO_FACTOR_ENABLED: [403, 'The user has a second factor already.'],
  TWO_FACTOR_REQUIRED_BY_ORG: [403, 'The organization requires a second factor.'],
  TWO_FACTOR_SETUP_IN_PROGRESS: [409, 'Another session of the user sets up a second factor.'],
  NO_PENDING_SETUP: [409, 'No set-up of a second factor is pending in this session.'],
  TWO_FACTOR_NOT_ENABLED: [409, 'The user has no second factor.'],
});

const Code = z.string().max(64);

export const Confirmation = z
  .object({ totp_code: Code.describe('Code that the authenticator app shows').meta({ example: '287082' }) })
  .meta({ id: 'TwoFactorConfirmation' });

export const FactorCodes = z
  .object({
    totp_code: Code.describe('Code of the authenticator app'),
    recovery_code: Code.describe('Recovery code, in place of `totp_code`'),
  })
  .partial()
  .meta({ id: 'FactorCodes' });
type FactorCodes = z.output<typeof FactorCodes>;

export const BarcodeForm = z
  .enum(['png', 'svg'])
  .optional()
  .transform((form) => form ?? 'png')
  .describe('Form of the image. Default: png');
export const BarcodeSize = wholeNumber(100, 1_000)
  .optional()
  .transform((size) => size ?? 200)
  .describe('Width in pixels. Default: 200');

/** Milliseconds for which a set-up is pending. */
const setUpTtl = 10 * minute;
export const recoveryCodeCount = 10;
/** Characters of base32 in a recovery code: 50 bits. */
export const recoveryCodeLength = 10;

/** A recovery code as it is shown: `k7m2p-q4xyz`. */
export const presentRecoveryCode = (code: string): string =>
  `${code.slice(0, recoveryCodeLength / 2)}-${code.slice(recoveryCodeLength / 2)}`.toLowerCase();

type Caller = {
  readonly type: 'user' | 'service';
  readonly twoFactor: boolean;
  readonly credential: { readonly id: string };
};

/** Second factors are for people. @throws AppError USER_SESSION_REQUIRED */
export function assertPerson({ type }: Pick<Caller, 'type'>): void {
  if (type !== 'user') throw new AppError('USER_SESSION_REQUIRED', 'Service accounts have no second factor');
}

type User = { readonly id: string; readonly username: string; readonly two_factor_enabled: boolean };

/** @throws AppError TWO_FACTOR_ENABLED */
export function assertNotEnabled(user: Pick<User, 'two_factor_enabled'>): void {
  if (user.two_factor_enabled)
    throw new AppError(twoFactorErrors.TWO_FACTOR_ENABLED, 'The second factor is on already');
}

type SetUp = { readonly sealed: string; readonly session: string; /** Unix seconds. */ readonly expires_at: number };

const isPending = (setUp: SetUp | undefined, now: Date): setUp is SetUp =>
  setUp !== undefined && setUp.expires_at > now.getTime() / second;

/**
 * The set-up that a session repeats; undefined: it begins a new one. `restart`: it begins a new one anyway.
 * @throws AppError TWO_FACTOR_SETUP_IN_PROGRESS if another session has begun one
 */
export function pendingSetUp(
  setUp: SetUp | undefined,
  { session, restart, now }: { readonly session: string; readonly restart: boolean; readonly now: Date },
): SetUp | undefined {
  if (restart || !isPending(setUp, now)) return undefined;
  if (setUp.session !== session)
    throw new AppError(
      twoFactorErrors.TWO_FACTOR_SETUP_IN_PROGRESS,
      'Another session sets up a second factor; restart=true takes over',
    );
  return setUp;
}

/** A set-up as it is first stored. */
export const newSetUp = (sealed: string, session: string, now: Date): SetUp => ({
  sealed,
  session,
  expires_at: Math.floor((now.getTime() + setUpTtl) / second),
});

/** The set-up that a session confirms. @throws AppError NO_PENDING_SETUP */
export function setUpOfSession(setUp: SetUp | undefined, session: string, now: Date): SetUp {
  if (!isPending(setUp, now) || setUp.session !== session)
    throw new AppError(
      twoFactorErrors.NO_PENDING_SETUP,
      'This session has no pending set-up: GET /auth/twofactor/secret begins one',
    );
  return setUp;
}

/** The code of a request, in query or body. @throws AppError MISSING_FIELD, AMBIGUOUS_CREDENTIALS */
export function givenCode(query: FactorCodes, body: FactorCodes): FactorCode {
  const codes: FactorCode[] = [query, body].flatMap(({ totp_code: totp, recovery_code: recovery }) => [
    ...(totp === undefined ? [] : [{ kind: 'totp' as const, code: totp }]),
    ...(recovery === undefined ? [] : [{ kind: 'recovery' as const, code: recovery }]),
  ]);
  const [first, ...others] = codes;
  if (first === undefined) throw missingField('totp_code');
  if (others.some(({ kind, code }) => kind !== first.kind || code !== first.code))
    throw new AppError('AMBIGUOUS_CREDENTIALS', 'Send one code: totp_code or recovery_code');
  return first;
}

/** One answer for a wrong code, an expired one and one that was used. */
export const wrongCode = (): AppError =>
  new AppError(accountsErrors.INVALID_TOTP_CODE, 'The code is wrong, expired or used', {
    details: [{ path: 'totp_code', message: 'is wrong, expired or used' }],
  });

/** @throws AppError TWO_FACTOR_NOT_ENABLED, TWO_FACTOR_REQUIRED_BY_ORG */
export function assertMayDisable(user: Pick<User, 'two_factor_enabled'>, isRequired: boolean): void {
  if (!user.two_factor_enabled)
    throw new AppError(twoFactorErrors.TWO_FACTOR_NOT_ENABLED, 'The second factor is not on');
  if (isRequired)
    throw new AppError(twoFactorErrors.TWO_FACTOR_REQUIRED_BY_ORG, 'Your organization requires a second factor');
}

type Secret = { readonly secret: string; readonly expiresAt: number };
type Account = { readonly email: string | null; readonly username: string };

/** The name of an account in authenticator apps. */
export const accountName = ({ email, username }: Account): string => email ?? username;

/** The secret as answered. */
export const presentSecret = (
  { secret, expiresAt }: Secret,
  { issuer, account, uri }: { readonly issuer: string; readonly account: string; readonly uri: string },
) => ({
  secret,
  algorithm: 'SHA1' as const,
  digits: 6 as const,
  period: 30 as const,
  issuer,
  account_name: account,
  provisioning_uri: uri,
  expires_at: isoTime(expiresAt),
});

const userEntity = ({ id }: Pick<User, 'id'>) => ({ type: 'user', id });

/** The audit event of a second factor that is on. */
export const enabledEvent = (user: User) => ({
  entity: userEntity(user),
  description: `${user.username} set up a second factor`,
});

/** The audit event of a second factor that is off. */
export const disabledEvent = (user: User) => ({
  entity: userEntity(user),
  severity: 'warning' as const,
  description: `${user.username} switched the second factor off`,
});

/** The audit event of a recovery code that was used. */
export const recoveryUsedEvent = (user: User, left: number) => ({
  entity: userEntity(user),
  severity: 'warning' as const,
  description: `${user.username} used a recovery code`,
  fields: { recovery_codes_left: left },
});

/** A wrong code counts as a failed log-in: the lock-out after it, and the audit events. */
export function failedCode(user: User, lockouts: Lockouts, attempt: Attempt) {
  const next = afterFailure(lockouts, attempt);
  const failed = {
    type: 'auth.login_failed',
    entity: userEntity(user),
    severity: 'warning',
    description: `${user.username} gave a wrong code`,
    fields: { reason: 'INVALID_TOTP_CODE' },
  } as const;
  return { next, events: [failed, ...lockoutEvents(user, lockouts, attempt, next)] };
}

/** A right code: the lock-out after it, the conditions of its writes, and the audit events. */
export const rightCode = (user: User, lockouts: Lockouts, attempt: Attempt) => ({
  place: originOf(attempt, lockouts),
  next: afterSuccess(lockouts, attempt, false),
  events: lockoutEvents(user, lockouts, attempt),
});

/** @throws AppError ACCOUNT_LOCKED */
export const assertCodeAllowed = (lockouts: Lockouts, { now }: Attempt): void => {
  assertNotLocked(lockouts, now);
};

type Challenge = {
  readonly client: 'web' | 'mobile' | 'api';
  readonly session_ttl?: number;
  readonly by_provider?: true;
};

/** The session of a log-in that required the set-up: of the new epoch, as enabling ends all sessions. */
export function finishLogIn<S extends Session, Scope extends string>(
  { user, organization }: Person,
  sessions: readonly S[],
  logIn: Omit<LogIn<Scope>, 'client' | 'ttl' | 'byProvider'> & { readonly challenge: Challenge },
) {
  const account = { user: { ...user, session_epoch: user.session_epoch + 1 }, organization };
  const { client, session_ttl: ttl, by_provider: byProvider = false } = logIn.challenge;
  return openSession(account, sessions, { ...logIn, client, ttl, byProvider });
}

/** The claims of its token. */
export const claimsOf = <Scope extends string>(session: Claimed<Scope>, organization: number, tokenId: string) =>
  tokenClaims(session, organization, tokenId);

type Claimed<Scope extends string> = Parameters<typeof tokenClaims<Scope>>[0];

/** Its audit event. */
export const logInEventOf = (user: User, session: { readonly id: string; readonly client: string }) =>
  logInEvent(user, session);

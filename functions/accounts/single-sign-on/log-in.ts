import type { AppError } from '#errors.ts';
import { isWithinHours } from '#schema/hours.ts';
import { organizationText } from '#schema/values.ts';
import { failedLogInEvent, logInEvent } from '../auth/log-in-events.ts';
import { rejectionOf } from '../auth/log-in.ts';
import { newChallenge, nextStep, presentPending } from '../auth/second-factor.ts';
import { openSession, type LogIn, type Person, type Session } from '../schema/session.ts';
import { tokenClaims } from '../auth/token.ts';
import { notPermitted } from './identity.ts';
import type { SetUp } from './set-up.ts';

/** What a log-in by Salesforce does with the user that was found. */

type Account = Person & {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly status: 'active' | 'disabled' | 'pending';
    readonly two_factor_enabled: boolean;
    readonly access: Parameters<typeof rejectionOf>[0]['access'] & {
      readonly hours?: Parameters<typeof isWithinHours>[0];
    };
  };
  readonly organization: { readonly org_id: number; readonly security: { readonly require_2fa: boolean } };
};

/** Browsers log in. */
const client = 'web';

/** Why the user may not log in; null if it may. A user that is not active is as unknown as no user. */
export function rejection({ user }: Account, isAddressAllowed: boolean, now: Date): AppError | null {
  const isInHours = isWithinHours(user.access.hours, now);
  const found = rejectionOf({ ...user, roles: [] }, { kind: 'user', client, isAddressAllowed, isInHours });
  return found?.code === 'ACCOUNT_DISABLED' ? notPermitted() : found;
}

/**
 * Whether the session opens, or waits for the second factor of the platform or its set-up. Salesforce may have asked
 * for one of its own, so it is asked only if the set-up or the organization says so.
 */
export function stepOf({ user, organization }: Account, { require_2fa: asks }: Pick<SetUp, 'require_2fa'>) {
  const isRequired = asks || organization.security.require_2fa;
  if (!isRequired) return 'open';
  const step = nextStep({ isEnabled: user.two_factor_enabled, isRequired, code: undefined });
  return step === 'set-up' ? 'set-up' : 'wait';
}

/** The log-in that waits; `POST /auth/user` continues it. @param hash of its token */
export const waitingLogIn = ({ user, organization }: Account, hash: string, isSetUp: boolean, now: Date) =>
  newChallenge({
    hash,
    user,
    organization: organization.org_id,
    username: user.username,
    kind: 'user',
    client,
    ttl: undefined,
    isSetUp,
    now,
    byProvider: true,
  });

export { presentPending };

type Opened<Scope extends string> = Omit<LogIn<Scope>, 'client' | 'ttl' | 'byProvider'>;

/** The new session, and those that it replaces. */
export const openedSession = <S extends Session, Scope extends string>(
  account: Account,
  sessions: readonly S[],
  logIn: Opened<Scope>,
) => openSession(account, sessions, { ...logIn, client, ttl: undefined, byProvider: true });

type Claimed<Scope extends string> = Parameters<typeof tokenClaims<Scope>>[0];

/** The claims of its token. */
export const claimsOf = <Scope extends string>(session: Claimed<Scope>, organization: number, tokenId: string) =>
  tokenClaims(session, organization, tokenId);

/** The audit events of a log-in, and of a rejected one. */
export const openedEvent = logInEvent;
export const rejectedEvent = failedLogInEvent;

/** The audit event of a log-in that ended before its user was known. @param reason an error code */
export const refusedEvent = (organization: number, reason: string) =>
  ({
    type: 'auth.login_failed',
    entity: { type: 'org', id: organizationText(organization) },
    severity: 'warning',
    description: 'Log-in by Salesforce failed',
    fields: { reason },
  }) as const;

import type { CountedLockouts, Lockouts } from '../schema/lockout.ts';
import { organizationText } from '#schema/values.ts';
import { operatorNumber } from './first-start.ts';
import { lockEvents, type Attempt } from '../schema/lockout-rules.ts';

/** Audit events of log-ins and log-outs (functions/accounts/auth/README.md, "Log-in"). */

type Person = { readonly id: string; readonly username: string };

type Entity = { readonly type: string; readonly id: string };

const userEntity = ({ id }: Pick<Person, 'id'>): Entity => ({ type: 'user', id });

/**
 * Who an event about a failed log-in is about. An unknown name is the operator's business, and is not written down: it
 * may be a password that was typed into the wrong field.
 */
const subjectOf = (user: Person | undefined): { readonly entity: Entity; readonly name: string } =>
  user === undefined
    ? { entity: { type: 'org', id: organizationText(operatorNumber) }, name: 'an unknown name' }
    : { entity: userEntity(user), name: user.username };

/** A log-in that failed for the reason of an error code. */
export function failedLogInEvent(user: Person | undefined, reason: string) {
  const { entity, name } = subjectOf(user);
  return {
    type: 'auth.login_failed',
    entity,
    severity: 'warning',
    description: `Log-in of ${name} failed`,
    fields: { reason },
  } as const;
}

/**
 * Locks that ended before a log-in or began with it. The events `user.…` exist for known users only.
 * @param after the state after a failure; absent after a success
 */
export function lockoutEvents(user: Person | undefined, before: Lockouts, attempt: Attempt, after?: CountedLockouts) {
  const { entity, name } = subjectOf(user);
  return lockEvents(name, before, attempt, after)
    .filter(({ type }) => user !== undefined || type === 'auth.locked')
    .map((event) => ({ ...event, entity }));
}

/** A recovery code was used in place of the second factor. @param left number of unused ones */
export const recoveryEvent = (user: Person, left: number) =>
  ({
    type: 'auth.2fa.recovery_used',
    entity: userEntity(user),
    severity: 'warning',
    description: `${user.username} used a recovery code`,
    fields: { recovery_codes_left: left },
  }) as const;

/** A session was made. */
export const logInEvent = (user: Person, session: { readonly id: string; readonly client: string }) =>
  ({
    type: 'auth.login',
    entity: userEntity(user),
    description: `${user.username} logged in`,
    fields: { session_id: session.id, client: session.client },
  }) as const;

/** Sessions ended by their user: the one of the token, or all. */
export const logOutEvent = (user: Person, sessions: number, everywhere: boolean) =>
  ({
    type: 'auth.logout',
    entity: userEntity(user),
    description: `${user.username} logged out`,
    fields: { sessions_terminated: sessions, all_sessions: everywhere },
  }) as const;

/** One session ended by its user, by its id. */
export const sessionEndEvent = (user: Person, session: string) =>
  ({
    type: 'auth.logout',
    entity: userEntity(user),
    description: `${user.username} ended a session`,
    fields: { session_id: session, sessions_terminated: 1 },
  }) as const;

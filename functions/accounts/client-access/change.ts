import type { NameLockout } from '../schema/lockout.ts';
import { isLockedSomewhere, lifted, unlockEvent } from '../schema/lockout-rules.ts';
import { surplusSessions } from '../schema/session.ts';
import { idPrefixes } from '../users/account.ts';
import { accessOf, type StoredAccess } from './access.ts';

/** What a change of an account's access brings with it, and its audit events. */

/** Prefixes of the ids of all accounts. */
export const accountIds = [...idPrefixes.user, ...idPrefixes.service];

type User = { readonly id: string; readonly username: string };
type Described = User & StoredAccess & { readonly status: string; readonly roles: readonly string[] };

const userEntity = ({ id }: Pick<User, 'id'>) => ({ type: 'user', id });

/** The oldest live sessions beyond the account's maximum. */
export const endedBy = <S extends Parameters<typeof surplusSessions>[0][number]>(
  sessions: readonly S[],
  { access, session_epoch: epoch }: StoredAccess & { readonly session_epoch: number },
  now: Date,
): S[] => surplusSessions<S>(sessions, { max: access.max_sessions, epoch, now });

/** What an event says of an account's access. */
const described = ({ status, roles, access }: Described) => ({ status, roles, ...accessOf(access) });

/** The audit event of changed settings. */
export const updatedEvent = (before: Described, after: Described) => ({
  entity: userEntity(before),
  description: `Access of ${before.username} changed`,
  before: described(before),
  after: described(after),
});

/** The audit event of a revocation. */
export const revokedEvent = (before: Described, after: Described) => ({
  ...updatedEvent(before, after),
  description: `Access of ${before.username} revoked`,
  severity: 'warning' as const,
});

/** The audit event of a second factor that another one removed. */
export const resetEvent = (user: User) => ({
  entity: userEntity(user),
  description: `Second factor of ${user.username} removed`,
  severity: 'warning' as const,
});

/** The state of a name without locks, and the audit events. `now`: Unix milliseconds. */
export const liftedLocks = (user: User, lockout: NameLockout | undefined, now: number) => ({
  next: lifted(user.username, now),
  events: [
    { type: 'access.unlocked' as const, description: `Lock-out of ${user.username} lifted`, entity: userEntity(user) },
    ...(isLockedSomewhere(lockout, now)
      ? [{ ...unlockEvent(user.username), type: 'user.unlocked' as const, entity: userEntity(user) }]
      : []),
  ],
});

import type { CountedLockouts, Lockouts, NameLockout, NetworkLockout } from '../schema/lockout.ts';
import { platformRow } from '#dynamodb/row.ts';
import { change, checkCondition, create, replace, type Write } from '#dynamodb/write.ts';

type ByName = { readonly username: string };
type ByNetwork = ByName & { readonly network: string };

export const nameLockoutRow = platformRow<'lockout', NameLockout, ByName, ByName>('lockout', {
  partition: ({ username }) => [username],
  sort: () => 'lockout',
  expires: (item) => item.expires_at,
});

export const networkLockoutRow = platformRow<'lockout', NetworkLockout, ByNetwork, ByName>('lockout', {
  partition: ({ username }) => [username],
  sort: ({ network }) => `network#${network}`,
  expires: (item) => item.expires_at,
});

/** Counts one more failure, unless another one was counted since the records were read. */
export const countFailure = (read: Lockouts, next: CountedLockouts): Write<'lockout'>[] => [
  read.name === undefined ? create(nameLockoutRow, next.name) : replace(nameLockoutRow, next.name, read.name),
  saveNetwork(read, next.network),
];

const saveNetwork = ({ network: read }: Lockouts, next: NetworkLockout): Write<'lockout'> =>
  read === undefined ? create(networkLockoutRow, next) : replace(networkLockoutRow, next, read);

/** Where an attempt came from. `isKnown`: locks of the name do not hold there, so that they are not looked at. */
type AttemptOrigin = ByNetwork & { readonly isKnown: boolean };

/** Condition: no lock of the name began since its record was read. Failures elsewhere do not matter. */
const checkNameLock = ({ username }: AttemptOrigin, { name: read }: Lockouts): Write<'lockout'> =>
  checkCondition(
    nameLockoutRow,
    { username },
    read === undefined
      ? { expression: 'attribute_not_exists(PK) OR locked_until = :none', values: { ':none': 0 } }
      : { expression: 'locked_until = :read', values: { ':read': read.locked_until } },
  );

/**
 * Conditions: no failure was counted in the network since its record was read, and no lock of the name began. Every
 * answer that reveals a password to be right needs them; otherwise parallel guesses would escape each other's failures.
 */
export const checkNoFailureSince = (origin: AttemptOrigin, read: Lockouts): Write<'lockout'>[] => [
  ...(origin.isKnown ? [] : [checkNameLock(origin, read)]),
  checkCondition(
    networkLockoutRow,
    origin,
    read.network === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.network.version } },
  ),
];

/**
 * A success clears the failures of its network, under the conditions of {@link checkNoFailureSince}. `endsNameLock`:
 * the end of a lock of the name is recorded with it.
 */
export const clearFailures = (
  { endsNameLock, ...origin }: AttemptOrigin & { readonly endsNameLock: boolean },
  read: Lockouts,
  next: NetworkLockout,
): Write<'lockout'>[] => [
  ...(origin.isKnown ? [] : [endsNameLock ? endNameLock(origin, read) : checkNameLock(origin, read)]),
  saveNetwork(read, next),
];

const endNameLock = ({ username }: AttemptOrigin, { name: read }: Lockouts): Write<'lockout'> =>
  change(
    nameLockoutRow,
    { username },
    {
      set: { locked_until: 0 },
      add: { version: 1 },
      onlyIf: { expression: 'locked_until = :read', values: { ':read': read?.locked_until ?? 0 } },
    },
  );

/** Lifts all locks of a name, whatever was counted since its record was read: failures in flight are decided again. */
export const liftLocks = ({ username, ...next }: Omit<NameLockout, 'version'>): Write<'lockout'> =>
  change(nameLockoutRow, { username }, { set: { username, ...next, ttl: next.expires_at }, add: { version: 1 } });

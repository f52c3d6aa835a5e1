import { platformRow } from '../../../shared/dynamodb/row.ts';
import { change, checkCondition, create, replace, type Write } from '../../../shared/dynamodb/write.ts';

type Failures = {
  readonly username: string;
  /** Unix milliseconds of the failures that still count, oldest first. */
  readonly failed_at: readonly number[];
  /** Unix milliseconds; 0: not locked. */
  readonly locked_until: number;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

/** Failed log-ins of a folded username, known or unknown, from anywhere. */
export type NameLockoutItem = Failures & {
  /** Unix milliseconds at which an administrator lifted all locks. Absent in items of earlier versions, too. */
  readonly lifted_at?: number;
  /** Unix milliseconds: end of the last lock in a single network. */
  readonly networks_locked_until?: number;
};

/** Failed log-ins of a username from one network, and the last successful one. */
export type NetworkLockoutItem = Failures & {
  readonly network: string;
  /** Unix milliseconds. */
  readonly logged_in_at?: number;
};

type ByName = { readonly username: string };
type ByNetwork = ByName & { readonly network: string };

export const nameLockoutRow = platformRow<'lockout', NameLockoutItem, ByName, ByName>('lockout', {
  partition: ({ username }) => [username],
  sort: () => 'lockout',
  expires: (item) => item.expires_at,
});

export const networkLockoutRow = platformRow<'lockout', NetworkLockoutItem, ByNetwork, ByName>('lockout', {
  partition: ({ username }) => [username],
  sort: ({ network }) => `network#${network}`,
  expires: (item) => item.expires_at,
});

/** What is stored for a name and for the network of an attempt. */
export type LockoutItems = {
  readonly name: NameLockoutItem | undefined;
  readonly network: NetworkLockoutItem | undefined;
};

/** Counts one more failure, unless another one was counted since the records were read. */
export const countFailure = (
  read: LockoutItems,
  next: { readonly name: NameLockoutItem; readonly network: NetworkLockoutItem },
): Write<'lockout'>[] => [
  read.name === undefined ? create(nameLockoutRow, next.name) : replace(nameLockoutRow, next.name, read.name),
  saveNetwork(read, next.network),
];

const saveNetwork = ({ network: read }: LockoutItems, next: NetworkLockoutItem): Write<'lockout'> =>
  read === undefined ? create(networkLockoutRow, next) : replace(networkLockoutRow, next, read);

/** Where an attempt came from. `isKnown`: locks of the name do not hold there, so that they are not looked at. */
type Place = ByNetwork & { readonly isKnown: boolean };

/** Condition: no lock of the name began since its record was read. Failures elsewhere do not matter. */
const checkNameLock = ({ username }: Place, { name: read }: LockoutItems): Write<'lockout'> =>
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
export const checkNoFailureSince = (place: Place, read: LockoutItems): Write<'lockout'>[] => [
  ...(place.isKnown ? [] : [checkNameLock(place, read)]),
  checkCondition(
    networkLockoutRow,
    place,
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
  { endsNameLock, ...place }: Place & { readonly endsNameLock: boolean },
  read: LockoutItems,
  next: NetworkLockoutItem,
): Write<'lockout'>[] => [
  ...(place.isKnown ? [] : [endsNameLock ? endNameLock(place, read) : checkNameLock(place, read)]),
  saveNetwork(read, next),
];

const endNameLock = ({ username }: Place, { name: read }: LockoutItems): Write<'lockout'> =>
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
export const liftLocks = ({ username, ...next }: Omit<NameLockoutItem, 'version'>): Write<'lockout'> =>
  change(nameLockoutRow, { username }, { set: { username, ...next, ttl: next.expires_at }, add: { version: 1 } });

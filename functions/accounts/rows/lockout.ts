import { platformRow } from '../../../shared/dynamodb/row.ts';
import { create, remove, replace, checkCondition, type Write } from '../../../shared/dynamodb/write.ts';

/** Failed log-ins of a folded username, known or unknown. */
export type LockoutItem = {
  readonly username: string;
  /** Unix milliseconds of the failures that still count, oldest first. */
  readonly failed_at: readonly number[];
  /** Unix milliseconds; 0: not locked. */
  readonly locked_until: number;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

export const lockoutRow = platformRow<'lockout', LockoutItem, { username: string }, { username: string }>('lockout', {
  partition: ({ username }) => [username],
  sort: () => 'lockout',
  expires: (item) => item.expires_at,
});

/** Counts one more failure, unless another one was counted since the record was read. */
export const countFailure = (read: LockoutItem | undefined, next: LockoutItem): Write<'lockout'> =>
  read === undefined ? create(lockoutRow, next) : replace(lockoutRow, next, read);

/**
 * Condition: no failure was counted since the record was read. Every answer that reveals a password to be right needs
 * it; otherwise parallel guesses would escape each other's failures.
 */
export const checkNoFailureSince = (username: string, read: LockoutItem | undefined): Write<'lockout'> =>
  checkCondition(
    lockoutRow,
    { username },
    read === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.version } },
  );

/** A success clears the failures before it, under the condition of {@link checkNoFailureSince}. */
export const clearFailures = (username: string, read: LockoutItem | undefined): Write<'lockout'> =>
  read === undefined ? checkNoFailureSince(username, read) : remove(lockoutRow, { username }, read);

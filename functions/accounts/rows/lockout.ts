import { platformRow } from '../../../shared/dynamodb/row.ts';
import { create, remove, replace, unchanged, type Write } from '../../../shared/dynamodb/write.ts';

/** Failed log-ins of a normalized username, whether or not it exists. */
export type LockoutItem = {
  readonly username: string;
  /** Unix milliseconds of the failures that still count, oldest first. */
  readonly failed_at: readonly number[];
  /** Unix milliseconds; 0 while it was never locked. */
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

/** One more failure, unless another one came in between: then all is judged anew. */
export const failure = (read: LockoutItem | undefined, next: LockoutItem): Write<'lockout'> =>
  read === undefined ? create(lockoutRow, next) : replace(lockoutRow, next, read);

/**
 * Nobody failed since the name was read. Every answer that tells a password to be right needs it, as
 * otherwise guesses made at once would not wait for each other's failures.
 */
export const noFailureSince = (username: string, read: LockoutItem | undefined): Write<'lockout'> =>
  unchanged(
    lockoutRow,
    { username },
    read === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': read.version } },
  );

/** A success forgets the failures before it, and needs {@link noFailureSince}. */
export const forgottenFailures = (username: string, read: LockoutItem | undefined): Write<'lockout'> =>
  read === undefined ? noFailureSince(username, read) : remove(lockoutRow, { username }, read);

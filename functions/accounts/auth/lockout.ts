import { AppError } from '../../../shared/errors.ts';

/** Lock-out of a username, whether or not it exists (auth.md, "Lock-out"). Times are Unix milliseconds. */
export type Lockout = {
  readonly username: string;
  /** Oldest first. */
  readonly failed_at: readonly number[];
  readonly locked_until: number;
  /** Unix seconds after which nothing of it counts. */
  readonly expires_at: number;
  readonly version: number;
};

const failuresThatLock = 5;
const countedFor = 15 * 60_000;
const lockedFor = 15 * 60_000;
/** For which a lock that is over is remembered, so that the first log-in behind it tells of its end. */
const rememberedFor = 7 * 24 * 3_600_000;

/** @throws AppError ACCOUNT_LOCKED while it is locked, with the seconds that are left */
export function rejectLocked(lockout: Lockout | undefined, now: number): void {
  if (lockout === undefined || lockout.locked_until <= now) return;
  throw new AppError('ACCOUNT_LOCKED', 'Too many failed log-ins; try again later', {
    retryAfter: Math.ceil((lockout.locked_until - now) / 1_000),
  });
}

/** What one more failure makes of it: the 5th within 15 minutes locks for 15 minutes, and counting begins anew. */
export function afterFailure(lockout: Lockout | undefined, username: string, now: number): Lockout {
  const failures = [...(lockout?.failed_at ?? []).filter((at) => at > now - countedFor), now];
  const locks = failures.length >= failuresThatLock;
  const lockedUntil = locks ? now + lockedFor : 0;
  return {
    username,
    failed_at: locks ? [] : failures,
    locked_until: lockedUntil,
    expires_at: Math.ceil((locks ? lockedUntil + rememberedFor : now + countedFor) / 1_000),
    version: (lockout?.version ?? 0) + 1,
  };
}

/** Whether the failure that led to this state was the one that locked. */
const justLocked = (lockout: Lockout): boolean => lockout.locked_until > 0;

/** An event of the catalogue, as far as it is the lock-out's to say. */
type Told = {
  readonly type: 'auth.locked' | 'user.locked' | 'user.unlocked';
  readonly severity: 'info' | 'warning';
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
};

/**
 * What a log-in tells of locks: the end of one that it found to be over, and one that its failure began. Nobody watches
 * the clock, so the end is told by the first log-in behind it. @param after absent: it succeeded
 */
export function lockEvents(username: string, before: Lockout | undefined, after?: Lockout): Told[] {
  const ended: Told[] =
    before === undefined || !justLocked(before)
      ? []
      : [{ type: 'user.unlocked', severity: 'info', description: `${username} is no longer locked`, fields: {} }];
  if (after === undefined || !justLocked(after)) return ended;
  const begun = {
    severity: 'warning',
    description: `${username} is locked after failed log-ins`,
    fields: { locked_until: new Date(after.locked_until).toISOString() },
  } as const;
  return [...ended, { type: 'auth.locked', ...begun }, { type: 'user.locked', ...begun }];
}

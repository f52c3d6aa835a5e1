import { AppError } from '../../../shared/errors.ts';
import { day, minute, second } from '../../../shared/schema/time.ts';

/** Lock-out of a username, known or unknown (functions/accounts/README.md, "Lock-out"). Times are Unix milliseconds. */
export type Lockout = {
  readonly username: string;
  /** Failures that still count, oldest first. */
  readonly failed_at: readonly number[];
  /** 0: not locked. */
  readonly locked_until: number;
  /** Unix seconds after which the record has no effect. */
  readonly expires_at: number;
  readonly version: number;
};

const failuresThatLock = 5;
/** Milliseconds for which a failure counts. */
const window = 15 * minute;
/** Milliseconds of a lock. */
const lockTime = 15 * minute;
/** Milliseconds for which an ended lock is kept, so that the next log-in can record its end. */
const endedLockTtl = 7 * day;

/** @throws AppError ACCOUNT_LOCKED, with the seconds until the lock ends */
export function assertNotLocked(lockout: Lockout | undefined, now: number): void {
  if (lockout === undefined || lockout.locked_until <= now) return;
  throw new AppError('ACCOUNT_LOCKED', 'Too many failed log-ins; try again later', {
    retryAfter: Math.ceil((lockout.locked_until - now) / second),
  });
}

/** The state after one more failure: the 5th within 15 minutes locks for 15 minutes, and counting starts again. */
export function afterFailure(lockout: Lockout | undefined, username: string, now: number): Lockout {
  const failures = [...(lockout?.failed_at ?? []).filter((at) => at > now - window), now];
  const locks = failures.length >= failuresThatLock;
  const lockedUntil = locks ? now + lockTime : 0;
  return {
    username,
    failed_at: locks ? [] : failures,
    locked_until: lockedUntil,
    expires_at: Math.ceil((locks ? lockedUntil + endedLockTtl : now + window) / second),
    version: (lockout?.version ?? 0) + 1,
  };
}

/** Whether the last failure locked. */
const hasLocked = (lockout: Lockout): boolean => lockout.locked_until > 0;

/** An audit event, but for the entity that it is about. */
type LockEvent = {
  readonly type: 'auth.locked' | 'user.locked' | 'user.unlocked';
  readonly severity: 'info' | 'warning';
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
};

/**
 * Events of the locks that a log-in found ended or started itself. No clock watches locks, so the first log-in after a
 * lock records its end.
 * @param after the state after a failure; absent after a success
 */
export function lockEvents(username: string, before: Lockout | undefined, after?: Lockout): LockEvent[] {
  const ended: LockEvent[] =
    before === undefined || !hasLocked(before)
      ? []
      : [{ type: 'user.unlocked', severity: 'info', description: `${username} is no longer locked`, fields: {} }];
  if (after === undefined || !hasLocked(after)) return ended;
  const started = {
    severity: 'warning',
    description: `${username} is locked after failed log-ins`,
    fields: { locked_until: new Date(after.locked_until).toISOString() },
  } as const;
  return [...ended, { type: 'auth.locked', ...started }, { type: 'user.locked', ...started }];
}

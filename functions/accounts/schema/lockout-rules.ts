import { AppError } from '#errors.ts';
import type { CountedLockouts, Failures, Lockouts, NameLockout, NetworkLockout } from './lockout.ts';
import { day, minute, second } from '#schema/time.ts';
import { accountsErrors } from './errors.ts';

/**
 * Lock-out of a username, known or unknown: in one network after 5 failures, and in all networks but those of recent
 * log-ins after 50 (functions/accounts/auth/README.md, "Lock-out"). Times are Unix milliseconds.
 */

/** Who tried, from where (`networkOf`), and when. */
export type Attempt = { readonly username: string; readonly network: string; readonly now: number };

const networkFailuresThatLock = 5;
const nameFailuresThatLock = 50;
/** Milliseconds for which a failure counts. */
const window = 15 * minute;
/** Milliseconds of a lock. */
const lockTime = 15 * minute;
/** Milliseconds for which an ended lock is kept, so that the next log-in can record its end. */
const endedLockTtl = 7 * day;
/** Milliseconds for which a log-in keeps a network open while the name is locked everywhere else. */
const knownFor = 30 * day;

/** The record without what an administrator lifted. */
const withoutLifted = <L extends Failures>(lockout: L | undefined, liftedAt = 0): L | undefined =>
  lockout && {
    ...lockout,
    failed_at: lockout.failed_at.filter((at) => at > liftedAt),
    locked_until: lockout.locked_until - lockTime > liftedAt ? lockout.locked_until : 0,
  };

/** The counts that apply. */
const effective = ({ name, network }: Lockouts): Lockouts => ({
  name,
  network: withoutLifted(network, name?.lifted_at),
});

/** Whether the name logged in from the network within 30 days. */
const isKnownNetwork = ({ network }: Lockouts, now: number): boolean =>
  (network?.logged_in_at ?? Number.NEGATIVE_INFINITY) > now - knownFor;

/** When the caller may try again; not after `now`: at once. */
function lockedUntil(lockouts: Lockouts, now: number): number {
  const { name, network } = effective(lockouts);
  return Math.max(network?.locked_until ?? 0, isKnownNetwork(lockouts, now) ? 0 : (name?.locked_until ?? 0));
}

/** @throws AppError ACCOUNT_LOCKED, with the seconds until the lock ends */
export function assertNotLocked(lockouts: Lockouts, now: number): void {
  const until = lockedUntil(lockouts, now);
  if (until <= now) return;
  throw new AppError(accountsErrors.ACCOUNT_LOCKED, 'Too many failed log-ins; try again later', {
    retryAfter: Math.ceil((until - now) / second),
  });
}

/** Failures after one more; the one that reaches the limit locks, and counting starts again. */
function countOne({ failed_at = [], version = 0 }: Partial<Failures> = {}, limit: number, now: number) {
  const failures = [...failed_at.filter((at) => at > now - window), now];
  const locks = failures.length >= limit;
  return { failed_at: locks ? [] : failures, locked_until: locks ? now + lockTime : 0, version: version + 1 };
}

/** Unix seconds until which failures, their lock, and the given times (Unix milliseconds) have an effect. */
const expiry = ({ locked_until }: Pick<Failures, 'locked_until'>, now: number, ...until: readonly number[]): number =>
  Math.ceil(Math.max(locked_until > 0 ? locked_until + endedLockTtl : now + window, ...until) / second);

/**
 * The state after one more failure: the 5th of a network within 15 minutes locks the name there, the 50th from anywhere
 * locks it in all networks without a recent log-in; each for 15 minutes.
 */
export function afterFailure(lockouts: Lockouts, { username, network, now }: Attempt): CountedLockouts {
  const before = effective(lockouts);
  const here = countOne(before.network, networkFailuresThatLock, now);
  const { logged_in_at: loggedInAt } = before.network ?? {};
  const counted = countOne(before.name, nameFailuresThatLock, now);
  // Failures in the networks of recent log-ins count while the name is locked everywhere else, and do not unlock it.
  const running = before.name !== undefined && before.name.locked_until > now ? before.name.locked_until : 0;
  const anywhere = { ...counted, locked_until: Math.max(counted.locked_until, running) };
  const { lifted_at: liftedAt, networks_locked_until: networksLockedUntil = 0 } = before.name ?? {};
  return {
    network: {
      username,
      network,
      ...here,
      ...(loggedInAt === undefined ? {} : { logged_in_at: loggedInAt }),
      expires_at: expiry(here, now, (loggedInAt ?? 0) + knownFor),
    },
    name: {
      username,
      ...anywhere,
      ...(liftedAt === undefined ? {} : { lifted_at: liftedAt }),
      networks_locked_until: Math.max(here.locked_until, networksLockedUntil),
      expires_at: expiry(anywhere, now, (liftedAt ?? 0) + lockTime + endedLockTtl),
    },
  };
}

/** A network after a right password. @param isLogIn whether it opened a session, which keeps the network known */
export function afterSuccess(
  lockouts: Lockouts,
  { username, network, now }: Attempt,
  isLogIn: boolean,
): NetworkLockout {
  const loggedInAt = isLogIn ? now : lockouts.network?.logged_in_at;
  return {
    username,
    network,
    failed_at: [],
    locked_until: 0,
    ...(loggedInAt === undefined ? {} : { logged_in_at: loggedInAt }),
    expires_at: expiry({ locked_until: 0 }, now, (loggedInAt ?? 0) + knownFor),
    version: (lockouts.network?.version ?? 0) + 1,
  };
}

/** A name after an administrator lifted its locks, but for its version. */
export const lifted = (username: string, now: number): Omit<NameLockout, 'version'> => ({
  username,
  failed_at: [],
  locked_until: 0,
  lifted_at: now,
  networks_locked_until: 0,
  expires_at: expiry({ locked_until: 0 }, now, now + lockTime + endedLockTtl),
});

/** Whether a name is locked in some network. */
export const isLockedSomewhere = (name: NameLockout | undefined, now: number): boolean =>
  Math.max(name?.locked_until ?? 0, name?.networks_locked_until ?? 0) > now;

/**
 * Failures of a name from anywhere that still count and came after an instant; while they lock the name, at least as
 * many as lock it.
 */
export function countFailuresSince(name: NameLockout | undefined, since: number, now: number): number {
  if (name === undefined) return 0;
  const counted = name.failed_at.filter((at) => at > Math.max(since, now - window)).length;
  return name.locked_until > now ? Math.max(counted, nameFailuresThatLock) : counted;
}

/** Whether a lock of the name has ended of which the attempt is the first to know: known networks were never locked. */
const findsNameUnlocked = (lockouts: Lockouts, now: number): boolean =>
  lockouts.name !== undefined &&
  lockouts.name.locked_until > 0 &&
  lockouts.name.locked_until <= now &&
  !isKnownNetwork(lockouts, now);

/** What the writes after a right password need to know of the attempt. */
export const originOf = ({ username, network, now }: Attempt, lockouts: Lockouts) => ({
  username,
  network,
  isKnown: isKnownNetwork(lockouts, now),
  endsNameLock: findsNameUnlocked(lockouts, now),
});

/** An audit event, but for the entity that it is about. */
type LockEvent = {
  readonly type: 'auth.locked' | 'user.locked' | 'user.unlocked';
  readonly severity: 'info' | 'warning';
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
};

/** The event of a lock that ended. */
export const unlockEvent = (username: string, fields: LockEvent['fields'] = {}): LockEvent => ({
  type: 'user.unlocked',
  severity: 'info',
  description: `${username} is no longer locked`,
  fields,
});

function startEvents(description: string, until: number, fields: LockEvent['fields'] = {}): LockEvent[] {
  const event = {
    severity: 'warning',
    description,
    fields: { locked_until: new Date(until).toISOString(), ...fields },
  } as const;
  return [
    { type: 'auth.locked', ...event },
    { type: 'user.locked', ...event },
  ];
}

/**
 * Events of the locks that an attempt found ended or started itself. No clock watches locks, so the first attempt after
 * a lock that was held for it records the end.
 * @param after the state after a failure; absent after a success
 */
export function lockEvents(
  username: string,
  before: Lockouts,
  { network, now }: Attempt,
  after?: CountedLockouts,
): LockEvent[] {
  const wasLockedHere = (effective(before).network?.locked_until ?? 0) > 0;
  const ended = [
    ...(wasLockedHere ? [unlockEvent(username, { network })] : []),
    ...(findsNameUnlocked(before, now) ? [unlockEvent(username)] : []),
  ];
  if (after === undefined) return ended;
  const { locked_until: here } = after.network;
  const { locked_until: anywhere } = after.name;
  const isNew = anywhere > 0 && anywhere !== before.name?.locked_until;
  return [
    ...ended,
    ...(here > 0 ? startEvents(`${username} is locked in ${network} after failed log-ins`, here, { network }) : []),
    ...(isNew ? startEvents(`${username} is locked outside its networks after failed log-ins`, anywhere) : []),
  ];
}

/** How long sessions live, and which of them end (auth.md, "Log-in"). */

type Session = {
  readonly id: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly session_epoch: number;
};

/** Seconds. */
const defaultLife = { user: 3_600, service: 7_200 } as const;

/** Unix seconds at which a session ends; `longest` is the organization's `session_ttl_max`. */
export const sessionEnd = (
  type: keyof typeof defaultLife,
  asked: number | undefined,
  { longest, now }: { readonly longest: number; readonly now: Date },
): number => Math.floor(now.getTime() / 1_000) + Math.min(asked ?? defaultLife[type], longest);

type Moment = { readonly epoch: number; readonly now: Date };

/** Sessions that still open something: not expired, and not ended together by a later epoch. */
export const liveSessions = <S extends Session>(sessions: readonly S[], { epoch, now }: Moment): S[] =>
  sessions.filter((session) => session.expires_at > now.getTime() / 1_000 && session.session_epoch === epoch);

/** Stale sessions wait for nobody; what one log-in clears away must fit into its transaction. */
const maxAtOnce = 80;

/** Sessions that go when one more is made: the dead, and of the living the oldest beyond `most` − 1. */
export function sessionsToEnd<S extends Session>(
  sessions: readonly S[],
  { most, epoch, now }: Moment & { readonly most: number },
): S[] {
  const newestFirst = liveSessions(sessions, { epoch, now }).toSorted((one, other) =>
    one.created_at + one.id < other.created_at + other.id ? 1 : -1,
  );
  const stay = new Set(newestFirst.slice(0, most - 1));
  const beyond = newestFirst.slice(most - 1);
  return [...beyond, ...sessions.filter((session) => !stay.has(session) && !beyond.includes(session))].slice(
    0,
    maxAtOnce,
  );
}

const millisecondsPerDay = 86_400_000;

/** Whether a password is older than the organization lets it become; 0 days: never. */
export const passwordHasExpired = (changedAt: string | null, rotationDays: number, now: Date): boolean =>
  rotationDays > 0 && changedAt !== null && Date.parse(changedAt) + rotationDays * millisecondsPerDay <= now.getTime();

import { day, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';

/** Sessions: what one is, how long it lasts, and which of them end (functions/accounts/auth/README.md, "Sessions"). */

type Reach = 'own' | 'children' | 'all';

/** What a session may do at most: the rights of its user at log-in. */
export type Rights<Scope extends string> = {
  readonly scopes: readonly Scope[];
  /** Scopes that cover only the user's own records. */
  readonly ownOnly: readonly Scope[];
  readonly reach: Reach;
};

/** Rights of a session that has only some of its account's scopes. */
export const narrowedRights = <Scope extends string>(rights: Rights<Scope>, scopes: readonly Scope[]) => ({
  ...rights,
  scopes,
  ownOnly: rights.ownOnly.filter((scope) => scopes.includes(scope)),
});

type Client = 'web' | 'mobile' | 'api';

/** Default time to live of a token, in seconds. */
const defaultTtl = { user: 3_600, service: 7_200 } as const;

/** Unix seconds at which a session ends; `longest` is the organization's `session_ttl_max` (seconds). */
export const sessionEnd = (
  type: keyof typeof defaultTtl,
  ttl: number | undefined,
  { longest, now }: { readonly longest: number; readonly now: Date },
): number => Math.floor(now.getTime() / second) + Math.min(ttl ?? defaultTtl[type], longest);

type Owner = {
  readonly user: { readonly id: string; readonly type: 'user' | 'service'; readonly session_epoch: number };
  readonly organization: {
    readonly permission_epoch: number;
    readonly security: { readonly session_ttl_max: number };
  };
};

export type LogIn<Scope extends string> = {
  readonly id: string;
  readonly client: Client;
  readonly rights: Rights<Scope>;
  /** Seconds; undefined: the default of the account's type. */
  readonly ttl: number | undefined;
  readonly ip: string;
  readonly userAgent: string;
  readonly now: Date;
  /** Whether an identity provider vouches for the person, whose password is not asked for. Default: no. */
  readonly byProvider?: boolean;
};

/** A session as it is first stored. */
export function newSession<Scope extends string>({ user, organization }: Owner, logIn: LogIn<Scope>) {
  const { id, client, rights, ttl, ip, userAgent, now, byProvider = false } = logIn;
  const at = now.toISOString();
  return {
    id,
    user_id: user.id,
    client,
    ip,
    user_agent: userAgent,
    scopes: rights.scopes,
    own_only: rights.ownOnly,
    reach: rights.reach,
    permission_epoch: organization.permission_epoch,
    session_epoch: user.session_epoch,
    created_at: at,
    last_seen_at: at,
    expires_at: sessionEnd(user.type, ttl, { longest: organization.security.session_ttl_max, now }),
    ...(byProvider ? { by_provider: true as const } : {}),
  };
}

export type Session = {
  readonly id: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly session_epoch: number;
};

type Moment = {
  /** The user's current session epoch. */
  readonly epoch: number;
  readonly now: Date;
};

/** Sessions that are still valid: not expired, and of the user's current epoch. */
export const liveSessions = <S extends Session>(sessions: readonly S[], { epoch, now }: Moment): S[] =>
  sessions.filter((session) => session.expires_at > now.getTime() / second && session.session_epoch === epoch);

/** The live sessions beyond `max`, the oldest of all. */
export const surplusSessions = <S extends Session>(
  sessions: readonly S[],
  { max, ...moment }: Moment & { readonly max: number },
): S[] => newestFirst(liveSessions(sessions, moment)).slice(max);

const newestFirst = <S extends Session>(sessions: readonly S[]): S[] =>
  sessions.toSorted((one, other) => (one.created_at + one.id < other.created_at + other.id ? 1 : -1));

/** Sessions that one log-in deletes at most, so that its transaction stays below the 100 items of DynamoDB. */
const maxDeleted = 80;

/**
 * Sessions that a log-in deletes: the oldest live ones beyond `max` − 1, then the dead ones. Dead sessions that exceed
 * one transaction wait for the next log-in or for DynamoDB's TTL.
 */
export function sessionsToEnd<S extends Session>(
  sessions: readonly S[],
  { max, epoch, now }: Moment & { readonly max: number },
): S[] {
  const live = newestFirst(liveSessions(sessions, { epoch, now }));
  const kept = new Set(live.slice(0, max - 1));
  const surplus = live.slice(max - 1);
  const dead = sessions.filter((session) => !kept.has(session) && !surplus.includes(session));
  return [...surplus, ...dead].slice(0, maxDeleted);
}

/** When a password expires (Unix milliseconds); undefined: never, or there is none. 0 days: passwords do not expire. */
export const passwordEnd = (changedAt: string | null, rotationDays: number): number | undefined =>
  rotationDays > 0 && changedAt !== null ? Date.parse(changedAt) + rotationDays * day : undefined;

/** Whether a password is older than the organization allows. */
export const passwordHasExpired = (changedAt: string | null, rotationDays: number, now: Date): boolean =>
  (passwordEnd(changedAt, rotationDays) ?? Number.POSITIVE_INFINITY) <= now.getTime();

export type Person = Owner & {
  readonly user: {
    readonly access: { readonly max_sessions: number };
    readonly must_change_password: boolean;
    /** ISO 8601. */
    readonly password_changed_at: string | null;
  };
  readonly organization: { readonly security: { readonly password_rotation_days: number } };
};

/** What a person's log-in does: the new session, the sessions that it ends, and whether the password is due. */
export function openSession<S extends Session, Scope extends string>(
  account: Person,
  sessions: readonly S[],
  logIn: LogIn<Scope>,
) {
  const { user, organization } = account;
  const { now, byProvider = false } = logIn;
  return {
    session: newSession(account, logIn),
    ended: sessionsToEnd(sessions, { max: user.access.max_sessions, epoch: user.session_epoch, now }),
    mustChangePassword:
      !byProvider &&
      (user.must_change_password ||
        passwordHasExpired(user.password_changed_at, organization.security.password_rotation_days, now)),
  };
}

/** Unix seconds as ISO 8601. */
export const isoTime = (seconds: number): string => new Date(seconds * second).toISOString();

type StoredSession = Session & {
  readonly client: Client;
  readonly ip: string;
  readonly user_agent: string;
  readonly last_seen_at: string;
};

/** A session as answered. `usedAt`: ISO 8601, its last use if recorded; `current`: id of the caller's session. */
export const presentSession = (session: StoredSession, usedAt: string | undefined, current: string) => ({
  id: session.id,
  client: session.client,
  ip: session.ip,
  user_agent: session.user_agent,
  created_at: session.created_at,
  last_seen_at: usedAt ?? session.last_seen_at,
  expires_at: isoTime(session.expires_at),
  current: session.id === current,
});

type Caller = {
  readonly id: string;
  readonly type: 'user' | 'service';
  readonly username: string;
  readonly organization: number;
  readonly reach: Reach;
  readonly roles: readonly string[];
  readonly mustChangePassword: boolean;
  readonly twoFactor: boolean;
  readonly credential: {
    readonly kind: 'session' | 'accesskey' | 'temporary' | 'pending';
    readonly id: string;
    /** Unix seconds. */
    readonly expiresAt: number;
  };
};

/** What a client needs of the caller's organization to show times and names. */
type CallerOrganization = {
  readonly name: string;
  readonly type: 'operator' | 'reseller' | 'customer';
  readonly country: string;
  readonly timezone: string;
};

/** The caller's identity and rights as answered. */
export const presentCaller = <Scope extends string>(
  caller: Caller & { readonly scopes: ReadonlySet<Scope>; readonly ownOnly: ReadonlySet<Scope> },
  { name, type, country, timezone }: CallerOrganization,
  { language }: { readonly language: string },
) => ({
  sub: caller.id,
  type: caller.type,
  // A log-in that waits for its second factor has no access here.
  credential: caller.credential.kind === 'pending' ? ('temporary' as const) : caller.credential.kind,
  username: caller.username,
  language,
  org_id: organizationText(caller.organization),
  organization: { name, type, country, timezone },
  reach: caller.reach,
  roles: [...caller.roles],
  scopes: [...caller.scopes],
  own_only: [...caller.ownOnly],
  session_id: caller.credential.kind === 'session' ? caller.credential.id : null,
  expires_at: isoTime(caller.credential.expiresAt),
  two_factor: caller.twoFactor,
  password_change_required: caller.mustChangePassword,
});

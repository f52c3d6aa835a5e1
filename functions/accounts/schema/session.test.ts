import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day } from '#schema/time.ts';
import {
  liveSessions,
  narrowedRights,
  newSession,
  openSession,
  passwordHasExpired,
  presentCaller,
  presentSession,
  sessionEnd,
  sessionsToEnd,
  surplusSessions,
} from './session.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const seconds = now.getTime() / 1_000;

const session = (at: number, more: object = {}) => ({
  id: `ses_${String(at).padStart(4, '0')}`,
  created_at: new Date(now.getTime() - 1_000_000 + at * 1_000).toISOString(),
  expires_at: seconds + 60,
  session_epoch: 1,
  ...more,
});

test('a session lasts one hour (of a service two) or its ttl, at most what the organization allows', () => {
  const longest = 604_800;
  expect(
    [
      sessionEnd('user', undefined, { longest, now }),
      sessionEnd('service', undefined, { longest, now }),
      sessionEnd('user', 90, { longest, now }),
      sessionEnd('user', 90_000, { longest: 300, now }),
    ].map((end) => end - seconds),
  ).toEqual([3_600, 7_200, 90, 300]);
});

test('a session ends at its expiry, or when a later session epoch begins', () => {
  expect(
    liveSessions([session(1), session(2, { expires_at: seconds }), session(3, { session_epoch: 0 })], {
      epoch: 1,
      now,
    }),
  ).toEqual([session(1)]);
});

test('the surplus of a lower maximum are the oldest live sessions', () => {
  const sessions = [session(2), session(1), session(3), session(0, { session_epoch: 0 })];
  const surplus = (max: number) => surplusSessions(sessions, { max, epoch: 1, now }).map(({ id }) => id);
  expect([surplus(3), surplus(2), surplus(1)]).toEqual([[], ['ses_0001'], ['ses_0002', 'ses_0001']]);
});

test('a log-in ends the oldest live sessions beyond the maximum, in any order, and deletes dead ones', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 12 }, (_, at) => session(at, at % 4 === 0 ? { expires_at: seconds - 1 } : {})),
      ),
      fc.integer({ min: 1, max: 6 }),
      (sessions, max) => {
        const ended = new Set(sessionsToEnd(sessions, { max, epoch: 1, now }).map(({ id }) => id));
        const left = sessions.filter(({ id }) => !ended.has(id));
        const living = liveSessions(sessions, { epoch: 1, now })
          .map(({ id }) => id)
          .toSorted();
        expect(left.map(({ id }) => id).toSorted()).toEqual(living.slice(Math.max(0, living.length - (max - 1))));
      },
    ),
  );
});

test('a log-in deletes at most 80 sessions, the surplus live ones first', () => {
  const many = Array.from({ length: 300 }, (_, at) => session(at, { expires_at: seconds - 1 }));
  expect(sessionsToEnd([...many, session(301), session(302)], { max: 2, epoch: 1, now })).toHaveLength(80);
  expect(sessionsToEnd([...many, session(301), session(302)], { max: 2, epoch: 1, now })[0]).toEqual(session(301));
});

test('a password expires after the days that the organization sets; 0 days: never', () => {
  const changed = new Date(now.getTime() - 10 * day).toISOString();
  expect([
    passwordHasExpired(changed, 10, now),
    passwordHasExpired(changed, 11, now),
    passwordHasExpired(changed, 0, now),
    passwordHasExpired(null, 1, now),
  ]).toEqual([true, false, false, false]);
});

const rights = { scopes: ['users:read', 'cdr:read'], ownOnly: ['cdr:read'], reach: 'own' } as const;
const account = {
  user: {
    id: 'usr_1',
    type: 'user',
    session_epoch: 3,
    access: { max_sessions: 2 },
    must_change_password: false,
    password_changed_at: now.toISOString(),
  },
  organization: { permission_epoch: 7, security: { session_ttl_max: 604_800, password_rotation_days: 0 } },
} as const;
const logIn = { id: 'ses_9', client: 'web', rights, ttl: undefined, ip: '192.0.2.1', userAgent: 'test', now } as const;

test("a session holds its user's rights at log-in, and the epochs by which it ends or narrows", () => {
  expect(newSession(account, logIn)).toEqual({
    id: 'ses_9',
    user_id: 'usr_1',
    client: 'web',
    ip: '192.0.2.1',
    user_agent: 'test',
    scopes: ['users:read', 'cdr:read'],
    own_only: ['cdr:read'],
    reach: 'own',
    permission_epoch: 7,
    session_epoch: 3,
    created_at: now.toISOString(),
    last_seen_at: now.toISOString(),
    expires_at: seconds + 3_600,
  });
});

test('a log-in beyond the maximum ends the oldest session', () => {
  const [oldest, newer] = [session(1, { session_epoch: 3 }), session(2, { session_epoch: 3 })];
  expect(openSession(account, [oldest, newer], logIn)).toMatchObject({ ended: [oldest], mustChangePassword: false });
});

test('a password is due when it is marked so or has expired, unless a provider vouches for the person', () => {
  const marked = { ...account, user: { ...account.user, must_change_password: true } };
  const expired = {
    user: { ...account.user, password_changed_at: new Date(now.getTime() - day).toISOString() },
    organization: { ...account.organization, security: { session_ttl_max: 600, password_rotation_days: 1 } },
  };
  expect([marked, expired].map((of) => openSession(of, [], logIn).mustChangePassword)).toEqual([true, true]);
  const vouched = openSession(marked, [], { ...logIn, byProvider: true });
  expect(vouched).toMatchObject({ mustChangePassword: false, session: { by_provider: true } });
});

test('narrowed rights keep the own-only mark of the remaining scopes', () => {
  expect(narrowedRights(rights, ['users:read'])).toEqual({ scopes: ['users:read'], ownOnly: [], reach: 'own' });
  expect(narrowedRights(rights, ['cdr:read']).ownOnly).toEqual(['cdr:read']);
});

test('a session is shown with its last recorded use, and marked if it is the current one', () => {
  const stored = newSession(account, logIn);
  const used = '2026-11-20T10:30:00.000Z';
  expect(presentSession(stored, used, 'ses_9')).toMatchObject({
    last_seen_at: used,
    expires_at: '2026-11-20T11:00:00.000Z',
    current: true,
  });
  expect(presentSession(stored, undefined, 'ses_1')).toMatchObject({
    last_seen_at: now.toISOString(),
    current: false,
  });
});

test('a caller with an access key has no session id', () => {
  const caller = {
    id: 'usr_1',
    type: 'user',
    username: 'ada',
    organization: 1001,
    reach: 'own',
    roles: ['admin'],
    scopes: new Set(['users:read']),
    ownOnly: new Set<string>(),
    credential: { kind: 'accesskey', id: 'key_1', expiresAt: seconds },
    mustChangePassword: false,
    twoFactor: false,
  } as const;
  const organization = { name: 'Acme', type: 'customer', country: 'DE', timezone: 'Europe/Berlin' } as const;
  expect(presentCaller(caller, { ...organization, ...{ page_key: 'secret' } }, { language: 'de' })).toMatchObject({
    organization,
    sub: 'usr_1',
    org_id: 'org_1001',
    session_id: null,
    scopes: ['users:read'],
    own_only: [],
    expires_at: now.toISOString(),
  });
  const inSession = { ...caller, credential: { ...caller.credential, kind: 'session', id: 'ses_1' } } as const;
  expect(presentCaller(inSession, organization, { language: 'de' }).session_id).toBe('ses_1');
});

import { expect, test } from 'vitest';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { ClientAccess, ClientAccessSummary, presentAccess, presentSummary } from './access-answer.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const at = (minutes: number): string => new Date(now.getTime() + minutes * 60_000).toISOString();
const home = organizationOf(1001);
const rotating = { ...home, security: { ...home.security, password_rotation_days: 10 } };
const user = userOf('usr_1', { roles: ['agent'] });
const facts = { roles: ['agent'], sessions: [], lockout: undefined, now };
const session = (id: string, epoch = 1) => ({
  id,
  created_at: at(-1),
  expires_at: now.getTime() / 1_000 + 60,
  session_epoch: epoch,
});

test('access is shown with its defaults', () => {
  const shown = presentAccess(user, home, facts);
  expect(shown).toEqual({
    userId: 'usr_1',
    orgId: 'org_1001',
    userName: 'usr_1',
    status: 'active',
    accessLevel: 'standard',
    permissions: { webPortal: true, mobileApp: true, apiAccess: true, softphone: true },
    security: { twoFactorEnabled: false, twoFactorMethod: null, passwordLastChanged: null, passwordExpiresAt: null },
    restrictions: { ipWhitelist: [], timeRestrictions: null, deviceLimit: 5 },
    sessions: { activeSessions: 0, maxSessions: 5 },
    audit: {
      lastLogin: null,
      lastLoginIp: null,
      failedLoginAttempts: 0,
      createdAt: user.created_at,
      updatedAt: user.updated_at,
    },
  });
  expect(ClientAccess.safeParse(shown).success).toBe(true);
  expect(ClientAccessSummary.parse(presentSummary(user, 1001, ['viewer']))).toMatchObject({
    userId: 'usr_1',
    accessLevel: 'restricted',
    ipRestrictions: [],
  });
});

test('a password expires after the days of the organization, if it sets any', () => {
  const changed = { ...user, password_changed_at: '2026-11-15T08:00:00.000Z' };
  const expiry = (of: typeof user, where: typeof home) => presentAccess(of, where, facts).security.passwordExpiresAt;
  expect([expiry(changed, rotating), expiry(changed, home), expiry(user, rotating)]).toEqual([
    '2026-11-25T08:00:00.000Z',
    null,
    null,
  ]);
});

test('only live sessions of the current epoch count', () => {
  const dead = { ...session('ses_3'), expires_at: now.getTime() / 1_000 };
  const sessions = [session('ses_1'), session('ses_2', 0), dead];
  expect(presentAccess(user, home, { ...facts, sessions }).sessions.activeSessions).toBe(1);
});

test('failures count for 15 minutes and until the next log-in; a name that is locked has at least 50', () => {
  const failed_at = [-20, -14, -5].map((minutes) => Date.parse(at(minutes)));
  const lockout = { username: 'usr_1', failed_at, locked_until: 0, expires_at: 0, version: 1 };
  const failures = (of: typeof user, more: object = {}) =>
    presentAccess(of, home, { ...facts, lockout: { ...lockout, ...more } }).audit.failedLoginAttempts;
  expect([
    failures(user),
    failures({ ...user, last_login_at: at(-10) }),
    failures(user, { failed_at: [], locked_until: now.getTime() + 1 }),
  ]).toEqual([2, 1, 50]);
});

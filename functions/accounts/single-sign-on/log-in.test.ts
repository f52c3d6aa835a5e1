import { expect, test } from 'vitest';
import {
  claimsOf,
  openedEvent,
  openedSession,
  presentPending,
  rejectedEvent,
  rejection,
  stepOf,
  waitingLogIn,
} from './log-in.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const account = (user: object = {}, security: object = {}) => ({
  user: {
    ...{ id: 'usr_1', type: 'user', username: 'ann', status: 'active', two_factor_enabled: false },
    ...{ must_change_password: false, password_changed_at: null, session_epoch: 1 },
    access: { web_portal: true, mobile_app: true, max_sessions: 5 },
    ...user,
  } as Parameters<typeof rejection>[0]['user'],
  organization: {
    org_id: 1001,
    permission_epoch: 1,
    security: { require_2fa: false, session_ttl_max: 86_400, password_rotation_days: 0, ...security },
  },
});

test('a user that is not active is as unknown as no user; other rejections are named', () => {
  const codeOf = (of: ReturnType<typeof account>, allowed = true) => rejection(of, allowed, now)?.code;
  expect([
    codeOf(account()),
    codeOf(account({ status: 'disabled' })),
    codeOf(account({ status: 'pending' })),
    codeOf(account(), false),
    codeOf(account({ access: { web_portal: false, mobile_app: true, max_sessions: 5 } })),
  ]).toEqual([undefined, 'SSO_USER_NOT_PERMITTED', 'SSO_USER_NOT_PERMITTED', 'IP_NOT_ALLOWED', 'CLIENT_NOT_ALLOWED']);
});

test('the second factor is asked if the set-up or the organization says so', () => {
  const [asks, asksNot] = [{ require_2fa: true }, { require_2fa: false }];
  const enabled = { two_factor_enabled: true };
  expect([
    stepOf(account(), asksNot),
    stepOf(account(enabled), asksNot),
    stepOf(account(), asks),
    stepOf(account(enabled), asks),
    stepOf(account(enabled, { require_2fa: true }), asksNot),
  ]).toEqual(['open', 'open', 'set-up', 'wait', 'wait']);
});

test('a log-in that waits is that of the user, for a browser', () => {
  expect(waitingLogIn(account(), 'h', true, now)).toMatchObject({
    ...{ hash: 'h', user_id: 'usr_1', org_id: 1001, username: 'ann', client: 'web', kind: 'user', set_up: true },
    by_provider: true,
  });
  expect(presentPending('2fa_x', true)).toMatchObject({ requires_2fa_setup: true, session_token: '2fa_x' });
});

test('a session opens as any other, and its events name the user', () => {
  const rights = { scopes: ['users:read'], ownOnly: [], reach: 'own' } as const;
  const { session } = openedSession(account(), [], { id: 'ses_1', rights, ip: '192.0.2.7', userAgent: 'test', now });
  expect(session).toMatchObject({ id: 'ses_1', user_id: 'usr_1', client: 'web', by_provider: true });
  expect(claimsOf(session, 1001, 'jti_1')).toMatchObject({ user: 'usr_1', organization: 1001, tokenId: 'jti_1' });
  const user = { id: 'usr_1', username: 'ann' };
  expect([openedEvent(user, session).type, rejectedEvent(user, 'X').type]).toEqual(['auth.login', 'auth.login_failed']);
});

import { expect, test } from 'vitest';
import { presentServiceToken, presentUserToken, tokenClaims } from './token.ts';

const now = new Date('2026-11-20T10:00:00.900Z');
const expiresAt = Date.parse('2026-11-20T11:00:00.000Z') / 1_000;
const session = { id: 'ses_1', user_id: 'usr_1', scopes: ['users:read'], expires_at: expiresAt };

test('a token names organization, user and session, its scopes and its end', () => {
  expect(tokenClaims(session, 1001, 'jti_1')).toEqual({
    user: 'usr_1',
    organization: 1001,
    scopes: ['users:read'],
    session: 'ses_1',
    tokenId: 'jti_1',
    expiresAt,
  });
});

test('a person gets the end of the token as a time, and learns that the password is due', () => {
  const account = { user: { id: 'usr_1' }, organization: { org_id: 1001 } };
  expect(presentUserToken({ token: 'e30', session, account, mustChangePassword: true })).toEqual({
    token: 'e30',
    expires_at: '2026-11-20T11:00:00.000Z',
    token_type: 'Bearer',
    entity: { id: 'usr_1', type: 'user', org_id: 1001 },
    password_change_required: true,
  });
});

test('a service account gets whole seconds and its scopes as one text', () => {
  const of = { token: 'e30', expiresAt, scopes: ['cdr:write', 'events:write'], clientId: 'svc_1', name: 'Switch', now };
  expect(presentServiceToken(of)).toEqual({
    access_token: 'e30',
    token_type: 'Bearer',
    expires_in: 3_600,
    scope: 'cdr:write,events:write',
    service: { client_id: 'svc_1', name: 'Switch' },
  });
});

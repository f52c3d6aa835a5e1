import type { Lockouts } from '../schema/lockout.ts';
import { expect, test } from 'vitest';
import { failedLogInEvent, lockoutEvents, logInEvent, logOutEvent, sessionEndEvent } from './log-in-events.ts';
import { afterFailure } from '../schema/lockout-rules.ts';

const ada = { id: 'usr_1', username: 'ada' };
const start = Date.parse('2026-11-20T10:00:00.000Z');
const attempt = { username: 'secret typed as name', network: '192.0.2.0/24', now: start };
const none: Lockouts = { name: undefined, network: undefined };
const four = [0, 1, 2, 3].reduce<Lockouts>((lockouts) => afterFailure(lockouts, attempt), none);
const locked = afterFailure(four, attempt);

test('a failed log-in of a known user is an event about the user, with the reason', () => {
  expect(failedLogInEvent(ada, 'ACCOUNT_DISABLED')).toEqual({
    type: 'auth.login_failed',
    entity: { type: 'user', id: 'usr_1' },
    severity: 'warning',
    description: 'Log-in of ada failed',
    fields: { reason: 'ACCOUNT_DISABLED' },
  });
});

test('a failed log-in of an unknown name is an event about the operator, without the name', () => {
  expect(failedLogInEvent(undefined, 'INVALID_CREDENTIALS')).toMatchObject({
    entity: { type: 'org', id: 'org_1000' },
    description: 'Log-in of an unknown name failed',
  });
});

test('a lock of an unknown name has no event of a user, and does not hold the name', () => {
  const events = lockoutEvents(undefined, four, attempt, locked);
  expect(events.map(({ type, entity }) => [type, entity.id])).toEqual([['auth.locked', 'org_1000']]);
  expect(JSON.stringify(events)).not.toContain('secret typed as name');
  expect(lockoutEvents(undefined, locked, attempt)).toEqual([]);
});

test('a lock of a known user has events of log-in and user; its end has one of the user', () => {
  expect(lockoutEvents(ada, four, attempt, locked).map(({ type, entity }) => [type, entity.id])).toEqual([
    ['auth.locked', 'usr_1'],
    ['user.locked', 'usr_1'],
  ]);
  expect(lockoutEvents(ada, locked, attempt).map(({ type }) => type)).toEqual(['user.unlocked']);
});

test('log-ins and log-outs name their session and count the sessions that end', () => {
  const entity = { type: 'user', id: 'usr_1' };
  expect([
    logInEvent(ada, { id: 'ses_1', client: 'web' }),
    logOutEvent(ada, 3, true),
    sessionEndEvent(ada, 'ses_2'),
  ]).toEqual([
    { type: 'auth.login', entity, description: 'ada logged in', fields: { session_id: 'ses_1', client: 'web' } },
    {
      type: 'auth.logout',
      entity,
      description: 'ada logged out',
      fields: { sessions_terminated: 3, all_sessions: true },
    },
    {
      type: 'auth.logout',
      entity,
      description: 'ada ended a session',
      fields: { session_id: 'ses_2', sessions_terminated: 1 },
    },
  ]);
});

import { expect, test } from 'vitest';
import { userOf } from '#test/support/people.fixture.ts';
import { accountIds, endedBy, liftedLocks, resetEvent, revokedEvent, updatedEvent } from './change.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const user = userOf('usr_1', {});
const entity = { type: 'user', id: 'usr_1' };

test('a lower maximum ends the oldest live sessions', () => {
  const session = (hour: number) => ({
    id: `ses_${hour}`,
    created_at: `2026-11-20T0${hour}:00:00.000Z`,
    expires_at: now.getTime() / 1_000 + 60,
    session_epoch: 1,
  });
  const limited = { ...user, access: { ...user.access, max_sessions: 1 } };
  const sessions = [session(2), session(3), session(1)];
  expect(endedBy(sessions, limited, now).map(({ id }) => id)).toEqual(['ses_2', 'ses_1']);
  expect(endedBy(sessions, user, now)).toEqual([]);
});

test('the events say what changed of the access, and of no other field', () => {
  const after = { ...user, status: 'disabled' as const, access: { ...user.access, softphone: false }, log_ins: 9 };
  expect(updatedEvent(user, after)).toMatchObject({
    entity,
    before: { status: 'active', softphone: true, roles: ['admin'] },
    after: { status: 'disabled', softphone: false, roles: ['admin'] },
  });
  expect(updatedEvent(user, after).after).not.toHaveProperty('log_ins');
  expect([revokedEvent(user, after), resetEvent(user)]).toMatchObject([
    { entity, severity: 'warning', description: 'Access of usr_1 revoked' },
    { entity, severity: 'warning', description: 'Second factor of usr_1 removed' },
  ]);
});

test('an unlock is recorded, and the end of a lock only if there was one', () => {
  const locked = {
    username: 'usr_1',
    failed_at: [],
    locked_until: now.getTime() + 60_000,
    expires_at: 0,
    version: 3,
  };
  const types = (lockout: typeof locked | undefined) =>
    liftedLocks(user, lockout, now.getTime()).events.map(({ type }) => type);
  expect([types(undefined), types(locked)]).toEqual([['access.unlocked'], ['access.unlocked', 'user.unlocked']]);
  expect(liftedLocks(user, locked, now.getTime()).next).toMatchObject({ locked_until: 0, lifted_at: now.getTime() });
});

test('accounts are people and service accounts', () => expect(accountIds).toEqual(['usr_', 'svc_']));

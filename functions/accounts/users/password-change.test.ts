import type { Lockouts } from '../schema/lockout.ts';
import { describe, expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { secretMatches } from '../schema/service-secret.ts';
import {
  assertAttemptAllowed,
  attemptOf,
  assertMayChangePassword,
  countEndedSessions,
  failedAttempt,
  liftedLocks,
  rightAttempt,
  PasswordChange,
  passwordEvent,
  requiredField,
  secretEvent,
  usedPasswords,
  weakNewPassword,
  withPassword,
  withSecret,
} from './password-change.ts';

const ada = { id: 'usr_1', username: 'ada' };
const now = new Date('2026-11-20T10:00:00.000Z');
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the caller', () => {
  const caller = (of: object = {}, ...scopes: 'users:write'[]) => ({
    credential: { kind: 'session' as const },
    scopes: new Set(scopes),
    mustChangePassword: false,
    ...of,
  });
  const attempt = (of: ReturnType<typeof caller>, isOwn: boolean) => (): void => {
    assertMayChangePassword(of, isOwn);
  };

  test("needs a session for its own password, and users:write for another user's", () => {
    expect(attempt(caller(), true)).not.toThrow();
    expect(attempt(caller({}, 'users:write'), false)).not.toThrow();
    expect(attempt(caller(), false)).toThrow(
      expect.objectContaining({
        code: 'INSUFFICIENT_SCOPE',
        details: [{ path: 'scope', message: 'users:write' }],
      }),
    );
    expect(attempt(caller({ credential: { kind: 'accesskey' } }, 'users:write'), true)).toThrow(
      code('USER_SESSION_REQUIRED'),
    );
  });

  test('whose password is due changes that one first', () => {
    const due = caller({ mustChangePassword: true }, 'users:write');
    expect(attempt(due, true)).not.toThrow();
    expect(attempt(due, false)).toThrow(code('PASSWORD_CHANGE_REQUIRED'));
  });
});

test('a required field that is absent is named', () => {
  expect(requiredField({ new_password: '' }, 'new_password')).toBe('');
  expect(() => requiredField({}, 'current_password')).toThrow(
    expect.objectContaining({ code: 'MISSING_FIELD', details: [{ path: 'current_password', message: 'is required' }] }),
  );
});

test('an overlap has 0 to 86,400 seconds', () => {
  expect(
    [-1, 0, 86_400, 86_401].map((overlap) => PasswordChange.safeParse({ overlap_seconds: overlap }).success),
  ).toEqual([false, true, true, false]);
});

test('a new password must be good, and is no name of the account or its organization', async () => {
  const weak = (password: string) =>
    weakNewPassword(password, { username: 'ada.lovelace.1', email: 'ada@example.com' }, 'Example Telecom');
  expect(await weak('short')).toMatchObject({ code: 'WEAK_PASSWORD', details: [{ path: 'new_password' }] });
  expect((await weak('ada.lovelace.1'))?.code).toBe('WEAK_PASSWORD');
  expect((await weak('Example Telecom'))?.code).toBe('WEAK_PASSWORD');
  expect((await weak('LovelaceTelecom1'))?.code).toBe('WEAK_PASSWORD');
  expect(await weak('Velvet-Anchor-Orchard-7')).toBeNull();
});

test('a new password ends all live sessions but the current one', () => {
  const session = (id: string, epoch = 1) => ({
    id,
    created_at: now.toISOString(),
    expires_at: now.getTime() / 1_000 + 60,
    session_epoch: epoch,
  });
  const sessions = [session('ses_1'), session('ses_2'), session('ses_3', 0)];
  expect(countEndedSessions(sessions, { epoch: 1, now, current: 'ses_1' })).toBe(1);
  expect(countEndedSessions(sessions, { epoch: 1, now, current: null })).toBe(2);
});

test('a credential keeps the hashes of the 5 passwords before the current one', () => {
  const blank = { previous_passwords: [], version: 0 };
  const hashes = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7'];
  const credential = hashes.reduce<ReturnType<typeof withPassword>>((of, hash) => withPassword(of, hash), blank);
  expect(credential).toEqual({
    password: 'h7',
    previous_passwords: ['h6', 'h5', 'h4', 'h3', 'h2'],
    version: 7,
  });
  expect(usedPasswords(credential)).toEqual(['h7', 'h6', 'h5', 'h4', 'h3', 'h2']);
  expect([usedPasswords(undefined), usedPasswords(blank)]).toEqual([[], []]);
});

test('a new password ends the tokens of e-mails', () => {
  const blank = { previous_passwords: [], version: 0 };
  expect(withPassword({ ...blank, password_resets: [{ hash: 'h' }] }, 'h1')).toEqual({
    password: 'h1',
    previous_passwords: [],
    password_resets: [],
    version: 1,
  });
});

test('a new secret replaces the old one at once, or after the overlap; an earlier overlap ends', () => {
  const old = {
    secret: secretHash('sk_old'),
    previous_secret: { hash: secretHash('sk_older'), valid_until: '2026-11-20T11:00:00.000Z' },
    version: 3,
  };
  const at = now.toISOString();
  const rotated = withSecret(old, 'sk_new', { now, overlap: 60 });
  expect(rotated.version).toBe(4);
  expect(['sk_new', 'sk_old', 'sk_older'].map((secret) => secretMatches(rotated, secret, at))).toEqual([
    true,
    true,
    false,
  ]);
  expect(withSecret(old, 'sk_new', { now, overlap: 0 })).toEqual({ secret: secretHash('sk_new'), version: 4 });
});

describe('wrong current passwords', () => {
  const attempt = attemptOf(ada, { ip: '192.0.2.7', now });
  const after = (minutes: number) => ({ ...attempt, now: attempt.now + minutes * minute });
  const none: Lockouts = { name: undefined, network: undefined };
  const failures = [0, 1, 2, 3].reduce<Lockouts>((lockouts) => failedAttempt(ada, lockouts, attempt).next, none);

  test('count to the lock-out in their network, whose start is recorded', () => {
    expect(attempt).toEqual({ username: 'ada', network: '192.0.2.0/24', now: now.getTime() });
    expect(failedAttempt(ada, none, attempt).events.map(({ type }) => type)).toEqual(['auth.login_failed']);
    const { next, events } = failedAttempt(ada, failures, attempt);
    expect(events.map(({ type, entity }) => [type, entity.id])).toEqual([
      ['auth.login_failed', 'usr_1'],
      ['auth.locked', 'usr_1'],
      ['user.locked', 'usr_1'],
    ]);
    expect(() => {
      assertAttemptAllowed(next, { ...attempt, now: after(15).now - 1 });
    }).toThrow(code('ACCOUNT_LOCKED'));
    assertAttemptAllowed(next, after(15));
  });

  test('are forgotten with a right one, which records the end of a lock and is no log-in', () => {
    const { next } = failedAttempt(ada, failures, attempt);
    const right = rightAttempt(ada, next, after(16));
    expect(right.events.map(({ type }) => type)).toEqual(['user.unlocked']);
    expect(right.next).not.toHaveProperty('logged_in_at');
    expect(right.place).toEqual({
      username: 'ada',
      network: '192.0.2.0/24',
      isKnown: false,
      endsNameLock: false,
    });
    expect(rightAttempt(ada, failures, attempt)).toMatchObject({ events: [], next: { failed_at: [] } });
  });

  test("do not count any more once an administrator set the password; a lock's end is recorded", () => {
    const { next: locked } = failedAttempt(ada, failures, attempt);
    const { next, events } = liftedLocks(ada, locked.name, after(1).now);
    const lifted: Lockouts = { name: { ...next, version: 6 }, network: locked.network };
    expect(events.map(({ type, entity }) => [type, entity.id])).toEqual([['user.unlocked', 'usr_1']]);
    assertAttemptAllowed(lifted, after(1));
    expect(rightAttempt(ada, lifted, after(2)).events).toEqual([]);
    expect(liftedLocks(ada, failures.name, after(1).now).events).toEqual([]);
    expect(liftedLocks(ada, undefined, after(1).now).events).toEqual([]);
  });
});

test('events of passwords and secrets hold no secret', () => {
  expect([passwordEvent(ada, true, 2), secretEvent(ada, 60)]).toEqual([
    {
      entity: { type: 'user', id: 'usr_1' },
      description: 'Password of ada changed',
      fields: { must_change: true, sessions_terminated: 2 },
    },
    {
      entity: { type: 'user', id: 'usr_1' },
      description: 'Secret of ada rotated',
      fields: { overlap_seconds: 60 },
    },
  ]);
});

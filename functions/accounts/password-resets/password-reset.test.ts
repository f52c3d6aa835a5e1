import { describe, expect, test } from 'vitest';
import {
  ForgottenPassword,
  assertWithinLimit,
  countEnded,
  forgottenBy,
  forgottenWindow,
  liftedByReset,
  resetEvent,
  reusedReset,
  usableReset,
  weakReset,
} from './password-reset.ts';

const now = new Date('2026-11-20T10:07:00.000Z');
const later = now.getTime() / 1_000 + 60;

describe('a forgotten password', () => {
  test('is asked for by username or by e-mail address, whose case does not count', () => {
    expect(forgottenBy({ username: 'ＡDA' })).toEqual({ username: 'ada' });
    expect(forgottenBy(ForgottenPassword.parse({ email: 'Ada@Bücher.example' }))).toEqual({
      email: 'ada@xn--bcher-kva.example',
    });
  });

  test('is asked for by one of them', () => {
    expect(() => forgottenBy({})).toThrow(expect.objectContaining({ code: 'MISSING_FIELD' }) as Error);
    expect(() => forgottenBy({ username: 'ada', email: 'ada@example.com' })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }) as Error,
    );
  });

  test('is asked for 5 times in a quarter of an hour', () => {
    const { minute, end } = forgottenWindow(now);
    expect([new Date(minute * 60_000), new Date(end * 1_000)]).toEqual([
      new Date('2026-11-20T10:14:00.000Z'),
      new Date('2026-11-20T10:15:00.000Z'),
    ]);
    expect(() => assertWithinLimit(5, 5, now)).not.toThrow();
    expect(() => assertWithinLimit(6, 5, now)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfter: 480 }) as Error,
    );
  });
});

describe('a token', () => {
  const token = { hash: 'h', email: 'ada@example.com', expires_at: later };
  const user = { status: 'active', email: 'ada@example.com' } as const;
  const credential = { password_resets: [{ hash: 'h' }] };
  const use =
    (of: object = {}, by: object = {}, listed: object | undefined = credential) =>
    () =>
      usableReset({ ...token, ...of }, { user: { ...user, ...by }, credential: listed }, now);

  test('is usable by an active user whose credential lists it', () => {
    expect(use()()).toEqual({ token, user, credential });
  });

  test.each([
    ['expired', use({ expires_at: later - 60 })],
    ['of a new address of its user', use({}, { email: 'other@example.com' })],
    ['of a disabled user', use({}, { status: 'disabled' })],
    ['void after a new password', use({}, {}, { password_resets: [] })],
    ['of a credential that had none', use({}, {}, {})],
    ['unknown', () => usableReset(undefined, { user, credential }, now)],
    ['of a deleted user', () => usableReset(token, { user: undefined, credential: undefined }, now)],
  ])('that is %s has one answer', (_, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_TOKEN' }) as Error);
  });
});

describe('the token of an invitation', () => {
  const invitation = {
    id: 'inv_1',
    email: 'ada@example.com',
    sent_at: now.toISOString(),
    expires_at: new Date(later * 1_000).toISOString(),
  };
  const token = { hash: 'h', invitation: { id: 'inv_1' }, expires_at: later };
  const user = { status: 'pending', email: 'ada@example.com', invitation } as const;
  const use =
    (by: object = {}, of: object = {}) =>
    () =>
      usableReset({ ...token, ...of }, { user: { ...user, ...by }, credential: undefined }, now);

  test('is usable by a pending user that names it', () => {
    expect(use()()).toEqual({ token, user, credential: undefined });
  });

  test.each([
    ['expired', use({}, { expires_at: later - 60 })],
    ['replaced by another', use({ invitation: { ...invitation, id: 'inv_2' } })],
    ['withdrawn', use({ invitation: null })],
    ['of a user that has a password', use({ status: 'active' })],
    ['of a disabled user', use({ status: 'disabled' })],
    ['of a new address of its user', use({ email: 'other@example.com' })],
  ])('that is %s has the answer of all others', (_, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_TOKEN' }) as Error);
  });
});

const ada = { id: 'usr_1', username: 'ada', email: 'ada@example.com' };

test('the rules of passwords hold for a reset', async () => {
  expect((await weakReset('short', ada, 'Acme'))?.details).toEqual([expect.objectContaining({ path: 'password' })]);
  expect((await weakReset('qwertyuiop12', ada, 'Acme'))?.code).toBe('WEAK_PASSWORD');
  expect(await weakReset('Marble-Kettle-Drum-5', ada, 'Acme')).toBeNull();
  expect((await weakReset('Marble-Kettle-Drum-5', ada, 'marble-kettle-drum-5'))?.code).toBe('WEAK_PASSWORD');
  expect(reusedReset().code).toBe('PASSWORD_REUSED');
});

test('a reset lifts the lock-out, with an event if there was a lock', () => {
  const at = now.getTime();
  const lock = { username: 'ada', failed_at: [], locked_until: at + 1, expires_at: 0, version: 1 };
  expect(liftedByReset(ada, undefined, at)).toMatchObject({ next: { username: 'ada', lifted_at: at }, events: [] });
  expect(liftedByReset(ada, lock, at).events).toEqual([
    expect.objectContaining({ type: 'user.unlocked', entity: { type: 'user', id: 'usr_1' } }),
  ]);
});

test('a reset ends all live sessions', () => {
  const session = { id: 'ses_1', created_at: now.toISOString(), expires_at: later, session_epoch: 1 };
  expect(countEnded([session, { ...session, session_epoch: 0 }], { session_epoch: 1 }, now)).toBe(1);
});

test('the event of a new password says by which link it was set', () => {
  expect(resetEvent(ada, {}, 2)).toMatchObject({
    entity: { type: 'user', id: 'usr_1' },
    fields: { by_reset: true, sessions_terminated: 2 },
  });
  expect(resetEvent(ada, { invitation: { id: 'inv_1' } }, 0).fields).toEqual({
    by_invitation: true,
    sessions_terminated: 0,
  });
});

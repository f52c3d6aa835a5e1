import { describe, expect, test } from 'vitest';
import {
  accountName,
  assertMayDisable,
  assertNotEnabled,
  assertPerson,
  disabledEvent,
  enabledEvent,
  failedCode,
  finishLogIn,
  givenCode,
  newSetUp,
  pendingSetUp,
  presentRecoveryCode,
  recoveryUsedEvent,
  setUpOfSession,
  wrongCode,
} from './set-up.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
const user = { id: 'usr_1', username: 'ada', two_factor_enabled: true };
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('a set-up', () => {
  const setUp = newSetUp('sealed', 'ses_1', now);

  test('is repeated to its session for 10 minutes', () => {
    const of = (seconds: number) => pendingSetUp(setUp, { session: 'ses_1', restart: false, now: later(seconds) });
    expect([of(599), of(600), pendingSetUp(undefined, { session: 'ses_1', restart: false, now })]).toEqual([
      setUp,
      undefined,
      undefined,
    ]);
  });

  test('is in the way of another session, unless that one restarts it', () => {
    expect(() => pendingSetUp(setUp, { session: 'ses_2', restart: false, now })).toThrow(
      code('TWO_FACTOR_SETUP_IN_PROGRESS'),
    );
    expect(pendingSetUp(setUp, { session: 'ses_2', restart: true, now })).toBe(undefined);
  });

  test('is confirmed by its session alone, and in time', () => {
    expect(setUpOfSession(setUp, 'ses_1', now)).toBe(setUp);
    for (const [of, session, at] of [
      [setUp, 'ses_2', now],
      [setUp, 'ses_1', later(600)],
      [undefined, 'ses_1', now],
    ] as const)
      expect(() => setUpOfSession(of, session, at)).toThrow(code('NO_PENDING_SETUP'));
  });
});

describe('a code', () => {
  test('is one of either kind, in query or body', () => {
    expect(givenCode({ totp_code: '1' }, {})).toEqual({ kind: 'totp', code: '1' });
    expect(givenCode({}, { recovery_code: 'a' })).toEqual({ kind: 'recovery', code: 'a' });
    expect(givenCode({ totp_code: '1' }, { totp_code: '1' })).toEqual({ kind: 'totp', code: '1' });
    expect(() => givenCode({}, {})).toThrow(code('MISSING_FIELD'));
    expect(() => givenCode({ totp_code: '1' }, { totp_code: '2' })).toThrow(code('AMBIGUOUS_CREDENTIALS'));
    expect(() => givenCode({}, { totp_code: '1', recovery_code: '1' })).toThrow(code('AMBIGUOUS_CREDENTIALS'));
  });

  test('that is wrong counts as a failed log-in', () => {
    const attempt = { username: 'ada', network: '192.0.2.0/24', now: now.getTime() };
    const { next, events } = failedCode(user, { name: undefined, network: undefined }, attempt);
    expect([next.network.failed_at, events]).toMatchObject([
      [now.getTime()],
      [{ type: 'auth.login_failed', entity: { type: 'user', id: 'usr_1' }, fields: { reason: 'INVALID_TOTP_CODE' } }],
    ]);
    expect(wrongCode()).toMatchObject({ code: 'INVALID_TOTP_CODE', details: [{ path: 'totp_code' }] });
  });
});

test('second factors are for people', () => {
  expect(() => assertPerson({ type: 'service' })).toThrow(code('USER_SESSION_REQUIRED'));
  expect(() => assertPerson({ type: 'user' })).not.toThrow();
});

test('a second factor is set up once, and switched off unless the organization requires it', () => {
  expect(() => assertNotEnabled(user)).toThrow(code('TWO_FACTOR_ENABLED'));
  expect(() => assertMayDisable(user, true)).toThrow(code('TWO_FACTOR_REQUIRED_BY_ORG'));
  expect(() => assertMayDisable({ two_factor_enabled: false }, true)).toThrow(code('TWO_FACTOR_NOT_ENABLED'));
  expect(() => assertMayDisable(user, false)).not.toThrow();
});

test('an account is listed by its e-mail address, or else its username', () => {
  expect([
    accountName({ email: 'a@example.com', username: 'ada' }),
    accountName({ email: null, username: 'ada' }),
  ]).toEqual(['a@example.com', 'ada']);
});

test('a recovery code is shown in lower case, in two halves', () => {
  expect(presentRecoveryCode('K7M2PQ4XYZ')).toBe('k7m2p-q4xyz');
});

test('events name the user and no secret', () => {
  expect([enabledEvent(user), disabledEvent(user), recoveryUsedEvent(user, 3)]).toEqual([
    { entity: { type: 'user', id: 'usr_1' }, description: 'ada set up a second factor' },
    { entity: { type: 'user', id: 'usr_1' }, severity: 'warning', description: 'ada switched the second factor off' },
    {
      entity: { type: 'user', id: 'usr_1' },
      severity: 'warning',
      description: 'ada used a recovery code',
      fields: { recovery_codes_left: 3 },
    },
  ]);
});

test('a log-in that required the set-up opens a session of the new epoch', () => {
  const person = {
    id: 'usr_1',
    type: 'user',
    session_epoch: 4,
    access: { max_sessions: 5 },
    must_change_password: false,
    password_changed_at: null,
  } as const;
  const organization = { permission_epoch: 1, security: { session_ttl_max: 86_400, password_rotation_days: 0 } };
  const rights = { scopes: ['users:read'], ownOnly: [], reach: 'own' } as const;
  const opened = finishLogIn({ user: person, organization }, [], {
    id: 'ses_9',
    rights,
    ip: '192.0.2.1',
    userAgent: 'test',
    now,
    challenge: { client: 'web', session_ttl: 60, by_provider: true },
  });
  expect(opened.session).toMatchObject({ id: 'ses_9', session_epoch: 5, client: 'web', by_provider: true });
  expect(opened.session.expires_at).toBe(now.getTime() / 1_000 + 60);
});

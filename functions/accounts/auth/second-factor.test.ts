import { describe, expect, test } from 'vitest';
import { afterWrongCode, isWaiting, newChallenge, nextStep, presentPending } from './second-factor.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const seconds = now.getTime() / 1_000;
const code = { kind: 'totp', code: '123456' } as const;
const user = { id: 'usr_1', session_epoch: 3 };
const challenge = newChallenge({
  hash: 'aa',
  user,
  organization: 1001,
  username: 'ada',
  kind: 'user',
  client: 'api',
  ttl: undefined,
  isSetUp: false,
  now,
});

describe('a log-in with the right password', () => {
  test.each([
    [{ isEnabled: false, isRequired: false, code: undefined }, 'open'],
    [{ isEnabled: false, isRequired: false, code }, 'open'],
    [{ isEnabled: false, isRequired: true, code }, 'set-up'],
    [{ isEnabled: true, isRequired: false, code: undefined }, 'wait'],
    [{ isEnabled: true, isRequired: true, code }, 'check'],
  ] as const)('%j: %s', (state, step) => {
    expect(nextStep(state)).toBe(step);
  });
});

describe('a waiting log-in', () => {
  test('ends after 300 s, or with the sessions of its user', () => {
    expect(challenge.expires_at).toBe(seconds + 300);
    const at = (milliseconds: number) => new Date(now.getTime() + milliseconds);
    expect([
      isWaiting(challenge, user, at(299_999)),
      isWaiting(challenge, user, at(300_000)),
      isWaiting(challenge, { session_epoch: 4 }, now),
    ]).toEqual([true, false, false]);
  });

  test('ends with the fifth wrong code', () => {
    let left: typeof challenge | undefined = challenge;
    const counts: (number | undefined)[] = [];
    for (let at = 0; at < 5; at += 1) {
      left = afterWrongCode(left);
      counts.push(left?.wrong_codes);
    }
    expect(counts).toEqual([1, 2, 3, 4, undefined]);
    expect(afterWrongCode(undefined)).toBe(undefined);
  });

  test('keeps the lifetime that was asked for', () => {
    expect(challenge).not.toHaveProperty('session_ttl');
    expect(newChallenge({ ...fields, ttl: 60 })).toMatchObject({ session_ttl: 60 });
  });

  test('says that the second factor must be set up first, if so', () => {
    expect(presentPending('2fa_x', false)).not.toHaveProperty('requires_2fa_setup');
    expect(presentPending('2fa_x', true)).toMatchObject({ requires_2fa_setup: true, expires_in: 300 });
  });
});

const fields = {
  hash: 'bb',
  user,
  organization: 1001,
  username: 'ada',
  kind: 'admin',
  client: 'web',
  isSetUp: true,
  now,
} as const;

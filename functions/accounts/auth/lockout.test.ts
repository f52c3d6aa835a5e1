import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minute } from '../../../shared/schema/time.ts';
import { afterFailure, lockEvents, assertNotLocked, type Lockout } from './lockout.ts';

const start = Date.parse('2026-11-20T10:00:00.000Z');

/** State after failures at the given milliseconds. */
const after = (times: readonly number[]): Lockout | undefined =>
  times.reduce<Lockout | undefined>((lockout, at) => afterFailure(lockout, 'ada', at), undefined);
const isLocked = (lockout: Lockout | undefined, now: number): boolean => {
  try {
    assertNotLocked(lockout, now);
    return false;
  } catch {
    return true;
  }
};

test('four failures do not lock; a fifth within 15 minutes locks for 15 minutes', () => {
  const four = after([0, 1, 2, 3].map((at) => start + at * minute));
  expect(isLocked(four, start + 3 * minute)).toBe(false);
  const fifth = afterFailure(four, 'ada', start + 14 * minute);
  expect(isLocked(fifth, start + 29 * minute - 1)).toBe(true);
  expect(isLocked(fifth, start + 29 * minute)).toBe(false);
});

test('the error gives the remaining seconds, at least one', () => {
  const lockout = after([0, 0, 0, 0, 0].map(() => start));
  expect(() => {
    assertNotLocked(lockout, start + 15 * minute - 1);
  }).toThrow(expect.objectContaining({ code: 'ACCOUNT_LOCKED', retryAfter: 1 }));
});

test('for any failures, it locks exactly when five lie within 15 minutes since the last lock', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 8 * minute }), { minLength: 1, maxLength: 40 }), (pauses) => {
      let lockout: Lockout | undefined;
      let now = start;
      let counted: number[] = [];
      for (const pause of pauses) {
        now += pause;
        if (isLocked(lockout, now)) continue;
        counted = [...counted, now];
        lockout = afterFailure(lockout, 'ada', now);
        const expected = counted.filter((at) => now - at < 15 * minute).length >= 5;
        expect(isLocked(lockout, now)).toBe(expected);
        if (expected) counted = [];
      }
    }),
  );
});

test('every failure is a new version, so that parallel failures conflict and both count', () => {
  expect(after([start, start + 1, start + 2])?.version).toBe(3);
});

test('a lock is recorded with the failure that causes it; its end once, with the next log-in', () => {
  const recorded = (before: Lockout | undefined, next?: Lockout): string[] =>
    lockEvents('ada', before, next).map(({ type }) => type);
  const four = after([0, 1, 2, 3].map(() => start));
  const locked = afterFailure(four, 'ada', start);
  const later = afterFailure(locked, 'ada', start + 16 * minute);
  expect([
    recorded(undefined, four),
    recorded(four),
    recorded(four, locked),
    recorded(locked),
    recorded(locked, later),
    recorded(later),
  ]).toEqual([[], [], ['auth.locked', 'user.locked'], ['user.unlocked'], ['user.unlocked'], []]);
});

test('a record expires with its last failure; a lock one week after its end', () => {
  expect(after([start])?.expires_at).toBe((start + 15 * minute) / 1_000);
  expect(after([0, 1, 2, 3, 4].map((at) => start + at * minute))?.expires_at).toBe(
    (start + 19 * minute) / 1_000 + 7 * 86_400,
  );
});

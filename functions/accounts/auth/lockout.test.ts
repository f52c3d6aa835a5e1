import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterFailure, lockEvents, rejectLocked, type Lockout } from './lockout.ts';

const minute = 60_000;
const start = Date.parse('2026-11-20T10:00:00.000Z');

/** State after failures at the given milliseconds. */
const after = (times: readonly number[]): Lockout | undefined =>
  times.reduce<Lockout | undefined>((lockout, at) => afterFailure(lockout, 'ada', at), undefined);
const isLocked = (lockout: Lockout | undefined, now: number): boolean => {
  try {
    rejectLocked(lockout, now);
    return false;
  } catch {
    return true;
  }
};

test('four failures lock nobody, a fifth within 15 minutes locks for 15 minutes', () => {
  const four = after([0, 1, 2, 3].map((at) => start + at * minute));
  expect(isLocked(four, start + 3 * minute)).toBe(false);
  const fifth = afterFailure(four, 'ada', start + 14 * minute);
  expect(isLocked(fifth, start + 29 * minute - 1)).toBe(true);
  expect(isLocked(fifth, start + 29 * minute)).toBe(false);
});

test('the refusal says how many seconds are left, at least one', () => {
  const lockout = after([0, 0, 0, 0, 0].map(() => start));
  expect(() => {
    rejectLocked(lockout, start + 15 * minute - 1);
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

test('every change is another version, so that two at once cannot both count as one', () => {
  expect(after([start, start + 1, start + 2])?.version).toBe(3);
});

test('a lock is told with its failure, its end with whatever comes behind it, once', () => {
  const told = (before: Lockout | undefined, next?: Lockout): string[] =>
    lockEvents('ada', before, next).map(({ type }) => type);
  const four = after([0, 1, 2, 3].map(() => start));
  const locked = afterFailure(four, 'ada', start);
  const later = afterFailure(locked, 'ada', start + 16 * minute);
  expect([
    told(undefined, four),
    told(four),
    told(four, locked),
    told(locked),
    told(locked, later),
    told(later),
  ]).toEqual([[], [], ['auth.locked', 'user.locked'], ['user.unlocked'], ['user.unlocked'], []]);
});

test('it is kept until nothing of it counts any more, and a lock for a week behind it', () => {
  expect(after([start])?.expires_at).toBe((start + 15 * minute) / 1_000);
  expect(after([0, 1, 2, 3, 4].map((at) => start + at * minute))?.expires_at).toBe(
    (start + 19 * minute) / 1_000 + 7 * 86_400,
  );
});

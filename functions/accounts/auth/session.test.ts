import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveSessions, passwordHasExpired, sessionEnd, sessionsToEnd } from './session.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const seconds = now.getTime() / 1_000;
const day = 86_400_000;

const session = (at: number, more: object = {}) => ({
  id: `ses_${String(at).padStart(4, '0')}`,
  created_at: new Date(now.getTime() - 1_000_000 + at * 1_000).toISOString(),
  expires_at: seconds + 60,
  session_epoch: 1,
  ...more,
});

test("a session lives an hour, a service's two, what was asked, and never longer than the organization allows", () => {
  const longest = 604_800;
  expect(
    [
      sessionEnd('user', undefined, { longest, now }),
      sessionEnd('service', undefined, { longest, now }),
      sessionEnd('user', 90, { longest, now }),
      sessionEnd('user', 90_000, { longest: 300, now }),
    ].map((end) => end - seconds),
  ).toEqual([3_600, 7_200, 90, 300]);
});

test('a session is over when its time is, or when a later epoch has begun', () => {
  expect(
    liveSessions([session(1), session(2, { expires_at: seconds }), session(3, { session_epoch: 0 })], {
      epoch: 1,
      now,
    }),
  ).toEqual([session(1)]);
});

test('one more session drives out the oldest of the living, whatever their order, and clears away the dead', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 12 }, (_, at) => session(at, at % 4 === 0 ? { expires_at: seconds - 1 } : {})),
      ),
      fc.integer({ min: 1, max: 6 }),
      (sessions, most) => {
        const ended = new Set(sessionsToEnd(sessions, { most, epoch: 1, now }).map(({ id }) => id));
        const left = sessions.filter(({ id }) => !ended.has(id));
        const living = liveSessions(sessions, { epoch: 1, now })
          .map(({ id }) => id)
          .toSorted();
        expect(left.map(({ id }) => id).toSorted()).toEqual(living.slice(Math.max(0, living.length - (most - 1))));
      },
    ),
  );
});

test('what ends at once fits into one transaction', () => {
  const many = Array.from({ length: 300 }, (_, at) => session(at, { expires_at: seconds - 1 }));
  expect(sessionsToEnd([...many, session(301), session(302)], { most: 2, epoch: 1, now })).toHaveLength(80);
  expect(sessionsToEnd([...many, session(301), session(302)], { most: 2, epoch: 1, now })[0]).toEqual(session(301));
});

test("a password expires after the organization's days, where it counts them", () => {
  const changed = new Date(now.getTime() - 10 * day).toISOString();
  expect([
    passwordHasExpired(changed, 10, now),
    passwordHasExpired(changed, 11, now),
    passwordHasExpired(changed, 0, now),
    passwordHasExpired(null, 1, now),
  ]).toEqual([true, false, false, false]);
});

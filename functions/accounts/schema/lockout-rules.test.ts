import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lockouts, NameLockout, NetworkLockout } from './lockout.ts';
import { day, minute } from '#schema/time.ts';
import {
  afterFailure,
  afterSuccess,
  assertNotLocked,
  countFailuresSince,
  isLockedSomewhere,
  lifted,
  lockEvents,
  originOf,
  type Attempt,
} from './lockout-rules.ts';

const start = Date.parse('2026-11-20T10:00:00.000Z');
const none: Lockouts = { name: undefined, network: undefined };
const here = '192.0.2.0/24';

const isLocked = (lockouts: Lockouts, now: number): boolean => {
  try {
    assertNotLocked(lockouts, now);
    return false;
  } catch {
    return true;
  }
};

/** The rows of the name `ada`, as a store has them. */
function rows() {
  let name: NameLockout | undefined;
  const networks = new Map<string, NetworkLockout>();
  const read = (network: string): Lockouts => ({ name, network: networks.get(network) });
  const attemptAt = (network: string, now: number): Attempt => ({ username: 'ada', network, now });
  return {
    read,
    isLocked: (network: string, now: number) => isLocked(read(network), now),
    fail: (network: string, now: number) => {
      const next = afterFailure(read(network), attemptAt(network, now));
      name = next.name;
      networks.set(network, next.network);
    },
    succeed: (network: string, now: number) => {
      const attempt = attemptAt(network, now);
      if (originOf(attempt, read(network)).endsNameLock && name !== undefined)
        name = { ...name, locked_until: 0, version: name.version + 1 };
      networks.set(network, afterSuccess(read(network), attempt, true));
    },
    lift: (now: number) => {
      name = { ...lifted('ada', now), version: (name?.version ?? 0) + 1 };
    },
  };
}

/** State after failures in one network at the given milliseconds. */
const after = (times: readonly number[]): Lockouts =>
  times.reduce<Lockouts>((lockouts, now) => afterFailure(lockouts, { username: 'ada', network: here, now }), none);

test('four failures in a network do not lock; a fifth within 15 minutes locks it there for 15 minutes', () => {
  const name = rows();
  for (const at of [0, 1, 2, 3]) name.fail(here, start + at * minute);
  expect(name.isLocked(here, start + 3 * minute)).toBe(false);
  name.fail(here, start + 14 * minute);
  expect(name.isLocked(here, start + 29 * minute - 1)).toBe(true);
  expect(name.isLocked('198.51.100.0/24', start + 14 * minute)).toBe(false);
  expect(name.isLocked(here, start + 29 * minute)).toBe(false);
});

test('50 failures from anywhere lock the name, but for networks from which it logged in within 30 days', () => {
  const name = rows();
  name.succeed('home', start - 30 * day + minute);
  name.succeed('long ago', start - 30 * day - minute);
  for (let at = 0; at < 49; at += 1) name.fail(`network ${at}`, start);
  expect(name.isLocked('elsewhere', start)).toBe(false);
  name.fail('network 49', start);
  expect(['elsewhere', 'long ago', 'network 0', 'home'].map((network) => name.isLocked(network, start))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(name.isLocked('elsewhere', start + 15 * minute)).toBe(false);
});

test('failures in a known network do not end the lock of the name elsewhere, and lock there by themselves', () => {
  const name = rows();
  name.succeed('home', start);
  for (let at = 0; at < 50; at += 1) name.fail(`network ${at}`, start);
  for (let at = 0; at < 4; at += 1) name.fail('home', start + minute);
  expect(['elsewhere', 'home'].map((network) => name.isLocked(network, start + minute))).toEqual([true, false]);
  name.fail('home', start + minute);
  expect(name.isLocked('home', start + minute)).toBe(true);
});

test('an administrator lifts both locks, and the failures before', () => {
  const name = rows();
  for (let at = 0; at < 49; at += 1) name.fail(at < 5 ? here : `network ${at}`, start);
  for (let at = 0; at < 4; at += 1) name.fail('office', start + minute);
  name.lift(start + 2 * minute);
  const networks = [here, 'office', 'elsewhere'];
  expect(networks.map((network) => name.isLocked(network, start + 2 * minute))).toEqual([false, false, false]);
  name.fail('office', start + 3 * minute);
  expect(name.isLocked('office', start + 3 * minute)).toBe(false);
});

test('the error gives the remaining seconds, at least one', () => {
  const lockouts = after([0, 0, 0, 0, 0].map(() => start));
  expect(() => {
    assertNotLocked(lockouts, start + 15 * minute - 1);
  }).toThrow(expect.objectContaining({ code: 'ACCOUNT_LOCKED', retryAfter: 1 }));
});

type Step = { readonly pause: number; readonly network: number; readonly does: 'fail' | 'succeed' | 'lift' };

const step: fc.Arbitrary<Step> = fc.record({
  pause: fc.oneof(
    { weight: 60, arbitrary: fc.integer({ min: 1, max: 10_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 16 * minute }) },
  ),
  network: fc.integer({ min: 0, max: 12 }),
  does: fc.oneof(
    { weight: 150, arbitrary: fc.constant('fail' as const) },
    { weight: 2, arbitrary: fc.constant('succeed' as const) },
    { weight: 1, arbitrary: fc.constant('lift' as const) },
  ),
});

/** What README says, counted from the whole history. */
function oracle() {
  const failures: { at: number; network: number }[] = [];
  const locks = new Map<number | 'name', number>();
  const cleared = new Map<number | 'name', number>();
  const known = new Set<number>();
  const count = (now: number, of: number | 'name'): number =>
    failures.filter(
      ({ at, network }) => now - at < 15 * minute && at > (cleared.get(of) ?? 0) && (of === 'name' || network === of),
    ).length;
  const holds = (now: number, of: number | 'name'): boolean => (locks.get(of) ?? 0) > now;
  return {
    isNameLocked: (now: number) => holds(now, 'name'),
    isLocked: (now: number, network: number) => holds(now, network) || (holds(now, 'name') && !known.has(network)),
    fail: (now: number, network: number) => {
      failures.push({ at: now, network });
      for (const [of, limit] of [
        [network, 5],
        ['name', 50],
      ] as const)
        if (count(now, of) >= limit) {
          locks.set(of, now + 15 * minute);
          cleared.set(of, now);
        }
    },
    succeed: (now: number, network: number) => {
      known.add(network);
      cleared.set(network, now);
    },
    lift: (now: number) => {
      locks.clear();
      for (const of of ['name' as const, ...Array.from({ length: 13 }, (_, at) => at)]) cleared.set(of, now);
    },
  };
}

test('for any attempts from any networks, locks hold exactly where the rules say', () => {
  let locksOfName = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300, size: 'max' }), (steps) => {
      const [name, expected] = [rows(), oracle()];
      let now = start;
      for (const { pause, network, does } of steps) {
        now += pause;
        const locked = Array.from({ length: 13 }, (_, at) => name.isLocked(String(at), now));
        expect(locked).toEqual(Array.from({ length: 13 }, (_, at) => expected.isLocked(now, at)));
        if (expected.isNameLocked(now)) locksOfName += 1;
        if (does === 'lift') {
          name.lift(now);
          expected.lift(now);
        } else if (locked[network] !== true) {
          name[does](String(network), now);
          expected[does](now, network);
        }
      }
    }),
    { numRuns: 100 },
  );
  expect(locksOfName).toBeGreaterThan(0);
});

test('every failure is a new version, so that parallel failures conflict and both count', () => {
  expect(after([start, start + 1, start + 2])).toMatchObject({ network: { version: 3 }, name: { version: 3 } });
});

test('a lock is recorded with the failure that causes it; its end once, with the next attempt there', () => {
  const recorded = (before: Lockouts, now: number, isFailure = true): string[] => {
    const attempt = { username: 'ada', network: here, now };
    return lockEvents('ada', before, attempt, isFailure ? afterFailure(before, attempt) : undefined).map(
      ({ type }) => type,
    );
  };
  const four = after([0, 1, 2, 3].map(() => start));
  const locked = after([0, 1, 2, 3, 4].map(() => start));
  const later = afterFailure(locked, { username: 'ada', network: here, now: start + 16 * minute });
  expect([
    recorded(none, start),
    recorded(four, start, false),
    recorded(four, start),
    recorded(locked, start + 15 * minute, false),
    recorded(locked, start + 16 * minute),
    recorded(later, start + 17 * minute),
  ]).toEqual([[], [], ['auth.locked', 'user.locked'], ['user.unlocked'], ['user.unlocked'], []]);
});

test('a lock of the name in all networks is recorded alike, and its end by a network that it held for', () => {
  const name = rows();
  name.succeed('home', start);
  for (let at = 0; at < 49; at += 1) name.fail(`network ${at}`, start);
  const events = (network: string, now: number, isFailure = false) => {
    const attempt = { username: 'ada', network, now };
    const before = name.read(network);
    return lockEvents('ada', before, attempt, isFailure ? afterFailure(before, attempt) : undefined).map(
      ({ type, fields }) => [type, Object.keys(fields)],
    );
  };
  expect(events('network 49', start, true)).toEqual([
    ['auth.locked', ['locked_until']],
    ['user.locked', ['locked_until']],
  ]);
  name.fail('network 49', start);
  const ended = start + 15 * minute;
  expect([events('home', start), events('home', ended), events('elsewhere', ended)]).toEqual([
    [],
    [],
    [['user.unlocked', []]],
  ]);
  name.succeed('elsewhere', ended);
  expect(events('other', ended)).toEqual([]);
});

test('a record expires with its last failure; a lock one week after its end, a known network after 30 days', () => {
  const seconds = (lockouts: Lockouts) => (lockouts.network?.expires_at ?? 0) - start / 1_000;
  expect(seconds(after([start]))).toBe(15 * 60);
  expect(seconds(after([0, 1, 2, 3, 4].map((at) => start + at * minute)))).toBe(19 * 60 + 7 * 86_400);
  const name = rows();
  name.succeed(here, start);
  expect(seconds(name.read(here))).toBe(30 * 86_400);
  name.fail(here, start + minute);
  expect(seconds(name.read(here))).toBe(30 * 86_400);
});

test('a name counts as locked somewhere while a lock of a network or of the name lasts', () => {
  const { name } = after([0, 1, 2, 3, 4].map(() => start));
  expect([start, start + 15 * minute].map((now) => isLockedSomewhere(name, now))).toEqual([true, false]);
  expect(isLockedSomewhere({ ...lifted('ada', start), version: 1 }, start)).toBe(false);
});

test('failures count for 15 minutes from an instant on, and a locked name has at least those that lock it', () => {
  const at = Date.parse('2026-11-20T12:00:00.000Z');
  const failed_at = [-16, -14, -1].map((minutes) => at + minutes * 60_000);
  const name = { username: 'anna', failed_at, locked_until: 0, expires_at: 0, version: 1 };
  expect([
    countFailuresSince(undefined, 0, at),
    countFailuresSince(name, 0, at),
    countFailuresSince(name, at - 5 * 60_000, at),
    countFailuresSince({ ...name, locked_until: at + 1 }, 0, at),
  ]).toEqual([0, 2, 1, 50]);
});

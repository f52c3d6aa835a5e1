import { expect, test } from 'vitest';
import type { LogInTries } from '#schema/mailbox.ts';
import { countTry, isOpenAtOwnPhone, logInLimits, originOf } from './log-in.ts';

const place = { mailbox: '204', origin: 'outside' } as const;
const start = 1_000_000_000;

/** What follows from tries at these instants. */
function tries(...instants: readonly number[]): readonly ('taken' | 'last' | 'locked')[] {
  let before: LogInTries | undefined;
  return instants.map((now) => {
    const counted = countTry(before, place, now);
    before = counted?.after ?? before;
    if (counted === undefined) return 'locked';
    return counted.isLast ? 'last' : 'taken';
  });
}

test('the fifth try in 15 minutes is the last one for 15 minutes', () => {
  const at = (minutes: number): number => start + minutes * 60_000;
  expect(tries(at(0), at(1), at(2), at(3), at(14), at(28), at(29))).toEqual([
    ...['taken', 'taken', 'taken', 'taken', 'last', 'locked', 'taken'],
  ]);
});

test('tries that are far apart lock nothing', () => {
  const each = logInLimits.window / 4 + 1;
  expect(tries(...Array.from({ length: 20 }, (_, at) => start + at * each)).every((try_) => try_ === 'taken')).toBe(
    true,
  );
});

test('only a registered phone of the owner is its own', () => {
  expect([
    originOf('usr_1', 'usr_1'),
    originOf('usr_1', 'usr_2'),
    originOf('usr_1', null),
    originOf(null, null),
  ]).toEqual([...['owner', 'outside', 'outside', 'outside']]);
});

test('the own phone needs no PIN where none is set or asked for; from outside there is always one', () => {
  const set = { pin_set: true };
  expect(isOpenAtOwnPhone('owner', set)).toBe(false);
  expect(isOpenAtOwnPhone('owner', { ...set, pin_from_own_phone: false })).toBe(true);
  expect(isOpenAtOwnPhone('owner', { pin_set: false })).toBe(true);
  expect(isOpenAtOwnPhone('outside', { pin_set: false, pin_from_own_phone: false })).toBe(false);
});

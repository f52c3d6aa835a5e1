import { expect, test } from 'vitest';
import type { TimeOfDay } from '../schema/policy.ts';
import { callFacts, compileConditions, failureOf } from './conditions.ts';
import { groupDirectory } from './groups.ts';

const plan = { timezone: 'UTC', groups: groupDirectory([]) };

function isOpen(window: TimeOfDay, at: string, timezone = 'UTC'): boolean {
  const conditions = compileConditions({ pattern: '.', time_of_day: window }, {});
  return failureOf(conditions, callFacts({}, { ...plan, timezone }, Date.parse(at))) === null;
}

test('a window includes its start and not its end', () => {
  const office = { start: '08:00', end: '18:00' };
  expect(isOpen(office, '2026-03-02T07:59:59.999Z')).toBe(false);
  expect(isOpen(office, '2026-03-02T08:00:00Z')).toBe(true);
  expect(isOpen(office, '2026-03-02T17:59:59.999Z')).toBe(true);
  expect(isOpen(office, '2026-03-02T18:00:00Z')).toBe(false);
});

test('a window may end at 24:00', () => {
  expect(isOpen({ start: '18:00', end: '24:00' }, '2026-03-02T23:59:59Z')).toBe(true);
  expect(isOpen({ start: '18:00', end: '24:00' }, '2026-03-03T00:00:00Z')).toBe(false);
});

test('a window whose start is after its end runs over midnight', () => {
  const night = { start: '22:00', end: '06:00' };
  expect(isOpen(night, '2026-03-02T23:00:00Z')).toBe(true);
  expect(isOpen(night, '2026-03-03T05:59:00Z')).toBe(true);
  expect(isOpen(night, '2026-03-03T06:00:00Z')).toBe(false);
  expect(isOpen(night, '2026-03-03T21:59:00Z')).toBe(false);
});

test('a day is the one on which the window opened', () => {
  const fridayNight: TimeOfDay = { start: '22:00', end: '06:00', days: ['fri'] };
  expect(isOpen(fridayNight, '2026-03-06T23:00:00Z')).toBe(true);
  expect(isOpen(fridayNight, '2026-03-07T05:00:00Z')).toBe(true);
  expect(isOpen(fridayNight, '2026-03-06T05:00:00Z')).toBe(false);
  expect(isOpen(fridayNight, '2026-03-07T23:00:00Z')).toBe(false);
});

test('a Sunday night runs into Monday', () => {
  expect(isOpen({ start: '22:00', end: '06:00', days: ['sun'] }, '2026-03-02T01:00:00Z')).toBe(true);
});

test('a window is in its own zone, else in that of the organization', () => {
  const office = { start: '08:00', end: '18:00' };
  expect(isOpen(office, '2026-01-15T13:00:00Z', 'America/New_York')).toBe(true);
  expect(isOpen(office, '2026-01-15T12:59:00Z', 'America/New_York')).toBe(false);
  expect(isOpen({ ...office, timezone: 'Asia/Kathmandu' }, '2026-01-15T02:15:00Z', 'America/New_York')).toBe(true);
  expect(isOpen({ ...office, timezone: 'Asia/Kathmandu' }, '2026-01-15T02:14:00Z', 'America/New_York')).toBe(false);
});

test('an hour that daylight saving skips does not occur', () => {
  const skipped = { start: '02:00', end: '03:00', timezone: 'America/New_York' };
  expect(isOpen(skipped, '2026-03-08T06:59:59Z')).toBe(false);
  expect(isOpen(skipped, '2026-03-08T07:00:00Z')).toBe(false);
});

test('an hour that daylight saving repeats occurs twice', () => {
  const repeated = { start: '01:00', end: '02:00', timezone: 'America/New_York' };
  const hours = ['2026-11-01T04:30:00Z', '2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-01T07:30:00Z'];
  expect(hours.map((at) => isOpen(repeated, at))).toEqual([false, true, true, false]);
});

test('of several failures the group comes first, then the hours, then the caller', () => {
  const conditions = {
    pattern: '.',
    user_groups: ['vip'],
    time_of_day: { start: '08:00', end: '09:00' },
    caller_id_required: true,
  };
  const failure = (call: { caller?: string; groups?: string[] }, at: string) =>
    failureOf(compileConditions(conditions, {}), callFacts(call, plan, Date.parse(at)));
  expect(failure({}, '2026-03-02T12:00:00Z')).toBe('NOT_IN_GROUP');
  expect(failure({ groups: ['vip'] }, '2026-03-02T12:00:00Z')).toBe('OUTSIDE_HOURS');
  expect(failure({ groups: ['vip'] }, '2026-03-02T08:00:00Z')).toBe('CALLER_ID_REQUIRED');
  expect(failure({ groups: ['vip'], caller: '+12125550100' }, '2026-03-02T08:00:00Z')).toBeNull();
});

test.each([undefined, '', ' ', 'anonymous', 'Anonymous'])('a caller of %j is withheld', (caller) => {
  const conditions = compileConditions({ pattern: '.', caller_id_required: true }, {});
  expect(failureOf(conditions, callFacts({ caller }, plan, 0))).toBe('CALLER_ID_REQUIRED');
});

test.each([
  [{}, {}, true],
  [{ verstat: ['TN-Validation-Passed'] }, { verstat: 'TN-Validation-Passed' }, true],
  [{ verstat: ['TN-Validation-Passed'] }, {}, false],
  [{ verstat: ['TN-Validation-Passed', 'No-TN-Validation'] }, {}, true],
  [{ verstat: ['No-TN-Validation'] }, { verstat: 'TN-Validation-Failed' }, false],
  [{ attestation: ['A', 'B'] }, { attestation: 'B' }, true],
  [{ attestation: ['A', 'B'] }, { attestation: 'C' }, false],
  [{ attestation: ['C'] }, {}, false],
] as const)('a policy with %j decides calls of %j: %s', (wanted, caller, decides) => {
  const { verstat, attestation } = { verstat: undefined, attestation: undefined, ...wanted };
  const conditions = compileConditions(
    {
      pattern: '.',
      ...(verstat !== undefined && { verstat: [...verstat] }),
      ...(attestation !== undefined && { attestation: [...attestation] }),
    },
    {},
  );
  expect(failureOf(conditions, callFacts(caller, plan, 0))).toBe(decides ? null : 'CALLER_NOT_VERIFIED');
});

test('a policy that requires no caller id accepts a withheld one', () => {
  expect(
    failureOf(compileConditions({ pattern: '.', caller_id_required: false }, {}), callFacts({}, plan, 0)),
  ).toBeNull();
});

test('a group with the name of an inherited property is a group like any other', () => {
  const conditions = compileConditions({ pattern: '.', user_groups: ['constructor'] }, {});
  expect(failureOf(conditions, callFacts({ groups: ['Constructor'] }, plan, 0))).toBeNull();
  expect(failureOf(conditions, callFacts({ groups: ['vip'] }, plan, 0))).toBe('NOT_IN_GROUP');
});

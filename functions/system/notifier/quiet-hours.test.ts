import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { hour, minute } from '#schema/time.ts';
import { quietUntil, releaseTime } from './quiet-hours.ts';

const organization = { timezone: 'Europe/Berlin' };
const hours = (start: string, end: string, timezone: string | null = null) => ({
  quiet_hours: { enabled: true, start, end, timezone },
});
const untilOf = (preferences: ReturnType<typeof hours>, now: string): string | null =>
  quietUntil(preferences, organization, new Date(now))?.toISOString() ?? null;

const night = hours('22:00', '07:00');
const overChange = hours('23:30', '02:30');

test.each([
  ['in the evening, until the next morning', night, '2026-11-20T21:00:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['after midnight, until the same morning', night, '2026-11-21T02:00:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['not before they start', night, '2026-11-20T20:59:59.999Z', null],
  ['not at their end', night, '2026-11-21T06:00:00.000Z', null],
  ['by day', hours('12:00', '13:30'), '2026-11-20T11:10:00.000Z', '2026-11-20T12:30:00.000Z'],
  [
    'in a zone of their own',
    hours('22:00', '07:00', 'Asia/Tokyo'),
    '2026-11-20T13:30:00.000Z',
    '2026-11-20T22:00:00.000Z',
  ],
  // In Berlin, 02:00 to 03:00 is skipped on 2026-03-29: 02:30 does not come, and they end as the clock shows 03:00.
  ['to the hour that is skipped', overChange, '2026-03-28T23:00:00.000Z', '2026-03-29T01:00:00.000Z'],
  // It is repeated on 2026-10-25: they end at the first 02:30, and the second 02:00 is quiet again.
  ['to the first of two hours', overChange, '2026-10-24T23:00:00.000Z', '2026-10-25T00:30:00.000Z'],
  ['not between the two hours', overChange, '2026-10-25T00:45:00.000Z', null],
  ['in the repeated hour', overChange, '2026-10-25T01:10:00.000Z', '2026-10-25T01:30:00.000Z'],
])('quiet hours hold back %s', (_case, preferences, now, until) => {
  expect(untilOf(preferences, now)).toBe(until);
});

test('quiet hours that are disabled hold nothing back', () => {
  const { quiet_hours: quiet } = night;
  const now = new Date('2026-11-20T23:00:00.000Z');
  expect(quietUntil({ quiet_hours: { ...quiet, enabled: false } }, organization, now)).toBeUndefined();
});

const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];
/** Around changes of the clock, and any time. */
const anyInstant = fc.oneof(
  fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') }),
  fc
    .tuple(
      fc.constantFrom('2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-04', '2026-10-03'),
      fc.integer({ min: -36 * 60, max: 36 * 60 }),
    )
    .map(([date, minutes]) => Date.parse(date) + minutes * minute),
);

/** Whether the wall clock of luxon shows a quiet time. */
function isQuiet(at: number, zone: string, start: string, end: string): boolean {
  const time = DateTime.fromMillis(at, { zone }).toFormat('HH:mm');
  return start < end ? time >= start && time < end : time >= start || time < end;
}

test('they end at the first minute at which the wall clock shows no quiet time', () => {
  fc.assert(
    fc.property(timeOfDay, timeOfDay, fc.constantFrom(...zones), anyInstant, (start, end, zone, at) => {
      fc.pre(start !== end);
      let expected = at;
      while (isQuiet(expected, zone, start, end)) expected = (Math.floor(expected / minute) + 1) * minute;
      const until = quietUntil(hours(start, end, zone), organization, new Date(at));
      expect(until?.toISOString() ?? null).toBe(expected === at ? null : new Date(expected).toISOString());
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['at the end of the hour', '2026-11-20T10:20:00.000Z', '2026-11-20T11:00:00.000Z'],
  ['at the end of the quiet hours that it is in', '2026-11-20T22:20:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['at the end of the quiet hours that the hour ends in', '2026-11-20T20:20:00.000Z', '2026-11-21T06:00:00.000Z'],
])('what is held back is sent %s', (_case, now, release) => {
  expect(releaseTime(night, organization, new Date(now)).toISOString()).toBe(release);
});

test('what is held back is never sent in quiet hours, and within two days', () => {
  fc.assert(
    fc.property(timeOfDay, timeOfDay, fc.constantFrom(...zones), anyInstant, (start, end, zone, at) => {
      fc.pre(start !== end);
      const release = releaseTime(hours(start, end, zone), organization, new Date(at)).getTime();
      expect(isQuiet(release, zone, start, end)).toBe(false);
      expect(release).toBeGreaterThan(at);
      expect(release - at).toBeLessThanOrEqual(49 * hour);
    }),
    { numRuns: 200 },
  );
});

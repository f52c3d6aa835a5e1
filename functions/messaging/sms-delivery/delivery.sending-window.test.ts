import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { SendingWindow } from '#schema/sending-window.ts';
import { day, minute } from '#schema/time.ts';
import { windowDays } from '#schema/wall-clock.ts';
import { nextInWindow } from './delivery.ts';

const organization = { timezone: 'Europe/Berlin' };
const windowFrom = (start: string, end: string, more: object = {}) => SendingWindow.parse({ start, end, ...more });
const next = (window: SendingWindow, number: string, now: string, of = organization): string =>
  nextInWindow(window, number, of, new Date(now)).toISOString();

const byDay = windowFrom('08:00', '21:00');

test.each([
  ['inside the window, at once', '+4915112345678', '2026-11-20T12:34:56.789Z', '2026-11-20T12:34:56.789Z'],
  ['before it opens', '+4915112345678', '2026-11-20T06:59:59.999Z', '2026-11-20T07:00:00.000Z'],
  ['at its last millisecond', '+4915112345678', '2026-11-20T19:59:59.999Z', '2026-11-20T19:59:59.999Z'],
  ['at its end', '+4915112345678', '2026-11-20T20:00:00.000Z', '2026-11-21T07:00:00.000Z'],
  ['in the zone of the recipient', '+81312345678', '2026-11-20T12:00:00.000Z', '2026-11-20T23:00:00.000Z'],
  // Adak and Honolulu open at 18:00 UTC; Detroit and New York close at 02:00 UTC.
  ['in all zones of the country', '+12125550100', '2026-11-20T14:00:00.000Z', '2026-11-20T18:00:00.000Z'],
  ['while one zone of the country sleeps', '+12125550100', '2026-11-20T02:00:00.000Z', '2026-11-20T18:00:00.000Z'],
  [
    'by the organization, to a number of no country',
    '+80012345678',
    '2026-11-20T06:00:00Z',
    '2026-11-20T07:00:00.000Z',
  ],
  ['by a zone that CLDR lacks', '+38344123456', '2026-11-20T06:00:00.000Z', '2026-11-20T07:00:00.000Z'],
])('a message is sent %s', (_case, number, now, sent) => {
  expect(next(byDay, number, now)).toBe(sent);
});

test('zones that are never open together leave it to the organization', () => {
  const hour = windowFrom('12:00', '13:00');
  expect(next(hour, '+12125550100', '2026-11-20T10:00:00.000Z')).toBe('2026-11-20T11:00:00.000Z');
});

test('a fixed zone counts for every number', () => {
  const fixed = windowFrom('08:00', '21:00', { timezone: 'Asia/Tokyo' });
  expect(next(fixed, '+4915112345678', '2026-11-20T12:00:00.000Z')).toBe('2026-11-20T23:00:00.000Z');
});

test('a window over midnight belongs to the day on which it begins', () => {
  const night = windowFrom('22:00', '02:00', { days: ['fri'], timezone: 'UTC' });
  // 2026-11-20 is a Friday.
  expect(next(night, '+4915112345678', '2026-11-21T01:59:00.000Z')).toBe('2026-11-21T01:59:00.000Z');
  expect(next(night, '+4915112345678', '2026-11-21T02:00:00.000Z')).toBe('2026-11-27T22:00:00.000Z');
  expect(next(night, '+4915112345678', '2026-11-20T01:00:00.000Z')).toBe('2026-11-20T22:00:00.000Z');
});

test('a window that the clock skips opens a week later', () => {
  // In New York, 02:00 to 03:00 is skipped on Sunday, 2026-03-08.
  const skipped = windowFrom('02:00', '03:00', { days: ['sun'], timezone: 'America/New_York' });
  expect(next(skipped, '+12125550100', '2026-03-08T00:00:00.000Z')).toBe('2026-03-15T06:00:00.000Z');
});

test('an hour that the clock repeats is open twice', () => {
  // In New York, 01:00 to 02:00 is repeated on Sunday, 2026-11-01.
  const repeated = windowFrom('01:00', '01:30', { timezone: 'America/New_York' });
  expect(next(repeated, '+12125550100', '2026-11-01T05:30:00.000Z')).toBe('2026-11-01T06:00:00.000Z');
});

/** Whether the window is open by the wall clock of a zone, as luxon reads it. */
function isOpen({ start, end, days }: SendingWindow, zone: string, at: number): boolean {
  const wall = DateTime.fromMillis(at, { zone });
  const time = wall.toFormat('HH:mm');
  const beginsOn = (weekday: number) => days.includes(windowDays[(weekday + 6) % 7] ?? 'mon');
  if (start < end) return beginsOn(wall.weekday) && start <= time && time < end;
  return (beginsOn(wall.weekday) && time >= start) || (beginsOn(wall.weekday - 1) && time < end);
}

const timeOfDay = fc.integer({ min: 0, max: 47 }).map((half) => {
  const hours = String(Math.floor(half / 2)).padStart(2, '0');
  return `${hours}:${half % 2 === 0 ? '00' : '30'}`;
});
const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'UTC'];
/** The days on which the clocks of these zones change in 2026. */
const changes = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'];
const instants = fc.oneof(
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -day, max: day }))
    .map(([date, before]) => Date.parse(date) + before),
  fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-01-01') }),
);

test('the answer is in the window, and no earlier time is, through changes of the clock', { timeout: 60_000 }, () => {
  const windows = fc
    .record({ start: timeOfDay, end: timeOfDay, days: fc.subarray([...windowDays], { minLength: 1 }) })
    .filter(({ start, end }) => start !== end);
  fc.assert(
    fc.property(windows, fc.constantFrom(...zones), instants, (hours, timezone, now) => {
      const window = SendingWindow.parse({ ...hours, timezone });
      const found = nextInWindow(window, '+4915112345678', organization, new Date(now)).getTime();
      expect(found).toBeGreaterThanOrEqual(now);
      expect(isOpen(window, timezone, found)).toBe(true);
      if (found === now) return;
      // Openings are at half hours, changes of the clock at quarters.
      for (let at = now; at < found; at += 15 * minute) expect(isOpen(window, timezone, at)).toBe(false);
      expect(isOpen(window, timezone, found - 1)).toBe(false);
    }),
    { numRuns: runs(100) },
  );
});

test('to a country of several zones, the answer is in the window of each', () => {
  const american = ['America/New_York', 'America/Chicago', 'America/Phoenix', 'America/Anchorage', 'Pacific/Honolulu'];
  fc.assert(
    fc.property(instants, (now) => {
      const found = nextInWindow(byDay, '+12125550100', organization, new Date(now)).getTime();
      expect(found - now).toBeLessThan(day);
      expect(american.filter((zone) => !isOpen(byDay, zone, found))).toEqual([]);
    }),
  );
});

import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { ZoneClock, zoneClock } from './zone-clock.ts';

const read = (zone: string, at: string) => new ZoneClock(zone).read(Date.parse(at));

test('days count from Monday, minutes from midnight', () => {
  expect(read('UTC', '2026-11-16T00:00:00Z')).toEqual({ day: 0, minute: 0 });
  expect(read('UTC', '2026-11-22T23:59:59.999Z')).toEqual({ day: 6, minute: 1_439 });
});

test('a clock changes at the instant that its zone defines', () => {
  expect(read('Europe/Berlin', '2026-03-29T00:59:59.999Z')).toEqual({ day: 6, minute: 119 });
  expect(read('Europe/Berlin', '2026-03-29T01:00:00Z')).toEqual({ day: 6, minute: 180 });
  expect(read('Europe/Berlin', '2026-10-25T00:59:59.999Z')).toEqual({ day: 6, minute: 179 });
  expect(read('Europe/Berlin', '2026-10-25T01:00:00Z')).toEqual({ day: 6, minute: 120 });
});

/** Offsets of half hours and of seconds, half-hour daylight saving, Ramadan, and a skipped day. */
const zones = [
  'UTC',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Europe/Amsterdam',
  'Africa/Monrovia',
];
const instants = fc.integer({ min: Date.parse('1900-01-01T00:00Z'), max: Date.parse('2100-01-01T00:00Z') });

test('at any instant of two centuries a clock agrees with luxon, in any order of reads', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.array(instants, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: -180, max: 180 }),
      (zone, times, minutes) => {
        const clock = zoneClock(zone);
        for (const at of times.flatMap((time) => [time, time + minutes * 60_000])) {
          const local = DateTime.fromMillis(at, { zone });
          expect({ at, ...clock.read(at) }).toEqual({
            at,
            day: local.weekday - 1,
            minute: local.hour * 60 + local.minute,
          });
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('the cache of a clock is bounded', () => {
  const clock = new ZoneClock('Europe/London');
  const summer = Date.parse('2026-07-01T12:00:00Z');
  for (let day = 0; day < 5_000; day += 1) clock.read(summer - day * 86_400_000);
  expect(clock.read(summer)).toEqual({ day: 2, minute: 780 });
});

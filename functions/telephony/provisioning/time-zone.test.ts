import { describe, expect, test } from 'vitest';
import { timeZoneOf } from './time-zone.ts';

const sunday = 7;
const at = (month: number, week: number, hour: number, weekday = sunday) => ({
  month,
  week,
  weekday,
  minutes: hour * 60,
});

describe('a time zone', () => {
  test.each([
    ['Europe/Berlin', 60, { start: at(3, 5, 2), end: at(10, 5, 3), savedMinutes: 60 }],
    ['Europe/London', 0, { start: at(3, 5, 1), end: at(10, 5, 2), savedMinutes: 60 }],
    ['America/New_York', -300, { start: at(3, 2, 2), end: at(11, 1, 2), savedMinutes: 60 }],
    ['Australia/Sydney', 600, { start: at(10, 1, 2), end: at(4, 1, 3), savedMinutes: 60 }],
    ['Australia/Lord_Howe', 630, { start: at(10, 1, 2), end: at(4, 1, 2), savedMinutes: 30 }],
    ['Pacific/Auckland', 720, { start: at(9, 5, 2), end: at(4, 1, 3), savedMinutes: 60 }],
    ['Asia/Kolkata', 330, null],
    ['UTC', 0, null],
  ])('%s is %i minutes east of UTC, with its rules of summer time', (name, offsetMinutes, summer) => {
    expect(timeZoneOf(name, 2026)).toEqual({ name, offsetMinutes, summer });
  });

  test('is null without a name', () => {
    expect([timeZoneOf(undefined, 2026), timeZoneOf(1, 2026)]).toEqual([null, null]);
  });
});

import { describe, expect, test } from 'vitest';
import { wallTimeOf } from '#schema/wall-clock.ts';
import { day, minute } from '#schema/time.ts';
import { timeZoneOf, type ClockChange, type TimeZone } from './time-zone.ts';

const [friday, sunday] = [5, 7];
const at = (month: number, week: number, hour: number, weekday = sunday) => ({
  month,
  week,
  weekday,
  minutes: hour * 60,
});
const zoneAt = (name: unknown, time: string) => timeZoneOf(name, new Date(time));

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
  ])('%s is %i minutes east of UTC, with the same rules of summer time in each year', (name, offsetMinutes, summer) => {
    for (const time of ['2026-01-10T12:00Z', '2026-07-10T12:00Z', '2029-12-31T12:00Z'])
      expect(zoneAt(name, time)).toMatchObject({ name, offsetMinutes, summer });
  });

  test('has its present offset next to the rules', () => {
    const offsets = ['2026-01-10T12:00Z', '2026-07-10T12:00Z'].map((time) => zoneAt('Europe/Berlin', time));
    expect(offsets.map((zone) => zone?.presentMinutes)).toEqual([60, 120]);
  });

  test('with three changes in a year has no rules after the last one', () => {
    expect(zoneAt('Africa/Casablanca', '2026-11-20T12:00Z')).toMatchObject({ offsetMinutes: 0, summer: null });
  });

  test('whose weeks change from year to year has the rule that is right for longest', () => {
    const startsAt = (time: string) => zoneAt('Asia/Jerusalem', time)?.summer?.start;
    expect([startsAt('2026-06-10T12:00Z'), startsAt('2029-06-10T12:00Z')]).toEqual([
      at(3, 4, 2, friday),
      at(3, 5, 2, friday),
    ]);
  });

  test('is null without a name', () => {
    expect([zoneAt(undefined, '2026-01-10'), zoneAt(1, '2026-01-10')]).toEqual([null, null]);
  });
});

/** The instant of a change in a year (Unix milliseconds). It walks the days of the month, as a phone might. */
function changeOf({ month, week, weekday, minutes }: ClockChange, year: number, offset: number): number {
  const days = Array.from({ length: 31 }, (_, date) => new Date(Date.UTC(year, month - 1, date + 1))).filter(
    (date) => date.getUTCMonth() === month - 1 && (date.getUTCDay() || sunday) === weekday,
  );
  return (days[week - 1] ?? days.at(-1) ?? new Date(Number.NaN)).getTime() + (minutes - offset) * minute;
}

/** The offset that a phone shows. @param time Unix milliseconds @returns minutes */
function shownOffset({ offsetMinutes: standard, summer }: TimeZone, time: number): number {
  if (summer === null) return standard;
  const saving = standard + summer.savedMinutes;
  const year = new Date(time + standard * minute).getUTCFullYear();
  const [start, end] = [changeOf(summer.start, year, standard), changeOf(summer.end, year, saving)];
  const isSummer = start < end ? start <= time && time < end : time < end || start <= time;
  return isSummer ? saving : standard;
}

/** The offset of the clock by which schedules open. */
function scheduleOffset(zone: string, time: number): number {
  const { date, minute: minutes } = wallTimeOf(zone, time);
  return (date * day - time) / minute + minutes;
}

/** The instants of 2026 to 2030 at which the offset of a zone changes. */
function changesOf(zone: string): number[] {
  const [first, last] = [Date.UTC(2026, 0), Date.UTC(2031, 0)];
  const changes: number[] = [];
  let before = scheduleOffset(zone, first);
  for (let from = first; from < last; from += 10 * day) {
    let [same, other] = [from, from + 10 * day];
    const after = scheduleOffset(zone, other);
    if (after === before) continue;
    while (other - same > minute) {
      const middle = same + Math.floor((other - same) / 2 / minute) * minute;
      if (scheduleOffset(zone, middle) === before) same = middle;
      else other = middle;
    }
    before = after;
    changes.push(other);
  }
  return changes;
}

/** Days around a change in which the rule of another week would have another offset. */
const around = [-8 * day, -minute, 0, 3 * day, 8 * day];

/** What is wrong on a phone that fetches its file then. @param changes of the zone */
function faultsOf(zone: string, fetched: number, changes: readonly number[]): string[] {
  const file = timeZoneOf(zone, new Date(fetched));
  const next = changes.find((change) => change > fetched) ?? Date.UTC(2031, 0);
  return [fetched, next - minute]
    .filter((time) => file === null || shownOffset(file, time) !== scheduleOffset(zone, time))
    .map((time) => `${zone} fetched ${new Date(fetched).toISOString()}, at ${new Date(time).toISOString()}`);
}

test('in all zones, a file shows the time of schedules when it is fetched, and until the next change', () => {
  const faults = Intl.supportedValuesOf('timeZone').flatMap((zone) => {
    const changes = changesOf(zone);
    const fetches = [Date.UTC(2026, 0, 1, 12), ...changes.flatMap((change) => around.map((off) => change + off))];
    return fetches.flatMap((fetched) => faultsOf(zone, fetched, changes));
  });
  expect(faults).toEqual([]);
});

import { IANAZone } from 'luxon';
import { day, minute } from './time.ts';

/**
 * Windows on the wall clock of time zones. An hour that a change of the clock skips is in no window, one that it
 * repeats is in it twice.
 */

export const windowDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `start` is inclusive, `end` exclusive. With `start` > `end` a window runs over midnight, from its first day. */
export type DailyWindow = {
  /** `HH:MM` */ readonly start: string;
  /** `HH:MM`, up to `24:00`. */ readonly end: string;
  /** Days on which it begins. */
  readonly days: readonly (typeof windowDays)[number][];
};

/** What the wall clock of a zone shows: a date, in days since 1970-01-01, and the minutes since its midnight. */
export type WallTime = { readonly date: number; readonly minute: number };

/** A range of time in Unix milliseconds; the end is exclusive. */
export type Interval = readonly [start: number, end: number];

/**
 * Milliseconds that are searched. A window opens once a week at least; if a change of the clock skips it, it opens a
 * week later.
 */
const horizon = 16 * day;

const zoneNamed = (name: string): IANAZone => IANAZone.create(name);

/** The first minute after `from` at which the offset is that of `to`: it changes once between them. */
function changeBetween(zone: IANAZone, [from, to]: Interval): number {
  let [before, after] = [from, to];
  while (after - before > minute) {
    const middle = before + Math.floor((after - before) / 2 / minute) * minute;
    if (zone.offset(middle) === zone.offset(to)) after = middle;
    else before = middle;
  }
  return after;
}

/** The parts of a range in which the offset of a zone does not change, with the offset in milliseconds. */
function steadyParts(zone: IANAZone, [from, to]: Interval): { readonly part: Interval; readonly offset: number }[] {
  const parts: { part: Interval; offset: number }[] = [];
  let start = from;
  for (let at = from; at < to; at += day) {
    const next = Math.min(at + day, to);
    if (zone.offset(at) === zone.offset(next)) continue;
    const change = changeBetween(zone, [at, next]);
    parts.push({ part: [start, change], offset: zone.offset(at) * minute });
    start = change;
  }
  return [...parts, { part: [start, to], offset: zone.offset(start) * minute }];
}

const millisecondsOf = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * minute;

/** 1970-01-01 was a Thursday. */
const weekdayOfDayZero = 3;
const weekdayOf = (dayNumber: number) => windowDays[(((dayNumber + weekdayOfDayZero) % 7) + 7) % 7] ?? 'mon';

/** The wall clock of a zone. @param at Unix milliseconds */
export function wallTimeOf(zone: string, at: number): WallTime {
  const local = at + zoneNamed(zone).offset(at) * minute;
  const date = Math.floor(local / day);
  return { date, minute: Math.floor((local - date * day) / minute) };
}

/**
 * The beginning of a range, and the instants in it, ascending, at which the wall clock of a zone shows one of the given
 * times, or is changed. A time that a change skips has no instant, one that it repeats has two.
 * @param range begins and ends at whole minutes
 * @param timesOf minutes of a date (days since 1970-01-01) from 0 to 1439, ascending
 */
export function* wallClockInstants(
  zone: string,
  range: Interval,
  timesOf: (date: number) => readonly number[],
): Generator<number, void, void> {
  for (const { part, offset } of steadyParts(zoneNamed(zone), range)) {
    const [from, to] = part;
    yield from;
    for (let date = Math.floor((from + offset) / day); date * day < to + offset; date += 1) {
      const instants = timesOf(date).map((time) => date * day + time * minute - offset);
      yield* instants.filter((at) => at >= from && at < to);
    }
  }
}

/** When the window is open by the wall clock of a zone, in ascending order. */
function openIn(zone: IANAZone, window: DailyWindow, range: Interval): Interval[] {
  const start = millisecondsOf(window.start);
  const end = millisecondsOf(window.end);
  const length = end > start ? end - start : end + day - start;
  return steadyParts(zone, range).flatMap(({ part: [from, to], offset }) => {
    const open: Interval[] = [];
    // One day earlier, for a window that runs over midnight.
    for (let date = Math.floor((from + offset) / day) - 1; date * day < to + offset; date += 1) {
      if (!window.days.includes(weekdayOf(date))) continue;
      const opens = date * day + start - offset;
      const [first, last] = [Math.max(opens, from), Math.min(opens + length, to)];
      if (first < last) open.push([first, last]);
    }
    return open;
  });
}

/** The times in both of two lists, each in ascending order. */
function common(one: readonly Interval[], other: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  let [left, right] = [0, 0];
  for (;;) {
    const [a, b] = [one[left], other[right]];
    if (a === undefined || b === undefined) return both;
    const [first, last] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
    if (first < last) both.push([first, last]);
    if (a[1] < b[1]) left += 1;
    else right += 1;
  }
}

/** The first instant from `now` at which the window is open in all zones; undefined if there is none. */
export function firstOpen(zones: readonly string[], window: DailyWindow, now: Date): Date | undefined {
  // Offsets change at whole minutes.
  const from = Math.floor(now.getTime() / minute) * minute;
  const range: Interval = [from, from + horizon];
  const [first] = zones
    .map((name) => openIn(zoneNamed(name), window, range))
    .reduce((open, next) => common(open, next), [range])
    .filter(([, end]) => end > now.getTime());
  return first === undefined ? undefined : new Date(Math.max(first[0], now.getTime()));
}

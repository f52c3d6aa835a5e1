import { DateTime } from 'luxon';
import { minute } from '#schema/time.ts';

/** A time zone as phones know it: a standard offset, and the rules of summer time. */
export type TimeZone = {
  readonly name: string;
  /** Standard time, minutes east of UTC. */
  readonly offsetMinutes: number;
  readonly summer: SummerTime | null;
};

export type SummerTime = { readonly start: ClockChange; readonly end: ClockChange; readonly savedMinutes: number };

/** When clocks change, in the local time before the change. */
export type ClockChange = {
  /** 1–12. */
  readonly month: number;
  /** Which of these weekdays in the month; 5: the last. */
  readonly week: number;
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minutes: number;
};

/** A change of the offset (minutes). */
type OffsetChange = {
  /** Unix minutes. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
};

/** @param at Unix minutes @returns minutes east of UTC */
const offsetAt = (name: string, at: number): number => DateTime.fromMillis(at * minute, { zone: name }).offset;

/** The change of the offset between two instants (Unix minutes). */
function findChange(name: string, first: number, last: number): OffsetChange {
  if (last - first <= 1) return { at: last, from: offsetAt(name, first), to: offsetAt(name, last) };
  const middle = Math.floor((first + last) / 2);
  return offsetAt(name, middle) === offsetAt(name, first)
    ? findChange(name, middle, last)
    : findChange(name, first, middle);
}

/** The changes of a year; no zone has two in a month. */
function changesIn(name: string, year: number): OffsetChange[] {
  const months = Array.from(Array(13).keys(), (month) => Date.UTC(year, month) / minute);
  return months.slice(1).flatMap((end, at) => {
    const start = months[at] ?? end;
    return offsetAt(name, start) === offsetAt(name, end) ? [] : [findChange(name, start, end)];
  });
}

const localTime = ({ at, from }: OffsetChange): DateTime => DateTime.fromMillis((at + from) * minute, { zone: 'utc' });
const isLastOfMonth = (time: DateTime): boolean => time.day + 7 > (time.daysInMonth ?? 31);

/** The rule of a change. A weekday that is the last of its month in this year and the next is `last`, not `fourth`. */
function ruleOf(change: OffsetChange, next: OffsetChange | undefined): ClockChange {
  const time = localTime(change);
  const isLast = isLastOfMonth(time) && (next === undefined || isLastOfMonth(localTime(next)));
  return {
    month: time.month,
    week: isLast ? 5 : Math.ceil(time.day / 7),
    weekday: time.weekday,
    minutes: time.hour * 60 + time.minute,
  };
}

/** The zone in a year: rules change seldom, and phones fetch new files. @returns null if the name is not a text */
export function timeZoneOf(name: unknown, year: number): TimeZone | null {
  if (typeof name !== 'string') return null;
  const changes = changesIn(name, year);
  const start = changes.find(({ from, to }) => to > from);
  const end = changes.find(({ from, to }) => to < from);
  // A zone with a single change in the year has the offset after it.
  if (start === undefined || end === undefined)
    return { name, offsetMinutes: offsetAt(name, Date.UTC(year + 1, 0) / minute), summer: null };
  const next = changesIn(name, year + 1);
  const summer = {
    start: ruleOf(
      start,
      next.find(({ from, to }) => to > from),
    ),
    end: ruleOf(
      end,
      next.find(({ from, to }) => to < from),
    ),
    savedMinutes: start.to - start.from,
  };
  return { name, offsetMinutes: start.from, summer };
}

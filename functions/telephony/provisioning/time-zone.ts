import { DateTime } from 'luxon';

/** A time zone as phones know it: an offset, and rules by which clocks are changed twice a year. */
export type TimeZone = {
  readonly name: string;
  /** Of the standard time. */ readonly offsetMinutes: number;
  readonly summer: SummerTime | null;
};

export type SummerTime = { readonly start: ClockChange; readonly end: ClockChange; readonly savedMinutes: number };

/** When clocks are changed, as they go before it. */
export type ClockChange = {
  /** 1–12. */
  readonly month: number;
  /** Of that weekday in the month; 5: the last. */
  readonly week: number;
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Since midnight. */
  readonly minutes: number;
};

type Step = { /** Unix minutes. */ readonly at: number; readonly from: number; readonly to: number };

/** @param at Unix minutes @returns minutes east of UTC */
const offsetAt = (name: string, at: number): number => DateTime.fromMillis(at * 60_000, { zone: name }).offset;

/** Where between two instants the offset becomes another. */
function stepBetween(name: string, first: number, last: number): Step {
  if (last - first <= 1) return { at: last, from: offsetAt(name, first), to: offsetAt(name, last) };
  const middle = Math.floor((first + last) / 2);
  return offsetAt(name, middle) === offsetAt(name, first)
    ? stepBetween(name, middle, last)
    : stepBetween(name, first, middle);
}

/** The changes of a year; no zone has two in a month. */
function stepsOf(name: string, year: number): Step[] {
  const months = Array.from({ length: 13 }, (_, month) => Date.UTC(year, month) / 60_000);
  return months.slice(1).flatMap((end, at) => {
    const start = months[at] ?? end;
    return offsetAt(name, start) === offsetAt(name, end) ? [] : [stepBetween(name, start, end)];
  });
}

const localTime = ({ at, from }: Step): DateTime => DateTime.fromMillis((at + from) * 60_000, { zone: 'utc' });
const isLastOfMonth = (time: DateTime): boolean => time.day + 7 > (time.daysInMonth ?? 31);

/** What is the last one of its month this year and next is the last one; the fourth may be, too. */
function changeOf(step: Step, next: Step | undefined): ClockChange {
  const time = localTime(step);
  const isLast = isLastOfMonth(time) && (next === undefined || isLastOfMonth(localTime(next)));
  return {
    month: time.month,
    week: isLast ? 5 : Math.ceil(time.day / 7),
    weekday: time.weekday,
    minutes: time.hour * 60 + time.minute,
  };
}

/**
 * The zone as it is in a year: the rules of most change seldom, and phones fetch them anew. Null for what is no zone.
 */
export function timeZoneOf(name: unknown, year: number): TimeZone | null {
  if (typeof name !== 'string') return null;
  const steps = stepsOf(name, year);
  const start = steps.find(({ from, to }) => to > from);
  const end = steps.find(({ from, to }) => to < from);
  // A zone that only changes for good is what it is in the end.
  if (start === undefined || end === undefined)
    return { name, offsetMinutes: offsetAt(name, Date.UTC(year + 1, 0) / 60_000), summer: null };
  const next = stepsOf(name, year + 1);
  const summer = {
    start: changeOf(
      start,
      next.find(({ from, to }) => to > from),
    ),
    end: changeOf(
      end,
      next.find(({ from, to }) => to < from),
    ),
    savedMinutes: start.to - start.from,
  };
  return { name, offsetMinutes: start.from, summer };
}

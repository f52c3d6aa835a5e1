import { DateTime } from 'luxon';
import { day, minute } from '#schema/time.ts';

/** A time zone as phones know it: a standard offset, and the rules of summer time. */
export type TimeZone = {
  readonly name: string;
  /** Standard time, minutes east of UTC. */
  readonly offsetMinutes: number;
  readonly summer: SummerTime | null;
  /** The offset when the file is made: for a phone whose format cannot express the rules. */
  readonly presentMinutes: number;
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

type Rules = Pick<TimeZone, 'offsetMinutes' | 'summer'>;
/** Rules, and the first instant (Unix minutes) at which they differ from the zone. */
type Candidate = { readonly rules: Rules; readonly validUntil: number };

/** Years after the present one in which rules are compared with the zone. */
const comparedYears = 5;

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

/** The changes of a year; no zone has two in a week. */
function readChanges(name: string, year: number): OffsetChange[] {
  const [start, end] = [Date.UTC(year, 0) / minute, Date.UTC(year + 1, 0) / minute];
  const week = (7 * day) / minute;
  const probes = Array.from({ length: Math.ceil((end - start) / week) + 1 }, (_, at) => {
    const probe = Math.min(start + at * week, end);
    return { probe, offset: offsetAt(name, probe) };
  });
  return probes.flatMap(({ probe, offset }, at) => {
    const before = probes[at - 1];
    return before === undefined || before.offset === offset ? [] : [findChange(name, before.probe, probe)];
  });
}

/** More than there are names of zones. */
const maxZoneYears = 5_000;
const knownChanges = new Map<string, readonly OffsetChange[]>();

/** The changes of a year, from a cache: each costs hundreds of reads of the zone. */
function changesIn(name: string, year: number): readonly OffsetChange[] {
  const key = `${year} ${name}`;
  const known = knownChanges.get(key);
  if (known !== undefined) return known;
  if (knownChanges.size >= maxZoneYears) knownChanges.clear();
  const changes = readChanges(name, year);
  knownChanges.set(key, changes);
  return changes;
}

/** The forms of a change: the n-th of a weekday in the month, and the last one. */
function formsOf({ at, from }: OffsetChange): ClockChange[] {
  const time = DateTime.fromMillis((at + from) * minute, { zone: 'utc' });
  const form = { month: time.month, weekday: time.weekday, minutes: time.hour * 60 + time.minute };
  const week = Math.ceil(time.day / 7);
  return [
    ...(time.day + 7 > (time.daysInMonth ?? 31) ? [{ ...form, week: 5 }] : []),
    ...(week < 5 ? [{ ...form, week }] : []),
  ];
}

/** The instant of a change in a year (Unix minutes). @param from the offset before it, minutes */
function instantOf({ month, week, weekday, minutes }: ClockChange, year: number, from: number): number {
  const firstWeekday = new Date(Date.UTC(year, month - 1)).getUTCDay();
  const date = 1 + ((weekday - firstWeekday + 7) % 7) + (week - 1) * 7;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Date.UTC(year, month - 1, date > days ? date - 7 : date) / minute + minutes - from;
}

/** The changes of a year by rules, in the order of time. */
function ruledChanges({ offsetMinutes: standard, summer }: Rules, year: number): OffsetChange[] {
  if (summer === null) return [];
  const saving = standard + summer.savedMinutes;
  return [
    { at: instantOf(summer.start, year, standard), from: standard, to: saving },
    { at: instantOf(summer.end, year, saving), from: saving, to: standard },
  ].toSorted((one, other) => one.at - other.at);
}

const changeKey = ({ at, to }: OffsetChange): string => `${at} ${to}`;

/** The first change that only one of two lists has (Unix minutes); Infinity if they are the same. */
function firstDifference(one: readonly OffsetChange[], other: readonly OffsetChange[]): number {
  const keys = [one, other].map((list) => new Set(list.map(changeKey)));
  return Math.min(
    ...[...one, ...other].filter((change) => !keys.every((known) => known.has(changeKey(change)))).map(({ at }) => at),
  );
}

/** The first instant from `now` at which rules differ from the zone (Unix minutes). */
function validUntil(name: string, rules: Rules, now: number): number {
  const present = DateTime.fromMillis(now * minute, { zone: 'utc' }).year;
  const years = Array.from({ length: comparedYears + 2 }, (_, at) => present - 1 + at);
  const ruled = years.flatMap((year) => ruledChanges(rules, year));
  const offset = ruled.findLast(({ at }) => at <= now)?.to ?? rules.offsetMinutes;
  if (offset !== offsetAt(name, now)) return now;
  const isComing = ({ at }: OffsetChange): boolean => at > now;
  return firstDifference(ruled.filter(isComing), years.flatMap((year) => changesIn(name, year)).filter(isComing));
}

/** Rules with the changes around an instant, whichever weeks of the month they are in. */
function ruleCandidates(name: string, now: number): Rules[] {
  const { year } = DateTime.fromMillis(now * minute, { zone: 'utc' });
  const changes = [year - 1, year, year + 1].flatMap((each) => changesIn(name, each));
  const ends = changes.filter(({ from, to }) => to < from);
  const pairs = changes
    .filter(({ from, to }) => to > from)
    .flatMap((start) =>
      ends.filter(({ from, to }) => from === start.to && to === start.from).map((end) => [start, end] as const),
    );
  const candidates = pairs.flatMap(([start, end]) =>
    formsOf(start).flatMap((first) =>
      formsOf(end).map((last) => ({
        offsetMinutes: start.from,
        summer: { start: first, end: last, savedMinutes: start.to - start.from },
      })),
    ),
  );
  return [...new Map(candidates.map((each) => [JSON.stringify(each), each])).values()];
}

/**
 * The zone for a file that is made now: the rules that are right for longest, and the present offset alone if no rules
 * are right beyond its next change. So the file is right when a phone fetches it, also in zones whose changes follow
 * the moon or another weekday. @returns null if the name is not a text
 */
export function timeZoneOf(name: unknown, now: Date): TimeZone | null {
  if (typeof name !== 'string') return null;
  const at = Math.floor(now.getTime() / minute);
  const presentMinutes = offsetAt(name, at);
  const fixed: Rules = { offsetMinutes: presentMinutes, summer: null };
  const best = ruleCandidates(name, at)
    .map((rules): Candidate => ({ rules, validUntil: validUntil(name, rules, at) }))
    .reduce((one, other) => (other.validUntil > one.validUntil ? other : one), {
      rules: fixed,
      validUntil: validUntil(name, fixed, at),
    });
  return { name, ...best.rules, presentMinutes };
}

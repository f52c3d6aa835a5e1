import type { AnswerOf } from '../kit/answer-of.ts';
import { at, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { locale } from '../texts/language.ts';
import { t } from '../texts/texts.ts';

/** The windows of a schedule as minutes of the days of a week, which a grid shows. */

export const days = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;

/** Minutes of a day; the end is exclusive. */
export type Span = readonly [from: number, to: number];

/** Spans of each day, in the order of `days`; they are ascending and apart. */
export type Week = readonly (readonly Span[])[];

export type Window = { readonly days: readonly string[]; readonly from: string; readonly to: string };

const dayLength = 1_440;

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** `09:30`; `24:00` at the end of a day. */
export const timeOf = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    const last = merged.at(-1);
    if (last === undefined || last[1] < from) merged.push([from, to]);
    else merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return merged;
}

type Placed = { readonly day: number; readonly span: Span };

/** A window that ends before it begins runs past midnight. */
function placesOf(window: unknown): readonly Placed[] {
  const [from, to] = [minutesOf(textIn(at(window, 'from'))), minutesOf(textIn(at(window, 'to')))];
  const named = new Set(listIn(at(window, 'days')));
  return days.flatMap((name, day): readonly Placed[] => {
    if (!named.has(name)) return [];
    if (to > from) return [{ day, span: [from, to] }];
    const late: Placed = { day, span: [from, dayLength] };
    return to === 0 ? [late] : [late, { day: (day + 1) % days.length, span: [0, to] }];
  });
}

/** @param weekly as in the API */
export function weekOf(weekly: unknown): Week {
  const places = listIn(weekly).flatMap(placesOf);
  return days.map((_name, day) => merge(places.filter((each) => each.day === day).map(({ span }) => span)));
}

/** A day's windows. What ends at midnight goes on with what begins there the next day, unless it lasts a day. */
function windowsOfDay(week: Week, day: number): readonly Span[] {
  const before = week[(day + days.length - 1) % days.length]?.at(-1);
  const next = week[(day + 1) % days.length]?.[0];
  return (week[day] ?? [])
    .filter(([from, to]) => !(from === 0 && before?.[1] === dayLength && runsOn(before, [from, to])))
    .map(([from, to]): Span => {
      return to === dayLength && next !== undefined && runsOn([from, to], next) ? [from, next[1]] : [from, to];
    });
}

const runsOn = ([from, to]: Span, [nextFrom, nextTo]: Span): boolean =>
  to === dayLength && nextFrom === 0 && nextTo < from;

/** The windows of the API: days with the same times are one. */
export function windowsOf(week: Week): readonly Window[] {
  const all = days.flatMap((day, place) =>
    windowsOfDay(week, place).map(([from, to]) => ({ day, from: timeOf(from), to: timeOf(to) })),
  );
  return [...Map.groupBy(all, ({ from, to }) => `${from} ${to}`).values()].map((same) => ({
    days: same.map(({ day }) => day),
    from: same[0]?.from ?? '',
    to: same[0]?.to ?? '',
  }));
}

/**
 * The windows of a week that is saved. One that was not changed keeps its own, as the day on which a window begins
 * decides what a holiday closes.
 * @param saved as in the API
 */
export const windowsAfter = (saved: readonly unknown[], week: Week): readonly unknown[] =>
  JSON.stringify(week) === JSON.stringify(weekOf(saved)) ? saved : windowsOf(week);

/** How much of a span of a day is open. */
export function stateOf(week: Week, day: number, [from, to]: Span): 'open' | 'closed' | 'partly open' {
  const open = (week[day] ?? []).reduce(
    (sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)),
    0,
  );
  if (open === 0) return 'closed';
  return open === to - from ? 'open' : 'partly open';
}

/** With a span of a day opened or closed. */
export const withSpan = (week: Week, day: number, [from, to]: Span, isOpen: boolean): Week =>
  week.map((spans, place) => {
    if (place !== day) return spans;
    const outside = spans.flatMap(([start, end]): Span[] => {
      const parts: Span[] = [
        [start, Math.min(end, from)],
        [Math.max(start, to), end],
      ];
      return parts.filter(([first, last]) => first < last);
    });
    return merge(isOpen ? [...outside, [from, to]] : outside);
  });

/** The name of a day in the language of the page. @param day place in `days` */
export const dayName = (day: number, weekday: 'long' | 'short'): string =>
  // 2024 began on a Monday.
  new Intl.DateTimeFormat(locale, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day));

/** `Mon, Tue 09:00–17:00`. */
export const windowText = ({ days: named, from, to }: Window): string =>
  `${named
    .map((name) =>
      dayName(
        days.findIndex((each) => each === name),
        'short',
      ),
    )
    .join(', ')} ${from}–${to}`;

/** An entry of a date as a person reads it. */
export const dateText = (entry: unknown): string =>
  at(entry, 'open') === false ? t('closed') : `${textIn(at(entry, 'from'))}–${textIn(at(entry, 'to'))}`;

/** Weeks that a click sets. */
export const weekOfOffice: Week = days.map((_name, day) => (day < 5 ? [[9 * 60, 17 * 60]] : []));
export const weekAlwaysOpen: Week = days.map(() => [[0, dayLength]]);
export const weekNeverOpen: Week = days.map(() => []);

/** A day to come as the hours say it. */
export type ComingDay = {
  /** `YYYY-MM-DD`, in the zone of the schedule. */
  readonly date: string;
  readonly hours: string;
  /** The occasion; empty: it is a day as in each week. */
  readonly occasion: string;
};

/** Milliseconds of a day of UTC, in which dates are counted. */
const dateLength = 86_400_000;

/** @param today `YYYY-MM-DD` @param dates days that differ from the week, as in the API */
export function comingDays(
  week: Week,
  dates: readonly JsonObject[],
  today: string,
  count: number,
): readonly ComingDay[] {
  const windows = windowsOf(week);
  return Array.from({ length: count }, (_day, after): ComingDay => {
    const instant = Date.parse(today) + after * dateLength;
    const date = new Date(instant).toISOString().slice(0, 10);
    const entries = dates.filter((each) => each['date'] === date);
    const name = days[(new Date(instant).getUTCDay() + 6) % 7] ?? 'mo';
    const own = windows.filter((window) => window.days.includes(name)).map(({ from, to }) => `${from}–${to}`);
    const hours = entries.length > 0 ? entries.map(dateText) : own;
    const occasion = entries.map((each) => textIn(each['name'])).find((each) => each !== '') ?? '';
    return {
      date,
      hours: hours.length === 0 ? t('closed') : hours.toSorted().join(', '),
      occasion: entries.length === 0 ? '' : occasion || t('other hours'),
    };
  });
}

/** `Wed, Dec 25, 2030`. @param date `YYYY-MM-DD` */
export const dateLabel = (date: string): string => {
  const instant = Date.parse(date);
  const options = { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
  return Number.isNaN(instant) ? date : new Intl.DateTimeFormat(locale, options).format(instant);
};

export type Holiday = AnswerOf<'get', '/holidays'>['data']['holidays'][number];

/** A day that a schedule may take from the list of holidays. */
export type OfferedDay = {
  readonly date: string;
  /** What is celebrated, in the language of the page. */
  readonly name: string;
  /** Whether most people do not work. */
  readonly isPublic: boolean;
  /** Whether the schedule has an entry for this day. */
  readonly isTaken: boolean;
};

/** Of a name in the API. */
const maxName = 128;

/** A day once, with its public holidays or, if it has none, with all that it has. */
function offeredDay(date: string, ofDay: readonly Holiday[], isTaken: boolean): OfferedDay {
  const ofPublic = ofDay.filter(({ type }) => type === 'public');
  const isPublic = ofPublic.length > 0;
  const names = (isPublic ? ofPublic : ofDay).map(({ name }) => name.trim());
  return { date, name: names.join(', ').slice(0, maxName).trim(), isPublic, isTaken };
}

/** @param dates those of the schedule @param today the first day */
export function offeredDays(
  holidays: readonly Holiday[],
  dates: readonly JsonObject[],
  today: string,
): readonly OfferedDay[] {
  const taken = new Set(dates.map(({ date }) => date));
  const coming = holidays.filter(({ date }) => date >= today);
  return [...Map.groupBy(coming, ({ date }) => date)]
    .map(([date, ofDay]) => offeredDay(date, ofDay, taken.has(date)))
    .toSorted((one, other) => (one.date < other.date ? -1 : 1));
}

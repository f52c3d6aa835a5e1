import { convertIcsEvent } from 'ts-ics';
import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { day } from '#schema/time.ts';
import { Name } from '#schema/values.ts';
import { maxDates, type ScheduleDate } from '#telephony/schedule.ts';

/** Holidays from a file of iCalendar (RFC 5545): its whole-day events from yesterday to five years from now. */

export const calendarErrors = errorKinds({
  INVALID_CALENDAR: [422, 'The body is not an iCalendar file from which the dates of a schedule can be taken.'],
});

/** Characters of a file and of an event, which bound the work of the parser; events of a file. */
const maxLength = 256 * 1024;
const maxEventLength = 8 * 1024;
const maxEvents = 1_000;
/** Days that are taken, from the day before the request on: today has begun or not ended somewhere. */
const days = 5 * 366;
/** Earlier years of a recurrence would only be counted. */
const firstYear = 1900;

const invalid = (message: string): AppError => new AppError(calendarErrors.INVALID_CALENDAR, message);

/** What of an event is read. Alarms, attendees and texts have no effect. */
const wanted = /^(?:UID|DTSTART|DTEND|DURATION|SUMMARY|RRULE|RDATE|EXDATE|RECURRENCE-ID|STATUS)[;:]/;

/** A whole day, as the start of an event, or of the occurrence that it replaces. */
const wholeDay = /^(?:DTSTART|RECURRENCE-ID);(?:[^:]*;)?VALUE=DATE[:;]/;
/** Whole days have no zone, and the conversion of other times takes the parser long. */
const zone = /;TZID=(?:"[^"]*"|[^;:]*)/;

const component = /^(BEGIN|END):([A-Z-]{1,32})$/;

/** The components that are open after a line. @throws AppError INVALID_CALENDAR */
function nest(open: readonly string[], line: string): readonly string[] {
  const [, kind, name = ''] = component.exec(line) ?? [];
  if (open.length === 0 && line !== 'BEGIN:VCALENDAR')
    throw invalid('A calendar begins with BEGIN:VCALENDAR and ends with END:VCALENDAR');
  if (kind === undefined) return open;
  if (kind === 'BEGIN' ? open.length > 3 : open.at(-1) !== name) throw invalid(`${line} is out of place`);
  return kind === 'BEGIN' ? [...open, name] : open.slice(0, -1);
}

/** Lines without folds (RFC 5545 §3.1), names of properties and components in capitals. */
const unfold = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .replaceAll(/(?:\r\n|\r|\n)[ \t]/g, '')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .map((line) =>
      /^(?:begin|end):/i.test(line)
        ? line.trimEnd().toUpperCase()
        : line.replace(/^[a-z-]+/i, (name) => name.toUpperCase()),
    );

/** The events of a file, each as the lines that are read. @throws AppError INVALID_CALENDAR */
function eventsOf(text: string): string[][] {
  if (text.length > maxLength) throw invalid(`A calendar has at most ${maxLength} characters`);
  const events: string[][] = [];
  let open: readonly string[] = [];
  for (const line of unfold(text)) {
    if (line === 'BEGIN:VEVENT') events.push([]);
    else if (open.at(-1) === 'VEVENT' && wanted.test(line)) events.at(-1)?.push(line.replace(zone, ''));
    open = nest(open, line);
  }
  if (open.length > 0) throw invalid(`END:${open.at(-1)} is missing`);
  if (events.length > maxEvents) throw invalid(`A calendar has at most ${maxEvents} events`);
  return events;
}

/** A whole day of the file, at midnight UTC. */
const Day = z.object({ type: z.literal('DATE'), date: z.date() }).transform(({ date }) => date.getTime() / day);
/** A whole day, or an instant, which is none. */
const AnyDay = z.union([Day, z.object({ date: z.date() }).transform(() => null)]);

const only = <T extends z.ZodType>(value: T) => z.tuple([value]).transform(([one]) => one as z.output<T>);

/** The recurrences of holidays: a date of every year, or a weekday of a month. All other parts are rejected. */
const Recurrence = z.strictObject({
  frequency: z.literal('YEARLY'),
  interval: z.int().min(1).max(100).default(1),
  count: z.int().min(1).max(1_000).optional(),
  until: z.object({ date: z.date() }).optional(),
  byMonth: only(z.int().min(0).max(11)).optional(),
  byMonthday: only(z.int().min(1).max(31)).optional(),
  byDay: only(
    z.object({ day: z.enum(['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']), occurrence: z.int().min(-5).max(5) }),
  ).optional(),
  workweekStart: z.string().optional(),
});
type Recurrence = z.output<typeof Recurrence>;

const CalendarEvent = z.object({
  uid: z.string().optional(),
  summary: z.string().default(''),
  status: z.string().optional(),
  start: AnyDay,
  end: AnyDay.optional(),
  duration: z.object({ days: z.int().min(0).default(0), weeks: z.int().min(0).default(0) }).optional(),
  recurrenceRule: z.unknown().optional(),
  recurrenceId: z.object({ value: AnyDay }).optional(),
  exceptionDates: z.array(AnyDay).default([]),
});
type CalendarEvent = z.output<typeof CalendarEvent>;

/** @throws AppError INVALID_CALENDAR */
function parseEvent(lines: readonly string[]): CalendarEvent {
  const text = ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n');
  if (text.length > maxEventLength) throw invalid(`An event has at most ${maxEventLength} characters`);
  if (lines.some((line) => line.startsWith('RDATE')))
    throw invalid('RDATE is not supported: list each day as an event');
  const summary = lines.find((line) => line.startsWith('SUMMARY')) ?? 'An event without SUMMARY';
  let parsed: unknown;
  try {
    parsed = convertIcsEvent(undefined, text);
  } catch (cause) {
    throw new AppError(calendarErrors.INVALID_CALENDAR, `${summary}: is not an event of RFC 5545`, { cause });
  }
  const event = CalendarEvent.safeParse(parsed);
  if (!event.success) throw invalid(`${summary}: has no valid ${event.error.issues[0]?.path.join('.') ?? 'fields'}`);
  return event.data;
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;
const isoDate = (date: number): string => new Date(date * day).toISOString().slice(0, 10);
const numberOf = (year: number, month: number, date: number): number => Date.UTC(year, month, date) / day;
const monthOf = (date: number): number => new Date(date * day).getUTCMonth();

/** The day of a recurrence in a year; undefined: the year has none, as the 29th of February. */
function dayInYear(rule: Recurrence, start: Date, year: number): number | undefined {
  const month = rule.byMonth ?? start.getUTCMonth();
  if (rule.byDay === undefined) {
    const date = numberOf(year, month, rule.byMonthday ?? start.getUTCDate());
    return monthOf(date) === month ? date : undefined;
  }
  const { day: name, occurrence } = rule.byDay;
  const weekday = weekdays.indexOf(name);
  // From the first of the month forwards, or from its last day backwards.
  const edge = occurrence > 0 ? numberOf(year, month, 1) : numberOf(year, month + 1, 0);
  const offset = (((weekday - new Date(edge * day).getUTCDay()) % 7) + 7) % 7;
  const first = occurrence > 0 ? edge + offset : edge - ((7 - offset) % 7);
  const date = first + 7 * (occurrence > 0 ? occurrence - 1 : occurrence + 1);
  return monthOf(date) === month ? date : undefined;
}

/** @throws AppError INVALID_CALENDAR */
function recurrenceOf({ summary, recurrenceRule }: CalendarEvent): Recurrence {
  const rule = Recurrence.safeParse(recurrenceRule);
  const isKnown =
    rule.success &&
    rule.data.byDay?.occurrence !== 0 &&
    // Without a month these mean every month, or a weekday of the year.
    (rule.data.byMonth !== undefined || (rule.data.byMonthday === undefined && rule.data.byDay === undefined)) &&
    (rule.data.byMonthday === undefined || rule.data.byDay === undefined);
  if (!isKnown)
    throw invalid(
      `${summary}: recurs by a rule that is not supported. Supported are a date of each year, and a weekday of a ` +
        'month such as FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
    );
  return rule.data;
}

/** The first days of the occurrences of an event until a day. @throws AppError INVALID_CALENDAR */
function occurrencesOf(event: CalendarEvent, start: number, last: number): number[] {
  if (event.recurrenceRule === undefined) return [start];
  const rule = recurrenceOf(event);
  const from = new Date(start * day);
  if (from.getUTCFullYear() < firstYear) throw invalid(`${event.summary}: recurs from before ${firstYear}`);
  const end = Math.min(last, rule.until === undefined ? last : rule.until.date.getTime() / day);
  const found: number[] = [];
  for (let year = from.getUTCFullYear(); numberOf(year, 0, 1) <= end; year += rule.interval) {
    const date = dayInYear(rule, from, year);
    if (date !== undefined && date >= start && date <= end) found.push(date);
    if (found.length === rule.count) break;
  }
  return found;
}

/** Days that an event lasts (RFC 5545 §3.6.1: a day without an end). */
function lengthOf({ end, duration }: CalendarEvent, start: number): number {
  const length = typeof end === 'number' ? end - start : (duration?.days ?? 0) + 7 * (duration?.weeks ?? 0);
  return Math.max(1, Math.min(length, days));
}

/** The name of a holiday: the summary as far as it is a valid name. */
function nameOf(summary: string): { readonly name?: string } {
  const { data: name } = Name.safeParse(
    summary
      .replaceAll(/\p{C}+/gu, ' ')
      .slice(0, 128)
      .toWellFormed(),
  );
  return name === undefined ? {} : { name };
}

/** The days on which an event is replaced by another of its UID (RFC 5545 §3.8.4.4). */
function replacedDays(events: readonly CalendarEvent[]): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ uid, recurrenceId }) =>
      recurrenceId === undefined || recurrenceId.value === null ? [] : [`${recurrenceId.value} ${uid}`],
    ),
  );
}

/** What a file changes in a schedule. */
type DatesChange = {
  readonly fields: { readonly dates: readonly ScheduleDate[] };
  readonly warnings: readonly string[];
};

/** Some zone is a day behind UTC or ahead of it, so the day before is not over everywhere. */
const firstDayOf = (now: Date): number => Math.floor(now.getTime() / day) - 1;

/** The days of an event, without those that are excluded or replaced. @throws AppError INVALID_CALENDAR */
function daysOf(event: CalendarEvent, replaced: ReadonlySet<string>, first: number): number[] {
  const { start, uid, status, exceptionDates, recurrenceId } = event;
  if (start === null || status === 'CANCELLED') return [];
  const last = first + days;
  return occurrencesOf(event, start, last)
    .filter((begin) => !exceptionDates.includes(begin))
    .filter((begin) => recurrenceId !== undefined || !replaced.has(`${begin} ${uid}`))
    .flatMap((begin) => {
      const [from, to] = [Math.max(begin, first), Math.min(begin + lengthOf(event, start), last)];
      return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
    });
}

/** The holidays of an iCalendar file, ascending, each day once. @throws AppError INVALID_CALENDAR */
export function datesChange(text: string, now: Date): DatesChange {
  const inFile = eventsOf(text);
  const events = inFile.filter((lines) => lines.some((line) => wholeDay.test(line))).map(parseEvent);
  const timed = inFile.length - events.filter(({ start }) => start !== null).length;
  if (timed === inFile.length) throw invalid('The calendar has no whole-day event (DTSTART;VALUE=DATE)');
  const replaced = replacedDays(events);
  const names = new Map<number, string>();
  for (const event of events) {
    for (const date of daysOf(event, replaced, firstDayOf(now))) if (!names.has(date)) names.set(date, event.summary);
  }
  if (names.size > maxDates)
    throw invalid(`The calendar has ${names.size} days in five years, at most ${maxDates} fit`);
  const dates = [...names].toSorted(([one], [other]) => one - other);
  return {
    fields: {
      dates: dates.map(([date, summary]) => ({ date: isoDate(date), ...nameOf(summary), open: false })),
    },
    warnings: timed === 0 ? [] : [`${timed} of ${inFile.length} events have a time of day and no effect`],
  };
}

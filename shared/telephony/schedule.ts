import * as z from 'zod';
import { TimeOfDay } from '../schema/sending-window.ts';
import { day, minute } from '../schema/time.ts';
import { Name, TimeZone } from '../schema/values.ts';
import { wallClockInstants, wallTimeOf } from '../schema/wall-clock.ts';

/**
 * Hours in which an organization is open (functions/telephony/README.md, "Schedules"). They are times on the wall clock
 * of a zone: an hour that a change of the clock skips is in no window, one that it repeats is in it twice.
 */

export const scheduleDays = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;

/** Windows of a week; entries of dates. */
const maxWeekly = 50;
export const maxDates = 400;

const EndOfWindow = z
  .union([TimeOfDay, z.literal('24:00')], 'must be a time of day such as 17:00, or 24:00')
  .describe('Minute at which it closes, exclusive, up to `24:00`; before `from` it is on the next day');

const WeeklyWindow = z
  .object({
    days: z.array(z.enum(scheduleDays)).min(1).max(7).describe('Days on which the window begins'),
    from: TimeOfDay.describe('First minute of the window, `HH:MM`'),
    to: EndOfWindow,
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must differ from from' });

const ScheduleDate = z
  .object({
    date: z.iso.date().describe('Day in the time zone of the schedule').meta({ example: '2026-12-25' }),
    name: Name.optional().describe('Name of the holiday or the occasion'),
    open: z
      .literal(false)
      .optional()
      .describe('`false`: a holiday, on which no window is open from midnight to midnight'),
    from: TimeOfDay.optional().describe('With `to`: the window that begins on this day, in place of those of the week'),
    to: EndOfWindow.optional(),
  })
  .refine(({ open, from, to }) => (open === false) !== (from !== undefined || to !== undefined), {
    message: 'must have either open: false, or from and to',
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), { message: 'must have both from and to' })
  .refine(({ from, to }) => from === undefined || from !== to, { path: ['to'], message: 'must differ from from' });
export type ScheduleDate = z.output<typeof ScheduleDate>;

/** A date has several windows, or is a holiday once. */
function hasOneMeaning(dates: readonly ScheduleDate[], at: number): boolean {
  const others = dates.filter(({ date }, index) => date === dates[at]?.date && index < at);
  return others.every(({ open }) => open === undefined && dates[at]?.open === undefined);
}

/** Fields of the body. */
export const scheduleFields = {
  name: Name.describe('Name, unique in the organization, case ignored'),
  time_zone: TimeZone.describe('IANA time zone in which the times are meant').meta({ example: 'Europe/Berlin' }),
  weekly: z
    .array(WeeklyWindow)
    .max(maxWeekly)
    .default([])
    .describe('Windows in which it is open in every week; they may overlap'),
  dates: z
    .array(ScheduleDate)
    .max(maxDates)
    .superRefine((dates, context) => {
      for (const at of dates.keys()) {
        if (!hasOneMeaning(dates, at))
          context.addIssue({ code: 'custom', path: [at, 'date'], message: 'is a holiday and has another entry' });
      }
    })
    .default([])
    .describe('Days that differ from the week: holidays, and days with windows of their own'),
  override: z
    .enum(['open', 'closed'])
    .nullable()
    .default(null)
    .describe('The state at every instant, until it is null again; null: the windows decide'),
};

/** What a schedule decides by, and no more. */
export const Schedule = z.object(scheduleFields).omit({ name: true });
export type Schedule = z.output<typeof Schedule>;

export const scheduleStates = ['open', 'closed', 'holiday'] as const;
export type ScheduleState = (typeof scheduleStates)[number];

type Window = { readonly from: string; readonly to: string };

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const dateText = (date: number): string => new Date(date * day).toISOString().slice(0, 10);
const dateNumber = (text: string): number => Date.parse(text) / day;
const modulo = (value: number, by: number): number => ((value % by) + by) % by;
/** 1970-01-01 was a Thursday. */
const weekdayOf = (date: number) => scheduleDays[modulo(date + 3, 7)] ?? 'mo';

const entriesOf = ({ dates }: Schedule, date: number): readonly ScheduleDate[] => {
  if (dates.length === 0) return dates;
  const text = dateText(date);
  return dates.filter((entry) => entry.date === text);
};

const isHoliday = (entries: readonly ScheduleDate[]): boolean => entries.some(({ open }) => open === false);

/** The windows that begin on a date. */
function windowsOf(schedule: Schedule, date: number): readonly Window[] {
  const entries = entriesOf(schedule, date);
  if (entries.length === 0) return schedule.weekly.filter(({ days }) => days.includes(weekdayOf(date)));
  return entries.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ from, to }]));
}

const runsPastMidnight = ({ from, to }: Window): boolean => to < from;

/** Minutes of a date; the end is exclusive. */
type Span = readonly [from: number, to: number];
const minutesOfDay = day / minute;

/** Spans that overlap or touch as one, ascending. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    const last = merged.at(-1);
    if (last === undefined || last[1] < from) merged.push([from, to]);
    else merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return merged;
}

/** When a date is open: by its own windows, and by those of the day before that run past midnight. */
function openOn(schedule: Schedule, date: number): readonly Span[] {
  if (isHoliday(entriesOf(schedule, date))) return [];
  const own = windowsOf(schedule, date).map((window): Span => {
    return [minutesOf(window.from), runsPastMidnight(window) ? minutesOfDay : minutesOf(window.to)];
  });
  const late = windowsOf(schedule, date - 1)
    .filter(runsPastMidnight)
    .map(({ to }): Span => [0, minutesOf(to)]);
  return merge([...late, ...own]);
}

/** The state by the windows at an instant (Unix milliseconds). */
function stateByClock(schedule: Schedule, at: number): ScheduleState {
  const now = wallTimeOf(schedule.time_zone, at);
  if (isHoliday(entriesOf(schedule, now.date))) return 'holiday';
  const isOpen = openOn(schedule, now.date).some(([from, to]) => now.minute >= from && now.minute < to);
  return isOpen ? 'open' : 'closed';
}

/** Whether a schedule is open at an instant. A holiday lasts from midnight to midnight. */
export const scheduleState = (schedule: Schedule, at: Date): ScheduleState =>
  schedule.override ?? stateByClock(schedule, at.getTime());

/**
 * Days without an entry of their own after which the windows of the week have shown every state that they have: each
 * opens and closes once a week, or a week later if a change of the clock skips it.
 */
const plainDays = 16;

/** Minutes of a date at which the state may change, ascending. */
const timesOf = (schedule: Schedule, date: number): number[] =>
  [0, ...openOn(schedule, date).flat()].filter((time, at) => time < minutesOfDay && (at === 0 || time > 0));

/**
 * The UTC days, from one on, that need a look: all until the windows of the week have shown their states, then those
 * of the entries of dates.
 */
function* searchedDays({ dates }: Schedule, first: number): Generator<number, void, void> {
  const special = [...new Set(dates.map(({ date }) => dateNumber(date)))].toSorted((one, other) => one - other);
  // An entry decides about its date and, past midnight, the next one, in zones from 12 hours behind UTC to 14 ahead.
  const touches = (utcDay: number) => (date: number) => date - 1 <= utcDay && utcDay <= date + 2;
  let plain = 0;
  for (let utcDay: number | undefined = first; utcDay !== undefined;) {
    const today: number = utcDay;
    yield today;
    const isSpecial = special.some(touches(today));
    if (plain <= plainDays) plain = isSpecial ? 0 : plain + 1;
    utcDay = plain <= plainDays || isSpecial ? today + 1 : special.map((date) => date - 1).find((date) => date > today);
  }
}

/** The next instant at which the state by the windows changes (Unix milliseconds); null: it never does. */
function nextChange(schedule: Schedule, at: number): number | null {
  const state = stateByClock(schedule, at);
  const times = (date: number) => timesOf(schedule, date);
  for (const utcDay of searchedDays(schedule, Math.floor(at / day))) {
    const range = [utcDay * day, (utcDay + 1) * day] as const;
    for (const instant of wallClockInstants(schedule.time_zone, range, times))
      if (instant > at && stateByClock(schedule, instant) !== state) return instant;
  }
  return null;
}

/** The state at an instant, and the next instant at which it changes; null: it never does by itself. */
export const scheduleAt = (
  schedule: Schedule,
  at: Date,
): { readonly state: ScheduleState; readonly until: Date | null } => {
  const until = schedule.override === null ? nextChange(schedule, at.getTime()) : null;
  return { state: scheduleState(schedule, at), until: until === null ? null : new Date(until) };
};

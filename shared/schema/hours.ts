import { AppError } from '../errors.ts';

/** Hours in which a user may use the API (functions/accounts/README.md, "Client access"). */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** `start` is inclusive, `end` exclusive. With `end` before `start` the window ends on the next day. */
export type HourWindow = {
  readonly days: readonly Weekday[];
  /** `HH:MM` */ readonly start: string;
  /** `HH:MM`, up to `24:00`. */ readonly end: string;
};

/** Windows on the wall clock of an IANA time zone. */
export type Hours = { readonly timezone: string; readonly windows: readonly HourWindow[] };

/** Wall-clock time: the day of the week from Monday = 0, and `HH:MM`. */
type WallClock = { readonly day: number; readonly time: string };

const clocks = new Map<string, Intl.DateTimeFormat>();
/** More than there are names of zones. */
const maxClocks = 2_000;

/** A formatter takes longer to make than to use. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  if (clocks.size >= maxClocks) clocks.clear();
  const form = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { ...form, timeZone });
  clocks.set(timeZone, clock);
  return clock;
}

/** The platform's time-zone data has the rules of daylight saving time. */
function wallClock(timezone: string, now: Date): WallClock {
  const parts = new Map(
    clockOf(timezone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = (parts.get('weekday') ?? '').toLowerCase();
  return {
    day: weekdays.findIndex((day) => day === weekday),
    time: `${parts.get('hour')}:${parts.get('minute')}`,
  };
}

function isOpen({ days, start, end }: HourWindow, { day, time }: WallClock): boolean {
  const opensOn = (at: number): boolean => days.some((name) => name === weekdays[(at + 7) % 7]);
  const openedToday = opensOn(day) && time >= start;
  if (start < end) return openedToday && time < end;
  // The part after midnight belongs to the day on which the window opened.
  return openedToday || (opensOn(day - 1) && time < end);
}

/** Whether an instant is in one of the windows; without hours every instant is. */
export function isWithinHours(hours: Hours | null | undefined, now: Date): boolean {
  if (hours === null || hours === undefined) return true;
  const clock = wallClock(hours.timezone, now);
  return hours.windows.some((window) => isOpen(window, clock));
}

/** @throws AppError OUTSIDE_HOURS */
export function assertWithinHours(hours: Hours | null | undefined, now: Date): void {
  if (!isWithinHours(hours, now))
    throw new AppError('OUTSIDE_HOURS', 'This user may not use the API at this time of day');
}

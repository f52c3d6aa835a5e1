import * as fc from 'fast-check';
import { expect } from 'vitest';
import { day, minute } from '../schema/time.ts';
import { scheduleAt, scheduleDays, type Schedule, type ScheduleDate, type ScheduleState } from './schedule.ts';

/**
 * An independent calculation: a walk in steps of 15 minutes over what `Intl` says that the wall clock shows. Zones of
 * these years differ from UTC by multiples of 15 minutes, and the generated windows begin and end at such.
 */

const step = 15 * minute;
/** Days of a walk, and instants that are compared in each. */
const walkDays = 21;
const instantsOfWalk = 40;

const zones = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Europe/Lisbon', 'Europe/Moscow', 'Europe/Istanbul'],
  ...['America/New_York', 'America/Chicago', 'America/Phoenix', 'America/Los_Angeles', 'America/St_Johns'],
  ...['America/Sao_Paulo', 'America/Santiago', 'America/Asuncion', 'America/Havana', 'America/Nuuk', 'America/Caracas'],
  ...['Atlantic/Azores', 'Africa/Casablanca', 'Africa/Cairo', 'Africa/Juba', 'Africa/Johannesburg', 'Antarctica/Troll'],
  ...['Asia/Beirut', 'Asia/Gaza', 'Asia/Jerusalem', 'Asia/Tehran', 'Asia/Amman', 'Asia/Kolkata', 'Asia/Kathmandu'],
  ...['Asia/Tokyo', 'Asia/Almaty', 'Australia/Sydney', 'Australia/Adelaide', 'Australia/Lord_Howe', 'Pacific/Apia'],
  ...['Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Pacific/Norfolk'],
] as const;

const [firstDay, lastDay] = [Date.UTC(2021, 0, 1) / day, Date.UTC(2031, 0, 1) / day];

const two = (value: number): string => String(value).padStart(2, '0');
const timeOf = (quarter: number): string => `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
const isoDate = (date: number): string => new Date(date * day).toISOString().slice(0, 10);

/** From midnight to the last quarter of an hour, and more often in the hours in which clocks change. */
const start = fc.oneof(fc.nat(95), fc.nat(15));
const window = fc
  .tuple(start, fc.oneof(fc.nat(95), fc.nat(15), fc.constant(96)))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from: timeOf(from), to: timeOf(to) }));

const weekly = fc.array(
  fc.tuple(window, fc.subarray([...scheduleDays], { minLength: 1 })).map(([times, days]) => ({ ...times, days })),
  { maxLength: 5 },
);

/** Entries in the days of a walk. */
const datesFrom = (from: number) =>
  fc
    .uniqueArray(
      fc.tuple(fc.integer({ min: -2, max: walkDays + 2 }), fc.option(fc.array(window, { minLength: 1, maxLength: 2 }))),
      { maxLength: 6, selector: ([date]) => date },
    )
    .map((entries) =>
      entries.flatMap(([date, windows]): ScheduleDate[] =>
        windows === null
          ? [{ date: isoDate(from + date), open: false }]
          : windows.map((times) => ({ date: isoDate(from + date), ...times })),
      ),
    );

/** A schedule, and the day (UTC, days since 1970) at which its walk begins. */
const walks = fc.integer({ min: firstDay, max: lastDay }).chain((from) =>
  fc.record({
    from: fc.constant(from),
    schedule: fc.record({
      time_zone: fc.constantFrom(...zones),
      weekly,
      dates: datesFrom(from),
      override: fc.constant(null),
    }),
    offsets: fc.array(fc.nat(walkDays * day - 1), { minLength: instantsOfWalk, maxLength: instantsOfWalk }),
  }),
);

type Clock = { readonly date: string; readonly weekday: string; readonly time: string };

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { ...numeric, weekday: 'short', hourCycle: 'h23', timeZone: zone });
  clocks.set(zone, clock);
  return clock;
}

function clockAt(zone: string, at: number): Clock {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    weekday: String(parts['weekday']).slice(0, 2).toLowerCase(),
    time: `${parts['hour']}:${parts['minute']}`,
  };
}

const weekdayBefore = (weekday: string): string =>
  scheduleDays[(scheduleDays.findIndex((each) => each === weekday) + 6) % 7] ?? '';
const dateBefore = (date: string): string => isoDate(Date.parse(date) / day - 1);

/** The rules of the README, over what a wall clock shows. */
function stateOf({ weekly: week, dates }: Schedule, { date, weekday, time }: Clock): ScheduleState {
  if (dates.some((entry) => entry.date === date && entry.open === false)) return 'holiday';
  const beginningOn = (on: string, named: string) => {
    const special = dates.filter((entry) => entry.date === on);
    if (special.length === 0) return week.filter(({ days }) => days.some((each) => each === named));
    return special.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ from, to }]));
  };
  const today = beginningOn(date, weekday).some(({ from, to }) => time >= from && (time < to || to < from));
  const sinceYesterday = beginningOn(dateBefore(date), weekdayBefore(weekday)).some(
    ({ from, to }) => to < from && time < to,
  );
  return today || sinceYesterday ? 'open' : 'closed';
}

/** Compares one walk. A change behind the walk is only known to be there, or never to come. */
function compareWithWalk({ schedule, from, offsets }: typeof walks extends fc.Arbitrary<infer W> ? W : never) {
  const steps = Array.from({ length: (walkDays * day) / step }, (_, index) => from * day + index * step);
  const states = steps.map((at) => stateOf(schedule, clockAt(schedule.time_zone, at)));
  for (const offset of offsets) {
    const index = Math.floor(offset / step);
    const change = states.findIndex((state, later) => later > index && state !== states[index]);
    const { state, until } = scheduleAt(schedule, new Date(from * day + offset));
    const found = until?.getTime() ?? Infinity;
    const end = from * day + walkDays * day;
    expect({ state, until: found >= end ? 'later' : found }).toEqual({
      state: states[index],
      until: steps[change] ?? 'later',
    });
  }
}

/** Compares so many instants at least. */
export function agreesWithWalks(instants: number, seed?: number): void {
  const numRuns = Math.ceil(instants / instantsOfWalk);
  fc.assert(fc.property(walks, compareWithWalk), { numRuns, ...(seed === undefined ? {} : { seed }) });
}

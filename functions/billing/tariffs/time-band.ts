/**
 * Time bands of a rate: another price at certain hours of certain days, in the tariff's zone (billing.md, "Tariffs").
 */
import * as z from 'zod';
import { IANAZone } from 'luxon';
import { AmountText } from '../../../shared/schema/money.ts';
import { text } from '../../../shared/schema/values.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Weekday = (typeof weekdays)[number];

const MINUTES_PER_DAY = 1440;
const MINUTE = 60_000;
/** 1970-01-01 was a Thursday. */
const WEEKDAY_OF_DAY_ZERO = 3;

const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');
const EndOfBand = z.union([TimeOfDay, z.literal('24:00')], 'must be a time of day such as 08:30, or 24:00');

/** `start` inclusive, `end` exclusive; `start` > `end` runs over midnight and belongs to the day on which it opened. */
export const TimeBand = z
  .object({
    name: text(100, 1),
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .max(7)
      .default([...weekdays]),
    start: TimeOfDay,
    end: EndOfBand,
    price_per_minute: AmountText(6),
    /** Null: the rate's own. */
    connect_fee: AmountText(4).nullable().default(null),
  })
  .refine((band) => band.start !== band.end, { path: ['end'], message: 'must differ from start' });
export type TimeBand = z.output<typeof TimeBand>;

/** The wall clock of a zone: day of the week and minute of the day. */
type WallClock = { readonly day: number; readonly minute: number };

/**
 * What a zone's wall clock shows at an instant (ms); in gaps and overlaps of daylight saving it is simply what it
 * shows.
 */
function wallClock(at: number, zone: IANAZone): WallClock {
  const minutes = Math.floor(at / MINUTE) + zone.offset(at);
  const day = Math.floor(minutes / MINUTES_PER_DAY);
  return { day: (((day + WEEKDAY_OF_DAY_ZERO) % 7) + 7) % 7, minute: minutes - day * MINUTES_PER_DAY };
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function covers(band: TimeBand, { day, minute }: WallClock): boolean {
  const opensOn = (weekday: number) => band.days.includes(weekdays[weekday] as Weekday);
  const start = minuteOf(band.start);
  const end = minuteOf(band.end);
  if (start < end) return opensOn(day) && start <= minute && minute < end;
  return (opensOn(day) && minute >= start) || (opensOn((day + 6) % 7) && minute < end);
}

/** Where in the list the band lies that covers an instant (ms), the first of several; -1 if none does. */
export function bandAt(bands: readonly TimeBand[], timezone: string, at: number): number {
  const clock = wallClock(at, IANAZone.create(timezone));
  return bands.findIndex((band) => covers(band, clock));
}

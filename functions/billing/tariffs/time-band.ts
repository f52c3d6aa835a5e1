/**
 * Time bands of a rate: other prices at certain hours of certain days, in the zone of the tariff
 * (functions/billing/README.md, "Tariffs").
 */
import * as z from 'zod';
import { IANAZone } from 'luxon';
import { AmountText } from '#schema/money.ts';
import { day, minute } from '#schema/time.ts';
import { text } from '#schema/values.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Weekday = (typeof weekdays)[number];

const minutesPerDay = day / minute;
/** 1970-01-01 was a Thursday. */
const weekdayOfDayZero = 3;

const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');
const EndOfBand = z.union([TimeOfDay, z.literal('24:00')], 'must be a time of day such as 08:30, or 24:00');

/** `start` is inclusive, `end` exclusive. With `start` > `end` a band runs over midnight, from its first day. */
export const TimeBand = z
  .object({
    name: text(100, 1).describe('Name such as `weekend`, 1 to 100 characters'),
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .max(7)
      .default([...weekdays])
      .describe('Days on which the band begins; every day by default'),
    start: TimeOfDay.describe('First minute of the band, `HH:MM` in the zone of the tariff'),
    end: EndOfBand.describe('Minute at which the band ends, up to `24:00`; before `start` it is on the next day'),
    price_per_minute: AmountText(6).describe('Price per minute, with up to 6 decimals'),
    connect_fee: AmountText(4)
      .nullable()
      .default(null)
      .describe('Amount per call, with up to 4 decimals; null: that of the rate'),
  })
  .refine((band) => band.start !== band.end, { path: ['end'], message: 'must differ from start' });
export type TimeBand = z.output<typeof TimeBand>;

/** The wall clock of a zone: day of the week (0 is Monday) and minute of the day. */
type WallClock = { readonly weekday: number; readonly minuteOfDay: number };

/** The wall clock of a zone at an instant, daylight saving included. @param at Unix milliseconds */
function wallClock(at: number, zone: IANAZone): WallClock {
  const minutes = Math.floor(at / minute) + zone.offset(at);
  const days = Math.floor(minutes / minutesPerDay);
  return { weekday: (((days + weekdayOfDayZero) % 7) + 7) % 7, minuteOfDay: minutes - days * minutesPerDay };
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function covers(band: TimeBand, { weekday, minuteOfDay }: WallClock): boolean {
  const beginsOn = (of: number) => band.days.includes(weekdays[of] as Weekday);
  const start = minuteOf(band.start);
  const end = minuteOf(band.end);
  if (start < end) return beginsOn(weekday) && start <= minuteOfDay && minuteOfDay < end;
  return (beginsOn(weekday) && minuteOfDay >= start) || (beginsOn((weekday + 6) % 7) && minuteOfDay < end);
}

/** Index of the first band that covers an instant; -1 if none does. @param at Unix milliseconds */
export function bandAt(bands: readonly TimeBand[], timezone: string, at: number): number {
  const clock = wallClock(at, IANAZone.create(timezone));
  return bands.findIndex((band) => covers(band, clock));
}

/** The rate: what a call to or from a prefix costs (functions/billing/README.md, "Tariffs"). */
import * as z from 'zod';
import { IANAZone } from 'luxon';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { AmountText } from '#schema/money.ts';
import { Instant, text, Timestamp } from '#schema/values.ts';
import { day, minute } from '#schema/time.ts';

/** Days on which a time band begins: a rate has other prices at certain hours, in the zone of the tariff. */
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

export const tariffErrors = errorKinds({
  TARIFF_IN_USE: [409, 'Billing profiles use the tariff; `details` names their organizations.'],
  TRUNK_HAS_COST_TARIFF: [409, 'The trunk has another cost tariff.'],
  DUPLICATE_RATE: [422, 'The tariff has a rate twice; `details` lists the first 100.'],
});

/**
 * Calling codes begin with 1 to 9 (ITU-T E.164), so no number begins with 0, which all other access codes do. 810 is
 * that of Russia and its neighbours; no number of Japan, 81, begins with 0.
 */
const accessCode = /^(?:0|810)/;

/** Leading digits of numbers in E.164 form. */
export const Prefix = z
  .string()
  .regex(/^\d{0,15}$/, 'must be 0 to 15 digits without +')
  .refine((prefix) => !accessCode.test(prefix), {
    message: 'must begin with a calling code, such as 44, without an access code, such as 00 or 011',
    abort: true,
  });

/** An outbound rate matches the called number, an inbound rate the own number that was called. */
export const directions = ['outbound', 'inbound'] as const;
export type Direction = (typeof directions)[number];

const seconds = (least: number) => z.int().min(least).max(3_600);
const Bound = Instant.pipe(Timestamp).nullable().default(null);
const noAmount = '0.0000';

/**
 * A rate as it is stored, shown and copied into the CDRs that it priced: amounts are canonical decimal texts, which
 * `compileTariff` turns into money.
 */
export const Rate = z
  .object({
    prefix: Prefix.describe('Leading digits of the number, 0 to 15 without `+`; empty matches every number'),
    name: text(100).nullable().default(null).describe('Name such as `UK mobile`, up to 100 characters'),
    direction: z
      .enum(directions)
      .default('outbound')
      .describe('`outbound`: by the called number; `inbound`: by the own number that was called'),
    price_per_minute: AmountText(6).describe('Price per minute, with up to 6 decimals'),
    connect_fee: AmountText(4).default(noAmount).describe('Amount per call, with up to 4 decimals; default 0'),
    minimum_charge: AmountText(4)
      .default(noAmount)
      .describe('Least charge of a call, with up to 4 decimals; default 0'),
    initial_seconds: seconds(0).default(1).describe('Seconds that are billed at least, 0 to 3,600'),
    increment_seconds: seconds(1).default(1).describe('Seconds by which billed time grows after them, 1 to 3,600'),
    included: z.boolean().default(false).describe('Whether calls use the included minutes of the tariff'),
    valid_from: Bound.describe('First instant of call start at which the rate is valid; null: always was'),
    valid_to: Bound.describe('First instant of call start at which the rate is no longer valid; null: no end'),
    time_bands: z
      .array(TimeBand)
      .max(10)
      .default([])
      .describe('Up to 10 bands with prices of their own; the first that contains the call start applies'),
  })
  .refine((rate) => rate.valid_from === null || rate.valid_to === null || rate.valid_from < rate.valid_to, {
    path: ['valid_to'],
    message: 'must be after valid_from',
  });
export type Rate = z.output<typeof Rate>;

type RateKey = Pick<Rate, 'direction' | 'prefix' | 'valid_from'>;

/** What identifies a rate in its tariff. */
export const rateIdentity = ({ direction, prefix, valid_from }: RateKey): string =>
  `${direction} ${prefix} ${valid_from ?? ''}`;

/** The body of `POST /tariffs/{id}/rates`. */
export const RateChanges = z
  .object({
    rates: z
      .array(Rate)
      .default([])
      .describe('Rates to add, or to put in the place of those with the same direction, prefix and valid_from'),
    remove: z
      .array(
        z.object({
          // One from before access codes were rejected can be removed.
          prefix: z
            .string()
            .regex(/^\d{0,15}$/, 'must be 0 to 15 digits')
            .describe('Prefix of the rate'),
          direction: z.enum(directions).default('outbound').describe('Direction of the rate'),
          valid_from: Bound.describe('First instant at which the rate is valid; null: always was'),
        }),
      )
      .default([])
      .describe('Rates to remove; each must be one of the tariff'),
    version: z
      .int()
      .min(1)
      .optional()
      .describe('Version that the new one is based on; another one is a VERSION_CONFLICT'),
  })
  .refine(({ rates, remove }) => rates.length + remove.length > 0, {
    path: ['rates'],
    message: 'must have a rate, or remove one',
  })
  .meta({ id: 'RateChanges' });
export type RateChanges = z.output<typeof RateChanges>;

/** Rates after a change of some of them. @throws AppError DUPLICATE_RATE, VALIDATION_FAILED */
export function changeRates(
  before: readonly Rate[],
  { rates, remove }: Pick<RateChanges, 'rates' | 'remove'>,
): readonly Rate[] {
  assertUnique(rates);
  const after = new Map(before.map((rate) => [rateIdentity(rate), rate]));
  for (const [at, key] of remove.entries())
    if (!after.delete(rateIdentity(key))) throw invalid(`remove[${at}]`, 'is no rate of the tariff, or is given twice');
  for (const rate of rates) after.set(rateIdentity(rate), rate);
  return [...after.values()];
}

/** Duplicates that an error lists. */
const maxDuplicates = 100;

/**
 * At most one rate per direction, prefix and valid_from: two would match the same call. @throws AppError DUPLICATE_RATE
 */
export function assertUnique(rates: readonly Rate[]): void {
  const seen = new Map<string, number>();
  const details = rates.flatMap((rate, index) => {
    const identity = rateIdentity(rate);
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, index);
    return first === undefined
      ? []
      : [{ path: `rates[${index}]`, message: `has the direction, prefix and valid_from of rates[${first}]` }];
  });
  if (details.length > 0)
    throw new AppError(
      tariffErrors.DUPLICATE_RATE,
      'Each combination of direction, prefix and valid_from may have one rate only',
      { details: details.slice(0, maxDuplicates) },
    );
}

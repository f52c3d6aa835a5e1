/** Calls hour by hour, in the time zone of their organization (functions/billing/README.md, "Usage"). */
import { IANAZone } from 'luxon';
import * as z from 'zod';
import { amountOf, decimalText, money } from '#schema/money.ts';
import { hour as hourLength, minute } from '#schema/time.ts';
import { Timestamp } from '#schema/values.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { wholeSecond } from './search.ts';

/** Hours that are answered at least; those of today are always answered. */
const leastHours = 24;

/** CDRs that one answer sums at most, the newest. */
export const maxSummed = 10_000;

const Hour = z.object({
  start: Timestamp.describe('Start of the hour'),
  day: z.iso.date().describe('Day of the hour in the time zone, `YYYY-MM-DD`'),
  calls: z.int().describe('Calls that began in the hour, without voided ones'),
  answered: z.int().describe('Those of them that were answered'),
  talk_seconds: z.int().describe('Seconds from answer to end'),
  billed_seconds: z.int().describe('Seconds that are billed'),
  charges: z
    .array(
      z.object({
        currency: z.string().describe('ISO 4217 code'),
        amount: z.string().describe('What the calls are charged, a decimal with 4 decimals'),
      }),
    )
    .describe('Charges, one per currency; empty without a rated call'),
});

export const UsageAnswer = z
  .object({
    time_zone: z.string().describe('IANA time zone of the organization, which hours and days are those of'),
    today: z.iso.date().describe('The day in that zone, `YYYY-MM-DD`'),
    complete: z
      .boolean()
      .describe(
        `Whether all calls are summed; false: there are more than ${maxSummed}, and the first hours have too few`,
      ),
    hours: z.array(Hour).describe('The hours of today, 24 at least, the earliest first; the last one is running'),
  })
  .meta({
    id: 'Usage',
    example: {
      ...{ time_zone: 'Europe/Berlin', today: '2026-11-27', complete: true },
      hours: [
        {
          ...{ start: '2026-11-27T08:00:00Z', day: '2026-11-27', calls: 12, answered: 9 },
          ...{ talk_seconds: 1_403, billed_seconds: 1_440, charges: [{ currency: 'EUR', amount: '0.3600' }] },
        },
      ],
    },
  });

/** `start`: Unix milliseconds; `day`: `YYYY-MM-DD`. */
type HourOfDay = { readonly start: number; readonly day: string };

/** The hour of a zone that an instant is in. @param at Unix milliseconds */
function hourAt(at: number, zone: IANAZone): HourOfDay {
  const offset = zone.offset(at) * minute;
  const local = Math.floor((at + offset) / hourLength) * hourLength;
  return { start: local - offset, day: new Date(local).toISOString().slice(0, 10) };
}

/** The hours of an answer, the latest first. @param now Unix milliseconds */
export function usageHours(timeZone: string, now: number): readonly HourOfDay[] {
  const zone = IANAZone.create(timeZone);
  const running = hourAt(now, zone);
  const hours = [running];
  for (let hour = hourAt(running.start - 1, zone); ; hour = hourAt(hour.start - 1, zone)) {
    if (hours.length >= leastHours && hour.day !== running.day) return hours;
    hours.push(hour);
  }
}

type Summed = Pick<FiledCdr, 'start_time' | 'disposition' | 'billable_seconds'> & {
  readonly rating: Pick<FiledCdr['rating'], 'status' | 'billed_seconds' | 'charge' | 'currency'>;
};

const sumOf = (cdrs: readonly Summed[], field: (cdr: Summed) => number): number =>
  cdrs.reduce((sum, cdr) => sum + field(cdr), 0);

const chargesOf = (cdrs: readonly Summed[]) =>
  [...Map.groupBy(cdrs, ({ rating }) => rating.currency)].flatMap(([currency, own]) =>
    currency === null
      ? []
      : [{ currency, amount: decimalText(money(own.reduce((sum, { rating }) => sum + amountOf(rating.charge), 0n))) }],
  );

/** @param cdrs those of the hours, `isComplete`: all of them. @param now Unix milliseconds */
export function usageOf(
  cdrs: readonly Summed[],
  { timeZone, now, isComplete }: { readonly timeZone: string; readonly now: number; readonly isComplete: boolean },
): z.input<typeof UsageAnswer> {
  const zone = IANAZone.create(timeZone);
  const counted = cdrs.filter(({ rating }) => rating.status !== 'void');
  const byHour = Map.groupBy(counted, ({ start_time }) => hourAt(Date.parse(start_time), zone).start);
  const hours = usageHours(timeZone, now).toReversed();
  return {
    time_zone: timeZone,
    today: hours.at(-1)?.day ?? '',
    complete: isComplete,
    hours: hours.map(({ start, day }) => {
      const own = byHour.get(start) ?? [];
      return {
        start: wholeSecond(start),
        day,
        calls: own.length,
        answered: own.filter(({ disposition }) => disposition === 'ANSWERED').length,
        talk_seconds: sumOf(own, ({ billable_seconds: seconds }) => seconds),
        billed_seconds: sumOf(own, ({ rating }) => rating.billed_seconds),
        charges: chargesOf(own),
      };
    }),
  };
}

/** The rate: what a call to (or from) a prefix costs (billing.md, "Tariffs"). */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { AmountText } from '../../../shared/schema/money.ts';
import { Instant, text, Timestamp } from '../../../shared/schema/values.ts';
import { TimeBand } from './time-band.ts';

export const Prefix = z.string().regex(/^\d{0,15}$/, 'must be 0 to 15 digits without +');

/** Outbound rates are found by the called number, inbound ones by the own number that was called. */
export const directions = ['outbound', 'inbound'] as const;
export type Direction = (typeof directions)[number];

const seconds = (least: number) => z.int().min(least).max(3_600);
const Bound = Instant.pipe(Timestamp).nullable().default(null);

/**
 * A rate as it is stored, shown and cited by the CDRs that it priced: amounts are canonical decimal texts.
 * `compileTariff` turns them into money.
 */
export const Rate = z
  .object({
    prefix: Prefix,
    name: text(100).nullable().default(null),
    direction: z.enum(directions).default('outbound'),
    price_per_minute: AmountText(6),
    connect_fee: AmountText(4).default('0.0000'),
    minimum_charge: AmountText(4).default('0.0000'),
    initial_seconds: seconds(0).default(1),
    increment_seconds: seconds(1).default(1),
    included: z.boolean().default(false),
    valid_from: Bound,
    valid_to: Bound,
    time_bands: z.array(TimeBand).max(10).default([]),
  })
  .refine((rate) => rate.valid_from === null || rate.valid_to === null || rate.valid_from < rate.valid_to, {
    path: ['valid_to'],
    message: 'must be after valid_from',
  });
export type Rate = z.output<typeof Rate>;

/**
 * One rate per (direction, prefix, valid_from): otherwise two would answer for the same call. Throws `DUPLICATE_RATE`.
 */
export function refuseDuplicates(rates: readonly Rate[]): void {
  const seen = new Map<string, number>();
  const details = rates.flatMap(({ direction, prefix, valid_from }, index) => {
    const identity = `${direction} ${prefix} ${valid_from ?? ''}`;
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, index);
    return first === undefined
      ? []
      : [{ path: `rates[${index}]`, message: `has the direction, prefix and valid_from of rates[${first}]` }];
  });
  if (details.length > 0) throw new AppError('DUPLICATE_RATE', 'A rate is given twice', { details });
}

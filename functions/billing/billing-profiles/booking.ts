/** What is booked of itself: the entries, and how the balance stands then (billing.md, "Periods"). */
import { createHash } from 'node:crypto';
import { money, NOTHING, rounded, roundedQuotient, type Money } from '../../../shared/schema/money.ts';
import {
  balanceOf,
  creditPart,
  crossingEvent,
  crossings,
  currentBalance,
  standingOf,
  toldStanding,
  type BalancePart,
} from './balance.ts';
import type { BillingProfile } from './billing-profile.ts';
import { entriesOf, totalOf, type Booking } from './ledger.ts';
import type { Period, PeriodName } from './period.ts';

/** Whom something is booked on, as it was read. */
export type Booked = { readonly profile: BillingProfile; readonly balance: readonly BalancePart[] };

/** The id of what is booked of itself: the same for the same thing of the same period, so that it is booked once. */
export const bookingId = (organization: number, period: PeriodName, kind: string, thing: string): string =>
  `led_${createHash('sha256').update(`${organization}\n${period}\n${kind}\n${thing}`).digest('base64url').slice(0, 32)}`;

/** Bookings as entries, and what is told of the balance that they leave. @param now ISO 8601 */
export function bookedOn({ profile, balance }: Booked, bookings: readonly Booking[], now: string) {
  const sums = balanceOf(balance);
  const entries = entriesOf(bookings, { balance: currentBalance(sums), currency: profile.currency, created_at: now });
  const credits: Money = money(sums.credits + totalOf(entries));
  const read = creditPart(balance);
  const standing = standingOf({ ...sums, credits }, profile);
  const events = crossings(toldStanding(read), standing).map((crossing) => ({
    crossing,
    event: crossingEvent(crossing, profile),
  }));
  return { entries, told: { read, standing }, events };
}

/** Fees are in the operator's currency: whoever's balance is in another holds numbers without any. */
export const isCharged = (profile: BillingProfile | null, currency: string | undefined): profile is BillingProfile =>
  profile !== null && profile.currency === currency;

/** A number that costs something each month. */
export type PaidNumber = { readonly id: string; readonly number: string };

/** The fee of a number for a period; null where it comes to nothing. `organization`: who pays it. */
export function feeBooking(
  { id, number }: PaidNumber,
  { organization, period, fee }: { readonly organization: number; readonly period: PeriodName; readonly fee: Money },
): Booking | null {
  const amount = rounded(fee);
  return amount === NOTHING
    ? null
    : {
        id: bookingId(organization, period, 'number', id),
        type: 'number',
        amount: money(-amount),
        reference: number,
        period,
        note: `Number ${number}`,
      };
}

/** The part of a fee for what is left of a period, half-up to 4 decimals. @param now Unix milliseconds */
export const restOfFee = (fee: Money, { start, end }: Period, now: number): Money =>
  roundedQuotient(fee * BigInt(end - now), BigInt(end - start));

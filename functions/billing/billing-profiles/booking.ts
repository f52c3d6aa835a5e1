/** Bookings that the platform makes by itself, such as fees and minimums (functions/billing/README.md, "Periods"). */
import { createHash } from 'node:crypto';
import { money, zeroAmount, roundAmount, divideRounded, type Money } from '../../../shared/schema/money.ts';
import {
  balanceOf,
  creditPart,
  crossingEvent,
  crossings,
  currentBalance,
  standingOf,
  notifiedStanding,
  type BalancePart,
} from './balance.ts';
import type { BillingProfile } from './billing-profile.ts';
import { entriesOf, totalOf, type Booking } from './ledger.ts';
import type { Period, PeriodName } from './period.ts';

/** Profile and balance of the organization that pays, as they were read. */
export type PayerAccount = { readonly profile: BillingProfile; readonly balance: readonly BalancePart[] };

/** The id of an automatic entry. It derives from what the entry is for, so that nothing is booked twice. */
export function bookingId(organization: number, period: PeriodName, kind: string, subject: string): string {
  const hash = createHash('sha256').update(`${organization}\n${period}\n${kind}\n${subject}`);
  return `led_${hash.digest('base64url').slice(0, 32)}`;
}

/** Turns bookings into ledger entries, with the standing of the balance after them. @param now ISO 8601 */
export function ledgerBookings({ profile, balance }: PayerAccount, bookings: readonly Booking[], now: string) {
  const sums = balanceOf(balance);
  const entries = entriesOf(bookings, { balance: currentBalance(sums), currency: profile.currency, created_at: now });
  const credits: Money = money(sums.credits + totalOf(entries));
  const read = creditPart(balance);
  const standing = standingOf({ ...sums, credits }, profile);
  const events = crossings(notifiedStanding(read), standing).map((crossing) => ({
    crossing,
    event: crossingEvent(crossing, profile),
  }));
  return { entries, standingChange: { read, standing }, events };
}

/**
 * Whether an organization pays fees of numbers. Fees are in the operator's currency: an organization with another
 * currency, or without a profile, pays none. @param currency of the operator
 */
export const isCharged = (profile: BillingProfile | null, currency: string | undefined): profile is BillingProfile =>
  profile !== null && profile.currency === currency;

/** A number with a monthly fee. */
export type PaidNumber = { readonly id: string; readonly number: string };

/** The fee of a number for a period; null when it rounds to zero. @param organization that pays it */
export function feeBooking(
  { id, number }: PaidNumber,
  { organization, period, fee }: { readonly organization: number; readonly period: PeriodName; readonly fee: Money },
): Booking | null {
  const amount = roundAmount(fee);
  return amount === zeroAmount
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

/** The share of a fee for the rest of a period, rounded half-up to 4 decimals. @param now Unix milliseconds */
export const proratedFee = (fee: Money, { start, end }: Period, now: number): Money =>
  divideRounded(fee * BigInt(end - now), BigInt(end - start));

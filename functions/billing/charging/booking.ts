/**
 * Bookings: payments, corrections, minimums and fees, which are entries of the ledger. Charges of calls and SMS are no
 * entries: statements show them as daily sums (functions/billing/README.md, "Charging").
 */
import { createHash } from 'node:crypto';
import {
  divideRounded,
  money,
  moneyFromStore,
  roundAmount,
  zeroAmount,
  type Money,
  type StoredMoney,
} from '#schema/money.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import type { Period, PeriodName } from '../schema/period.ts';
import { balanceOf, currentBalance, type BalancePart } from '../schema/balance.ts';
import { standingAfter } from './standing.ts';

export const entryTypes = ['payment', 'correction', 'minimum', 'service', 'number', 'reversal'] as const;
export type EntryType = (typeof entryTypes)[number];

/** An amount that is added to a balance; negative when it is charged. */
export type Booking = {
  /** `led_…`; the id of an automatic booking derives from what it is for, so that it is booked once. */
  readonly id: string;
  readonly type: EntryType;
  readonly amount: Money;
  readonly reference: string | null;
  readonly period: PeriodName | null;
  readonly note: string | null;
};

/** A booking as it is stored: with the balance before and after it. */
export type LedgerEntry = Omit<Booking, 'amount'> & {
  readonly amount: StoredMoney;
  readonly currency: string;
  readonly balance_before: StoredMoney;
  readonly balance_after: StoredMoney;
  readonly created_at: string;
};

/** The balance that an entry is booked on. @param created_at ISO 8601 */
export type LedgerPosition = { readonly balance: Money; readonly currency: string; readonly created_at: string };

const entryOf = (booking: Booking, { balance, currency, created_at }: LedgerPosition): LedgerEntry => ({
  ...booking,
  currency,
  balance_before: balance,
  balance_after: money(balance + booking.amount),
  created_at,
});

/** Entries of several bookings: each starts from the balance after the one before. */
export const entriesOf = (bookings: readonly Booking[], position: LedgerPosition): LedgerEntry[] =>
  bookings.map((booking, index) =>
    entryOf(booking, { ...position, balance: money(position.balance + totalOf(bookings.slice(0, index))) }),
  );

export const totalOf = (entries: readonly Pick<LedgerEntry, 'amount'>[]): Money =>
  money(entries.reduce((sum, { amount }) => sum + moneyFromStore(amount), 0n));

/** Profile and balance of the organization that pays, as they were read. */
export type PayerAccount = { readonly profile: BillingProfile; readonly balance: readonly BalancePart[] };

/** The id of an automatic entry. It derives from what the entry is for, so that nothing is booked twice. */
export function bookingId(organization: number, period: PeriodName, kind: string, subject: string): string {
  const hash = createHash('sha256').update(`${organization}\n${period}\n${kind}\n${subject}`);
  return `led_${hash.digest('base64url').slice(0, 32)}`;
}

/** Turns bookings into ledger entries, with the standing of the balance after them. @param now ISO 8601 */
export function ledgerBookings({ profile, balance }: PayerAccount, bookings: readonly Booking[], now: string) {
  const position = { balance: currentBalance(balanceOf(balance)), currency: profile.currency, created_at: now };
  const entries = entriesOf(bookings, position);
  const { stored, events } = standingAfter(balance, profile, totalOf(entries));
  return { entries, standingChange: stored, events };
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

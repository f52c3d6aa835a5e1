import { AppError } from '../../../shared/errors.ts';
import { money, zeroAmount, roundAmount, moneyFromStore } from '../../../shared/schema/money.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { availableCredit, balanceOf, type BalancePart } from '../../billing/billing-profiles/balance.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import {
  ledgerBookings,
  feeBooking,
  isCharged,
  proratedFee,
  type PayerAccount,
} from '../../billing/billing-profiles/booking.ts';
import type { Booking } from '../../billing/billing-profiles/ledger.ts';
import { periodAt, type Period } from '../../billing/billing-profiles/period.ts';

/** The first fee of a number: its monthly fee for the rest of the holder's billing period. */

export const isPaid = ({ monthly_fee: fee }: PhoneNumber): boolean => moneyFromStore(fee) !== zeroAmount;

/** The holder's present billing period. */
export const periodOf = ({ billingDays }: BillingProfile, now: Date): Period => periodAt(now.getTime(), billingDays);

export { isCharged };

/** @param currency of the operator @throws AppError CURRENCY_MISMATCH if the holder is billed in another one */
export function assertCurrency(
  profile: BillingProfile | null,
  currency: string | undefined,
): asserts profile is BillingProfile {
  if (!isCharged(profile, currency))
    throw new AppError(
      'CURRENCY_MISMATCH',
      `The fee of the number is in ${currency ?? 'a currency that is not set yet'}`,
    );
}

/**
 * The booking of a payer. Its id derives from payer, period and number, so a number that is activated again in the same
 * period is charged once.
 */
export const firstFee = (
  number: PhoneNumber,
  { payer, period, now }: { readonly payer: number; readonly period: Period; readonly now: Date },
): Booking | null =>
  feeBooking(number, {
    organization: payer,
    period: period.name,
    fee: proratedFee(money(moneyFromStore(number.monthly_fee)), period, now.getTime()),
  });

/** @throws AppError INSUFFICIENT_CREDITS */
export function assertCredit(profile: BillingProfile, balance: readonly BalancePart[], { amount }: Booking): void {
  if (roundAmount(money(-amount)) > availableCredit(balanceOf(balance), profile))
    throw new AppError('INSUFFICIENT_CREDITS', 'The fee of the number exceeds the available credit');
}

/** The booked fee of a payer. */
export const charge = (on: PayerAccount, booking: Booking, now: Date) =>
  ledgerBookings(on, [booking], now.toISOString());

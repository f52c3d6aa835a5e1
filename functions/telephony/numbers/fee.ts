import { AppError } from '#errors.ts';
import { money, zeroAmount, moneyFromStore } from '#schema/money.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { covers } from '../../billing/charging/account.ts';
import type { BalancePart } from '../../billing/schema/balance.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { feeBooking, isCharged, proratedFee, type Booking } from '../../billing/charging/booking.ts';
import { periodAt, type Period } from '../../billing/schema/period.ts';

/** The first fee of a number: its monthly fee for the rest of the holder's billing period. */

export const isPaid = ({ monthly_fee: fee }: PhoneNumber): boolean => moneyFromStore(fee) !== zeroAmount;

/** The holder's present billing period. */
export const periodOf = ({ billingDays }: BillingProfile, now: Date): Period => periodAt(now.getTime(), billingDays);

/** @param currency of the operator @throws AppError CURRENCY_MISMATCH if a payer is billed in another one */
export function assertCurrency(
  profile: BillingProfile | null,
  currency: string | null,
): asserts profile is BillingProfile {
  if (!isCharged(profile, currency ?? undefined))
    throw new AppError(
      'CURRENCY_MISMATCH',
      `The fee of the number is in ${currency ?? 'a currency that is not set yet'}: its holder and a reseller above ` +
        'it must be billed in that',
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
  if (!covers({ profile, balance }, money(-amount)))
    throw new AppError('INSUFFICIENT_CREDITS', 'The fee of the number exceeds the available credit');
}

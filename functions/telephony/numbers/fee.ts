/** The first fee of a number: the part of it for what is left of the holder's billing period. */
import { AppError } from '../../../shared/errors.ts';
import { money, NOTHING, rounded, storedMoney } from '../../../shared/schema/money.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { availableCredit, balanceOf, type BalancePart } from '../../billing/billing-profiles/balance.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { bookedOn, feeBooking, isCharged, restOfFee, type Booked } from '../../billing/billing-profiles/booking.ts';
import type { Booking } from '../../billing/billing-profiles/ledger.ts';
import { periodAt, type Period } from '../../billing/billing-profiles/period.ts';

export const isPaid = ({ monthly_fee: fee }: PhoneNumber): boolean => storedMoney(fee) !== NOTHING;

/** The holder's period in which a number is taken. */
export const periodOf = ({ billingDays }: BillingProfile, now: Date): Period => periodAt(now.getTime(), billingDays);

export { isCharged };

/** @throws AppError CURRENCY_MISMATCH */
export function checkCurrency(
  profile: BillingProfile | null,
  currency: string | undefined,
): asserts profile is BillingProfile {
  if (!isCharged(profile, currency))
    throw new AppError('CURRENCY_MISMATCH', `The number's fee is in ${currency ?? 'no currency yet'}`);
}

/**
 * What a payer is charged when a number is taken: who takes it back within the period has paid, as the entry's id
 * derives from it.
 */
export const firstFee = (
  number: PhoneNumber,
  { payer, period, now }: { readonly payer: number; readonly period: Period; readonly now: Date },
): Booking | null =>
  feeBooking(number, {
    organization: payer,
    period: period.name,
    fee: restOfFee(money(storedMoney(number.monthly_fee)), period, now.getTime()),
  });

/** @throws AppError INSUFFICIENT_CREDITS */
export function checkCredit(profile: BillingProfile, balance: readonly BalancePart[], { amount }: Booking): void {
  if (rounded(money(-amount)) > availableCredit(balanceOf(balance), profile))
    throw new AppError('INSUFFICIENT_CREDITS', 'The number costs more than is available');
}

/** What is booked on a payer. */
export const charge = (on: Booked, booking: Booking, now: Date) => bookedOn(on, [booking], now.toISOString());

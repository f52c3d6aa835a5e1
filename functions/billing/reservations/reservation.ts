/**
 * Money that a call of a prepaid organization holds until its CDR is charged (functions/billing/README.md,
 * "Reservations").
 */
import {
  decimalText,
  money,
  moneyFromStore,
  zeroAmount,
  type Money,
  type StoredMoney,
} from '../../../shared/schema/money.ts';
import { minute, second } from '../../../shared/schema/time.ts';
import { availableCredit, balanceOf, creditPart, type BalancePart } from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';

/** What one call has reserved. */
export type Reservation = {
  /** As in the CDR of the call. */
  readonly call_id: string;
  readonly amount: Money;
  readonly currency: string;
  /** The number by which the call is priced. */
  readonly number: string;
  /** Length of the call that the amount pays for. */
  readonly seconds: number;
  /** Longest call by its policy, in seconds; null: no limit. */
  readonly limit: number | null;
  /** ISO 8601: when the call was evaluated, and when the reservation ends unless its CDR or a release ends it. */
  readonly at: string;
  readonly expires_at: string;
};

/** Longest ringing, and the time that a CDR takes to arrive. */
const ringing = 5 * minute;
const settling = 5 * minute;

/** Seconds after which the switch ends a call: one less than are paid for, because it does so after the second. */
export const maxDurationOf = ({ seconds }: Pick<Reservation, 'seconds'>): number => seconds - 1;

/** When a reservation ends by itself. */
export const expiryOf = ({ at, seconds }: Pick<Reservation, 'at' | 'seconds'>): string =>
  new Date(Date.parse(at) + ringing + maxDurationOf({ seconds }) * second + settling).toISOString();

/** @param now Unix milliseconds */
export const isExpired = ({ expires_at: end }: Reservation, now: number): boolean => Date.parse(end) <= now;

/** A reservation as answers show it. */
export const presentReservation = ({ call_id, amount, currency, expires_at }: Reservation) => ({
  call_id,
  amount: decimalText(amount),
  currency,
  expires_at,
});

/**
 * An account as it was read for a decision: the item of credits first, the charges after it, never before
 * (`coveringBound` says why). `replaced`: the reservation that the call has already, which a new one replaces.
 */
export type AccountRead = {
  readonly profile: BillingProfile;
  readonly balance: readonly BalancePart[];
  readonly replaced: Reservation | null;
};

/** The sums of an account for the next reservation of a call: the one that it replaces counts as ended. */
export function balanceWithout({ balance, replaced }: Pick<AccountRead, 'balance' | 'replaced'>) {
  const { reservations, ...sums } = balanceOf(balance);
  return { ...sums, reservations: money(reservations - (replaced?.amount ?? zeroAmount)) };
}

/** What a call may reserve. */
export const reservable = (account: AccountRead): Money => availableCredit(balanceWithout(account), account.profile);

/**
 * The sum `reserved` before which an amount may still be added to it, so that all reservations together are covered.
 *
 * Of what was read: credits + credit limit − charges + released − amount. The item of credits (credits, reserved,
 * released) is read at t0, the charges at t1 > t0, and the amount is added at t2 under `reserved <= bound` and
 * `credits >= credits(t0)`. A CDR of a covered call moves its charge and, in the same transaction, at least as much
 * from reserved to released; so between t1 and t2 charges grow by no more than released grows between t0 and t2.
 * Therefore at t2 charges + reserved + amount − released <= credits + credit limit: it holds after each reservation,
 * and no CDR of a covered call, release or expiry raises the left side. Read the other way round, a charge could be
 * missed whose release was seen, and its money would be given away twice.
 */
export function coveringBound(account: AccountRead, amount: Money): Money {
  const { reserved = 0 } = creditPart(account.balance);
  return money(reservable(account) + moneyFromStore(reserved) - amount);
}

/** What reservations release together. */
export const releasedBy = (ended: readonly Reservation[]): Money =>
  ended.reduce((sum, { amount }) => money(sum + amount), zeroAmount);

/** The credits that a bound was computed from; undefined if nothing was ever credited. */
export const readCredits = ({ balance }: AccountRead): StoredMoney | undefined => creditPart(balance).credits;

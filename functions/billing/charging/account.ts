/**
 * What an organization may still spend: how amounts are reserved so that all of them together are covered
 * (functions/billing/README.md, "Charging").
 */
import { money, moneyFromStore, zeroAmount, type Money, type StoredMoney } from '#schema/money.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { availableCredit, balanceOf, creditPart, type BalancePart } from '../schema/balance.ts';

/**
 * An account as it was read for a decision: the item of credits first, the charges after it, never before
 * (`coveringBound` says why). `replaced`: what is reserved already, which a new reservation replaces.
 */
export type Account = {
  readonly profile: BillingProfile;
  readonly balance: readonly BalancePart[];
  readonly replaced: { readonly amount: Money } | null;
};

/** A balance for a decision (functions/billing/README.md, "Reservations"). */
type OrderedBalance = {
  /** The item of credits, and the charges as they were read after it. */
  readonly balance: readonly BalancePart[];
  /** What was released in between: of a CDR that has settled, charge and reservation both count. 0: it is exact. */
  readonly doubled: Money;
  /** The item of credits as it was read with the charges: for another read. */
  readonly latest: BalancePart;
};

/** @param credit as it was read first @param parts all of the balance, as a query read them after it */
export function orderBalance(credit: BalancePart, parts: readonly BalancePart[]): OrderedBalance {
  const latest = creditPart(parts);
  return {
    balance: [credit, ...parts.filter(({ period }) => period !== undefined)],
    doubled: money(moneyFromStore(latest.released ?? 0) - moneyFromStore(credit.released ?? 0)),
    latest,
  };
}

/** The sums of an account for the next reservation: the one that it replaces counts as ended. */
export function balanceWithout({ balance, replaced }: Pick<Account, 'balance' | 'replaced'>) {
  const { reservations, ...sums } = balanceOf(balance);
  return { ...sums, reservations: money(reservations - (replaced?.amount ?? zeroAmount)) };
}

/** What may be reserved. */
export const reservable = (account: Account): Money => availableCredit(balanceWithout(account), account.profile);

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
export function coveringBound(account: Account, amount: Money): Money {
  const { reserved = 0 } = creditPart(account.balance);
  return money(reservable(account) + moneyFromStore(reserved) - amount);
}

/** Whether the available credit covers an amount. Nothing is always covered. */
export const covers = ({ profile, balance }: Pick<Account, 'profile' | 'balance'>, amount: Money): boolean =>
  amount === zeroAmount || availableCredit(balanceOf(balance), profile) >= amount;

/** The credits that a bound was computed from; undefined if nothing was ever credited. */
export const readCredits = ({ balance }: Account): StoredMoney | undefined => creditPart(balance).credits;

/** A balance that is too low by less than this share of what is available decides as an exact one. */
const negligible = 100n;

/** Whether an account has so much left that it does not matter if an amount counts twice. */
export const isAmple = (profile: BillingProfile, balance: readonly BalancePart[], doubled: Money): boolean =>
  doubled >= zeroAmount && availableCredit(balanceOf(balance), profile) > negligible * doubled;

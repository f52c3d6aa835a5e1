/** The balance of an organization: credits and reservations in one part, charges in parts that only add (billing.md, "Balance"). */
import { money, NOTHING, storedMoney, type Money, type StoredMoney } from '../../shared/schema/money.ts';
import type { BillingProfile } from './billing-profile.ts';
import type { PeriodName } from './period.ts';

/** A part as it is kept. What was never added to is absent. */
export type BalancePart = {
  readonly credits?: StoredMoney;
  readonly reservations?: StoredMoney;
  /** What all of the balance is in. */
  readonly currency?: string;
  /** Whether something was charged or credited, so that the currency stays. */
  readonly fixed?: boolean;

  /** The period whose charges this part sums: calls, the seconds they were billed for, and what for. */
  readonly period?: PeriodName;
  readonly charges?: StoredMoney;
  readonly seconds?: number;
  readonly calls?: number;
};

/** The sums of a balance, as one strongly consistent reading gives them. */
export type Balance = { readonly credits: Money; readonly charges: Money; readonly reservations: Money };

const sum = (parts: readonly BalancePart[], amount: 'credits' | 'charges' | 'reservations'): Money =>
  parts.reduce((total, part) => money(total + storedMoney(part[amount] ?? 0)), NOTHING);

export const balanceOf = (parts: readonly BalancePart[]): Balance =>
  ({ credits: sum(parts, 'credits'), charges: sum(parts, 'charges'), reservations: sum(parts, 'reservations') });

/** Whether anything was ever charged or credited. */
export const hasMoved = (parts: readonly BalancePart[]): boolean => parts.some(({ fixed }) => fixed === true);

/** Money in hand; below zero is owed. */
export const currentBalance = ({ credits, charges }: Balance): Money => money(credits - charges);

/** What may still be spent; at 0 or below new calls are refused. */
export const availableCredit = (balance: Balance, { creditLimit }: Pick<BillingProfile, 'creditLimit'>): Money =>
  money(currentBalance(balance) + creditLimit - balance.reservations);

/** What a period has used. */
export type Usage = { readonly seconds: number; readonly charges: Money };

export function usageOf(parts: readonly BalancePart[], period: PeriodName): Usage {
  const own = parts.filter((part) => part.period === period);
  return { seconds: own.reduce((total, { seconds = 0 }) => total + seconds, 0), charges: sum(own, 'charges') };
}

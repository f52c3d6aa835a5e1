/**
 * The balance of an organization: credits and reservations in one item, charges in items that are only added to
 * (functions/billing/README.md, "Credit").
 */
import { money, zeroAmount, moneyFromStore, type Money, type StoredMoney } from '#schema/money.ts';
import type { PeriodName } from './period.ts';

/** One item of a balance. A field that nothing was ever added to is absent. */
export type BalancePart = {
  readonly credits?: StoredMoney;
  /** All that was ever reserved, and what of it has ended. Both only grow; reservations are their difference. */
  readonly reserved?: StoredMoney;
  readonly released?: StoredMoney;
  /** ISO 4217 code of all amounts of the balance. */
  readonly currency?: string;
  /** Whether anything was charged or credited, which fixes the currency. */
  readonly fixed?: boolean;
  /** Whether `balance.low` was recorded since the balance last rose above its threshold. */
  readonly low?: boolean;
  /** Whether `balance.exhausted` was recorded since there last was credit to spend. */
  readonly exhausted?: boolean;

  /** The period whose charges this item sums; absent in the item of credits. */
  readonly period?: PeriodName;
  readonly charges?: StoredMoney;
  /** Billed seconds of the calls. */
  readonly seconds?: number;
  readonly calls?: number;
  /** Segments of the SMS. */
  readonly sms?: number;
};

/** The sums of a balance, as one strongly consistent query returns them. */
export type Balance = { readonly credits: Money; readonly charges: Money; readonly reservations: Money };

const sum = (parts: readonly BalancePart[], amount: 'credits' | 'charges' | 'reserved' | 'released'): Money =>
  parts.reduce((total, part) => money(total + moneyFromStore(part[amount] ?? 0)), zeroAmount);

export const balanceOf = (parts: readonly BalancePart[]): Balance => ({
  credits: sum(parts, 'credits'),
  charges: sum(parts, 'charges'),
  reservations: money(sum(parts, 'reserved') - sum(parts, 'released')),
});

/** Whether anything was ever charged or credited. */
export const hasMoved = (parts: readonly BalancePart[]): boolean => parts.some(({ fixed }) => fixed === true);

/** Credits minus charges; negative when money is owed. */
export const currentBalance = ({ credits, charges }: Balance): Money => money(credits - charges);

/** What a profile says about credit (`BillingProfile`). */
type CreditTerms = { readonly accountType: 'prepaid' | 'postpaid'; readonly creditLimit: Money };

/** What the organization may still spend: balance plus credit limit minus reservations. */
export const availableCredit = (balance: Balance, { creditLimit }: Pick<CreditTerms, 'creditLimit'>): Money =>
  money(currentBalance(balance) + creditLimit - balance.reservations);

/**
 * Whether new calls are rejected: a prepaid account has nothing left beside its reservations, or a postpaid account
 * owes its whole credit limit. A postpaid account that owes nothing may always call.
 */
export function isCreditUsedUp(balance: Balance, profile: CreditTerms): boolean {
  const owes = currentBalance(balance) - balance.reservations < zeroAmount;
  return availableCredit(balance, profile) <= zeroAmount && (profile.accountType === 'prepaid' || owes);
}

/** Whether all credit is spent. Reservations do not count: they are not spent yet, and most of them end unspent. */
export const isExhausted = (balance: Balance, profile: CreditTerms): boolean =>
  isCreditUsedUp({ ...balance, reservations: zeroAmount }, profile);

/** The item of credits and reservations; every other item belongs to a period. */
export const creditPart = (parts: readonly BalancePart[]): BalancePart =>
  parts.find(({ period }) => period === undefined) ?? {};

/** Billed seconds of calls, segments of SMS, and the charges of a period. */
export type Usage = { readonly seconds: number; readonly sms: number; readonly charges: Money };

export function usageOf(parts: readonly BalancePart[], period: PeriodName): Usage {
  const own = parts.filter((part) => part.period === period);
  return {
    seconds: own.reduce((total, { seconds = 0 }) => total + seconds, 0),
    sms: own.reduce((total, { sms = 0 }) => total + sms, 0),
    charges: sum(own, 'charges'),
  };
}

/**
 * How much of its tariff's included minutes and SMS a period has used. Written under a version, as the order of the
 * ratings decides which calls are free.
 */
export type UsedOfPeriod = {
  readonly period: PeriodName;
  /** Seconds of calls that were covered by included minutes. */
  readonly included_seconds?: number;
  /** Segments of SMS that were covered by included SMS. Added to and taken from under a bound, without the version. */
  readonly included_sms?: number;
  readonly version?: number;
  /** ISO 8601 time at which the period was closed and its minimum was booked. */
  readonly closed_at?: string;
};

/** The sums of one day on which charges of calls and ledger entries were booked. */
export type LedgerDay = {
  /** `2024-01-15`, UTC. */
  readonly day: string;
  /** The day of the calls, if they are booked on another: late ones, and ones that were rated again. */
  readonly call_day?: string;
  readonly charges?: StoredMoney;
  readonly calls?: number;
  /** Billed seconds of the calls. */
  readonly seconds?: number;
  /** Segments of the SMS. */
  readonly sms?: number;
  readonly booked?: StoredMoney;
};

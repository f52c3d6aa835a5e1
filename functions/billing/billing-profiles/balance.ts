/**
 * The balance of an organization: credits and reservations in one part, charges in parts that only add (billing.md,
 * "Balance").
 */
import {
  decimalText,
  money,
  NOTHING,
  storedMoney,
  type Money,
  type StoredMoney,
} from '../../../shared/schema/money.ts';
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
  /** What was told of the balance already. */
  readonly low?: boolean;
  readonly exhausted?: boolean;

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

export const balanceOf = (parts: readonly BalancePart[]): Balance => ({
  credits: sum(parts, 'credits'),
  charges: sum(parts, 'charges'),
  reservations: sum(parts, 'reservations'),
});

/** Whether anything was ever charged or credited. */
export const hasMoved = (parts: readonly BalancePart[]): boolean => parts.some(({ fixed }) => fixed === true);

/** Money in hand; below zero is owed. */
export const currentBalance = ({ credits, charges }: Balance): Money => money(credits - charges);

/** What may still be spent. */
export const availableCredit = (balance: Balance, { creditLimit }: Pick<BillingProfile, 'creditLimit'>): Money =>
  money(currentBalance(balance) + creditLimit - balance.reservations);

type Limits = Pick<BillingProfile, 'accountType' | 'creditLimit'>;

/**
 * Whether new calls are refused: a prepaid account is empty, or a postpaid one owes all that it may. Who owes nothing
 * may call.
 */
export function isExhausted(balance: Balance, profile: Limits): boolean {
  const owes = money(currentBalance(balance) - balance.reservations) < NOTHING;
  return availableCredit(balance, profile) <= NOTHING && (profile.accountType === 'prepaid' || owes);
}

/** How a balance stands, as far as somebody is told of it. */
export type Standing = { readonly low: boolean; readonly exhausted: boolean };

/** Below its threshold, or with nothing left to spend. */
export const standingOf = (
  balance: Balance,
  profile: Limits & Pick<BillingProfile, 'lowBalanceThreshold'>,
): Standing => ({
  low: profile.lowBalanceThreshold !== null && currentBalance(balance) < profile.lowBalanceThreshold,
  exhausted: isExhausted(balance, profile),
});

/** The part that credits are in; every other part is a period's. */
export const creditPart = (parts: readonly BalancePart[]): BalancePart =>
  parts.find(({ period }) => period === undefined) ?? {};

/** How the balance stood when it was last told. */
export const toldStanding = ({ low = false, exhausted = false }: BalancePart): Standing => ({ low, exhausted });

/** What is to be told: the crossing, once, not the state. */
export const crossings = (told: Standing, now: Standing): ('balance.low' | 'balance.exhausted')[] => [
  ...(now.low && !told.low ? ['balance.low' as const] : []),
  ...(now.exhausted && !told.exhausted ? ['balance.exhausted' as const] : []),
];

/** What is told of a crossing. */
export const crossingEvent = (
  crossing: ReturnType<typeof crossings>[number],
  { id, lowBalanceThreshold, currency }: Pick<BillingProfile, 'id' | 'lowBalanceThreshold' | 'currency'>,
) => ({
  entity: { type: 'billingprofile', id },
  severity: 'warning' as const,
  description:
    crossing === 'balance.low'
      ? 'The balance is below its threshold'
      : 'Nothing is left to spend: new calls are refused',
  fields: { currency, threshold: lowBalanceThreshold === null ? null : decimalText(lowBalanceThreshold) },
});

/** What a period has used. */
export type Usage = { readonly seconds: number; readonly charges: Money };

export function usageOf(parts: readonly BalancePart[], period: PeriodName): Usage {
  const own = parts.filter((part) => part.period === period);
  return { seconds: own.reduce((total, { seconds = 0 }) => total + seconds, 0), charges: sum(own, 'charges') };
}

/**
 * What a period has used of what its tariff includes, under a version: which rating comes first decides what is free.
 */
export type UsedOfPeriod = {
  readonly period: PeriodName;
  /** Seconds of calls that were free. */
  readonly included_seconds?: number;
  readonly version?: number;
  /** When the period was closed: its minimum is booked. */
  readonly closed_at?: string;
};

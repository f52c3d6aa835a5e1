import { amountOf, storedMoney, type Money } from '../../../shared/schema/money.ts';
import {
  availableCredit,
  balanceOf,
  isExhausted,
  usageOf,
  type BalancePart,
} from '../../billing/billing-profiles/balance.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { periodAt } from '../../billing/billing-profiles/period.ts';
import type { LedgerDay } from '../../billing/billing-profiles/statement.ts';
import { chargeOf, rateCall, type Terms } from '../../billing/cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../../billing/cdr-ingest/tariff-cache.ts';

/** What an organization can pay for (billing.md, "Billing profile"; dialplan.md, step 7). */

export type Account = { readonly profile: BillingProfile; readonly balance: readonly BalancePart[] };

/** Whether new calls are refused. */
export const isSpent = ({ profile, balance }: Account): boolean => isExhausted(balanceOf(balance), profile);

/** Whether calls of a day have cost what they may. @param limit decimal; null: without end */
export const hasSpent = (limit: string | null, days: readonly Pick<LedgerDay, 'charges'>[]): boolean =>
  limit !== null && days.reduce((sum, { charges = 0 }) => sum + storedMoney(charges), 0n) >= amountOf(limit);

export const paysAhead = ({ profile }: Account): boolean => profile.accountType === 'prepaid';

/** Rates of tariffs that a process keeps compiled. */
const maxRates = 200_000;
export const priceLists = (): TariffCache => tariffCache(maxRates);

/** What a call costs, and on whose terms. */
export type Priced = {
  readonly called: string;
  /** Of the call, ISO 8601. */ readonly at: string;
  readonly terms: Pick<Terms, 'country' | 'customerSince' | 'tariff'>;
};

/** Seconds: the longest that calls are limited to (policy.ts). */
const longest = 86_400;

/** The seconds up to `most` (null: any number) that a prepaid balance pays for; null: all that anybody would talk. */
export function secondsPaidFor(account: Account, { called, at, terms }: Priced, most: number | null): number | null {
  const available = availableCredit(balanceOf(account.balance), account.profile);
  const chargeFor = (seconds: number): Money => charge(account, { called, at, terms }, seconds);
  if (chargeFor(most ?? longest) <= available) return most;
  let [paid, unpaid] = [0, most ?? longest];
  while (unpaid - paid > 1) {
    const middle = Math.floor((paid + unpaid) / 2);
    if (chargeFor(middle) <= available) paid = middle;
    else unpaid = middle;
  }
  return paid;
}

function charge({ profile, balance }: Account, { called, at, terms }: Priced, seconds: number): Money {
  const call = {
    direction: 'outbound',
    callee: called,
    start_time: at,
    disposition: 'ANSWERED',
    billable_seconds: seconds,
    cost: null,
  } as const;
  const { name } = periodAt(Date.parse(at), profile.billingDays);
  // Calls in progress may use up what is included: a prepaid balance pays for a call as if nothing of it were left.
  return chargeOf(
    rateCall(
      call,
      { ...terms, profile },
      { name, late: false, usage: { ...usageOf(balance, name), includedSeconds: Infinity } },
      at,
    ),
  );
}

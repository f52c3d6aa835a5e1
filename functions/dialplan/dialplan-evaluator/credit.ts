import { amountOf, moneyFromStore, type Money } from '../../../shared/schema/money.ts';
import { day, second } from '../../../shared/schema/time.ts';
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
import { chargeOf, rateCall, type Rating, type Terms } from '../../billing/cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../../billing/cdr-ingest/tariff-cache.ts';

/** What an organization can pay for (functions/dialplan/README.md, "Credit and limits"). */

export type Account = { readonly profile: BillingProfile; readonly balance: readonly BalancePart[] };

/** Whether the balance or the credit is used up, so that new calls are denied. */
export const isCreditExhausted = ({ profile, balance }: Account): boolean => isExhausted(balanceOf(balance), profile);

/** Whether the charges of a day have reached the limit. @param limit decimal amount; null: no limit */
export const isSpendLimitReached = (limit: string | null, days: readonly Pick<LedgerDay, 'charges'>[]): boolean =>
  limit !== null && days.reduce((sum, { charges = 0 }) => sum + moneyFromStore(charges), 0n) >= amountOf(limit);

const isPrepaid = ({ profile }: Account): boolean => profile.accountType === 'prepaid';

/** Rates that a process keeps compiled, of all tariffs together. */
const maxRates = 200_000;
export const newTariffCache = (): TariffCache => tariffCache(maxRates);

/** A call to rate. */
export type PricedCall = {
  readonly called: string;
  /** Start of the call, ISO 8601. */
  readonly at: string;
  readonly terms: Pick<Terms, 'country' | 'numbers' | 'customerSince' | 'tariff'>;
};

/** Where an account and its terms come from. */
export type AccountSource = {
  /** Null: the organization has no billing profile. */
  readonly profile: () => Promise<BillingProfile | null>;
  readonly balance: () => Promise<readonly BalancePart[]>;
  readonly terms: (profile: BillingProfile) => Promise<PricedCall['terms']>;
};

/** Seconds that an organization pays for; 0: none; null: nothing limits the call; `unrated`: it has no price. */
export type PayableSeconds = number | null | 'unrated';

/**
 * The longest call that the organization can pay for.
 * @param call `sent`: the number that a gateway is sent, by which the call is priced; null: it goes over no gateway
 * @param max the limit of the policy in seconds; null: none
 */
export async function payableSeconds(
  { sent, ...call }: Pick<PricedCall, 'called' | 'at'> & { readonly sent: string | null },
  max: number | null,
  source: AccountSource,
): Promise<PayableSeconds> {
  const profile = await source.profile();
  if (profile === null) return max;
  const account = { profile, balance: await source.balance() };
  if (isCreditExhausted(account)) return 0;
  if (!isPrepaid(account)) return max;
  const priced = { ...call, called: sent ?? call.called, terms: await source.terms(profile) };
  if (sent !== null && rate(account, priced, 1).status === 'unrated') return 'unrated';
  return affordableSeconds(account, priced, max);
}

/** The longest `max_duration` of a policy, in seconds. */
const longestCall = day / second;

/**
 * The seconds, up to `max`, that a prepaid balance pays for.
 * @param max seconds; null: no limit
 * @returns null if the balance pays for the longest possible call
 */
export function affordableSeconds(
  account: Account,
  { called, at, terms }: PricedCall,
  max: number | null,
): number | null {
  const available = availableCredit(balanceOf(account.balance), account.profile);
  const chargeFor = (seconds: number): Money => chargeOf(rate(account, { called, at, terms }, seconds));
  if (chargeFor(max ?? longestCall) <= available) return max;
  let [paid, unpaid] = [0, max ?? longestCall];
  while (unpaid - paid > 1) {
    const middle = Math.floor((paid + unpaid) / 2);
    if (chargeFor(middle) <= available) paid = middle;
    else unpaid = middle;
  }
  return paid;
}

/** The call as rating charges it. */
function rate({ profile, balance }: Account, { called, at, terms }: PricedCall, seconds: number): Rating {
  const call = {
    direction: 'outbound',
    callee: called,
    start_time: at,
    disposition: 'ANSWERED',
    billable_seconds: seconds,
    cost: null,
  } as const;
  const { name } = periodAt(Date.parse(at), profile.billingDays);
  // Concurrent calls may use up the included seconds, so a prepaid balance pays as if none were left.
  const usage = { ...usageOf(balance, name), includedSeconds: Infinity };
  return rateCall(call, { ...terms, profile }, { name, late: false, usage }, at);
}

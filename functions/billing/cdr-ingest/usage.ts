/**
 * What a period has used so far. Ratings with included minutes or volume discounts depend on it, and therefore on the
 * order of calls (functions/billing/README.md, "Rating").
 */
import { usageOf, type BalancePart, type UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';
import { dependsOnUsage, type PeriodUsage, type Rating } from './rating.ts';
import { termsOf, type Account, type FiledCdr } from './filed-cdr.ts';

export const NOTHING_USED: PeriodUsage = { seconds: 0, includedSeconds: 0 };

/** Whether the account's charges depend on the order of its calls. */
export const countsUsage = (account: Account): boolean => dependsOnUsage(termsOf(account));

/** What a period has used, from the usage item and the balance. The item must be read first. */
export const usageBefore = (
  period: PeriodName,
  item: UsedOfPeriod | undefined,
  balance: readonly BalancePart[],
): PeriodUsage => ({ seconds: usageOf(balance, period).seconds, includedSeconds: item?.included_seconds ?? 0 });

/** What a period has used after a call was rated. */
export const usageAfter = (before: PeriodUsage, { billed_seconds, included_seconds }: Rating): PeriodUsage => ({
  seconds: before.seconds + billed_seconds,
  includedSeconds: before.includedSeconds + included_seconds,
});

/** Included seconds that a period uses (or, negative, gets back), under the version of its item as it was read. */
export type UsageChange = {
  readonly organization: number;
  readonly period: PeriodName;
  readonly included: number;
  readonly item: UsedOfPeriod | undefined;
};

/** What the ratings of CDRs use of their periods; nothing if the account's ratings do not depend on it. */
export function usageChangesOf(
  account: Account,
  cdrs: readonly FiledCdr[],
  usages: ReadonlyMap<PeriodName, { readonly item: UsedOfPeriod | undefined }>,
): UsageChange[] {
  if (!countsUsage(account)) return [];
  return [...Map.groupBy(cdrs, ({ rating }) => rating.period)].map(([period, own]) => ({
    organization: account.organization,
    period,
    included: own.reduce((sum, { rating }) => sum + rating.included_seconds, 0),
    item: usages.get(period)?.item,
  }));
}

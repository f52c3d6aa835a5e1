/**
 * What a period has used, where ratings depend on it: each rating goes by what was used before it (billing.md, "Rating
 * a call").
 */
import { usageOf, type BalancePart, type UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { dependsOnUsage, type PeriodUsage, type Rating } from './rating.ts';
import { termsOf, type Account } from './filed-cdr.ts';

export const NOTHING_USED: PeriodUsage = { seconds: 0, includedSeconds: 0 };

/** Whether the account's charges depend on the order of its calls. */
export const countsUsage = (account: Account): boolean => dependsOnUsage(termsOf(account));

/** What was used, by the item and the balance as they were read, in this order. */
export const usageBefore = (
  period: PeriodName,
  item: UsedOfPeriod | undefined,
  balance: readonly BalancePart[],
): PeriodUsage => ({ seconds: usageOf(balance, period).seconds, includedSeconds: item?.included_seconds ?? 0 });

/** What is used once a call is rated. */
export const usageAfter = (before: PeriodUsage, { billed_seconds, included_seconds }: Rating): PeriodUsage => ({
  seconds: before.seconds + billed_seconds,
  includedSeconds: before.includedSeconds + included_seconds,
});

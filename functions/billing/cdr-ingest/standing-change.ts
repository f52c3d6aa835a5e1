/**
 * Whether a balance has crossed one of its limits. The writer that sees it fall reports it, once
 * (functions/billing/README.md, "Credit").
 */
import {
  balanceOf,
  creditPart,
  crossingEvent,
  crossings,
  standingOf,
  notifiedStanding,
  type BalancePart,
} from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';

/**
 * The standing to store and the events to record for a balance, as it was read. Null if its standing is the one that
 * was reported last.
 */
export function standingChange(parts: readonly BalancePart[], profile: BillingProfile) {
  const read = creditPart(parts);
  const [reported, standing] = [notifiedStanding(read), standingOf(balanceOf(parts), profile)];
  if (reported.low === standing.low && reported.exhausted === standing.exhausted) return null;
  return {
    stored: { read, standing },
    events: crossings(reported, standing).map((crossing) => ({ crossing, event: crossingEvent(crossing, profile) })),
  };
}

/** Who sees a balance fall tells of it, once (billing.md, "Billing profile"). */
import {
  balanceOf,
  creditPart,
  crossingEvent,
  crossings,
  standingOf,
  toldStanding,
  type BalancePart,
} from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';

/** What is to be noted and told of a balance, as it was read; null where nothing changed since it was told. */
export function untold(parts: readonly BalancePart[], profile: BillingProfile) {
  const read = creditPart(parts);
  const [told, standing] = [toldStanding(read), standingOf(balanceOf(parts), profile)];
  if (told.low === standing.low && told.exhausted === standing.exhausted) return null;
  return {
    noted: { read, standing },
    events: crossings(told, standing).map((crossing) => ({ crossing, event: crossingEvent(crossing, profile) })),
  };
}

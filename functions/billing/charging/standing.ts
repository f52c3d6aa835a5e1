/**
 * Whether a balance has crossed one of its limits. Who changes a balance reports it, once for each crossing
 * (functions/billing/README.md, "Charging").
 */
import { decimalText, money, zeroAmount, type Money } from '#schema/money.ts';
import { inboundWhenExhausted, type BillingProfile } from '../schema/billing-profile.ts';
import {
  balanceOf,
  creditPart,
  currentBalance,
  isExhausted,
  type Balance,
  type BalancePart,
} from '../schema/balance.ts';

/** Whether a balance is below its threshold, and whether it is exhausted: each is notified once per crossing. */
export type Standing = { readonly low: boolean; readonly exhausted: boolean };

/** The standing of a balance after a change. `read`: the item of credits on which the change was decided. */
export type StandingChange = { readonly read: BalancePart; readonly standing: Standing };

type Limits = Pick<BillingProfile, 'accountType' | 'creditLimit' | 'lowBalanceThreshold'>;

export const standingOf = (balance: Balance, profile: Limits): Standing => ({
  low: profile.lowBalanceThreshold !== null && currentBalance(balance) < profile.lowBalanceThreshold,
  exhausted: isExhausted(balance, profile),
});

/** The standing that was last notified. */
const notifiedStanding = ({ low = false, exhausted = false }: BalancePart): Standing => ({ low, exhausted });

/** Whether the standing is the one that was last notified. */
export function isNotified({ read, standing }: StandingChange): boolean {
  const notified = notifiedStanding(read);
  return notified.low === standing.low && notified.exhausted === standing.exhausted;
}

/** Types of the events to record: each limit that was crossed since the last notification. */
export const crossings = (notified: Standing, current: Standing): ('balance.low' | 'balance.exhausted')[] => [
  ...(current.low && !notified.low ? ['balance.low' as const] : []),
  ...(current.exhausted && !notified.exhausted ? ['balance.exhausted' as const] : []),
];

type NotifiedProfile = Pick<BillingProfile, 'id' | 'lowBalanceThreshold' | 'currency' | 'inboundWhenExhausted'>;

/** What happens to calls without credit. */
const exhausted = {
  answer: 'The available credit is used up: new outbound calls are rejected, inbound calls are answered and charged',
  reject: 'The available credit is used up: new outbound calls and charged inbound calls are rejected',
} as const;

/** The event that records a crossing. */
export function crossingEvent(crossing: ReturnType<typeof crossings>[number], profile: NotifiedProfile) {
  const { id, lowBalanceThreshold, currency } = profile;
  const inbound = inboundWhenExhausted(profile);
  const threshold = lowBalanceThreshold === null ? null : decimalText(lowBalanceThreshold);
  return {
    entity: { type: 'billingprofile', id },
    severity: 'warning' as const,
    description: crossing === 'balance.low' ? 'The balance is below its threshold' : exhausted[inbound],
    fields: { currency, threshold, ...(crossing === 'balance.exhausted' && { inbound_when_exhausted: inbound }) },
  };
}

/** The standing to store after a change, and the events to record. @param credited with the change */
export function standingAfter(parts: readonly BalancePart[], profile: BillingProfile, credited: Money = zeroAmount) {
  const balance = balanceOf(parts);
  const read = creditPart(parts);
  const standing = standingOf({ ...balance, credits: money(balance.credits + credited) }, profile);
  return {
    stored: { read, standing } satisfies StandingChange,
    events: crossings(notifiedStanding(read), standing).map((crossing) => ({
      crossing,
      event: crossingEvent(crossing, profile),
    })),
  };
}

/** As `standingAfter` for a balance as it is; null if its standing is the one that was notified last. */
export function standingChange(parts: readonly BalancePart[], profile: BillingProfile) {
  const change = standingAfter(parts, profile);
  return isNotified(change.stored) ? null : change;
}

import type { Counted, RateLimit } from './call-rate.ts';
import type { Decision, Reason } from './decide.ts';

/** Step 7 of how a call is decided (dialplan.md). */

export const limitReasons = ['RATE_LIMITED', 'NO_CREDIT', 'CALL_LIMIT', 'SPEND_LIMIT'] as const;
type LimitReason = (typeof limitReasons)[number];

/** A decision as answered: what the policy's limit is has become how much of it is left. */
export type LimitedDecision = Omit<Decision, 'reason' | 'limits'> & {
  readonly reason: Reason | LimitReason;
  readonly limits: { /** Seconds. */ readonly max_duration: number | null; readonly rate_limit: RateLimit | null };
};

/** What was found out about the limits of a call. */
export type Findings = {
  /** Null: the policy has no limit. */
  readonly rate: Counted | null;
  /** What the call may last, in seconds; 0: nothing can be paid for. */
  readonly duration: number | null;
  /** The organization has as many calls as it may. */
  readonly full: boolean;
  /** It has spent what it may on this day. */
  readonly spent: boolean;
};

/**
 * Whether limits hold for a call at all: not where it is denied already, a policy bypasses them, or it is an emergency.
 */
export const isLimited = ({ allowed, bypass_restrictions: bypasses, emergency }: Decision): boolean =>
  allowed && !bypasses && !emergency;

/** A decision for which no limit is looked at. */
export const unlimited = (decision: Decision): LimitedDecision => ({
  ...decision,
  limits: { max_duration: decision.limits.max_duration, rate_limit: null },
});

/** A decision in the light of what was found; the first limit in the page's order speaks. */
export function limited(decision: Decision, { rate, duration, full, spent }: Findings): LimitedDecision {
  const reason =
    rate?.allowed === false
      ? 'RATE_LIMITED'
      : duration === 0
        ? 'NO_CREDIT'
        : full
          ? 'CALL_LIMIT'
          : spent
            ? 'SPEND_LIMIT'
            : null;
  const limits = {
    max_duration: duration === 0 ? decision.limits.max_duration : duration,
    rate_limit: rate === null ? null : { limit: rate.limit, remaining: rate.remaining, reset: rate.reset },
  };
  if (reason === null) return { ...decision, limits };
  return { ...decision, allowed: false, reason, rule: null, action: null, destination: null, routes: [], limits };
}

import type { CountResult, RateLimit } from './call-rate.ts';
import { maxDurationOf, type presentReservation } from '../../billing/reservations/reservation.ts';
import type { PayableSeconds, ReservationOffer } from './credit.ts';
import type { Decision, Reason } from './decide.ts';

/** The limits of a call (functions/dialplan/README.md, "Credit and limits"). */

export const limitReasons = ['RATE_LIMITED', 'NO_CREDIT', 'NO_RATE', 'CALL_LIMIT', 'SPEND_LIMIT'] as const;
type LimitReason = (typeof limitReasons)[number];

/** A decision as answered: `rate_limit` has become the rest of the limit. */
export type LimitedDecision = Omit<Decision, 'reason' | 'limits'> & {
  readonly reason: Reason | LimitReason;
  readonly limits: {
    /** Seconds. */
    readonly max_duration: number | null;
    readonly rate_limit: RateLimit | null;
    /** What the call has reserved; null: nothing. */
    readonly reservation: ReturnType<typeof presentReservation> | null;
  };
};

/**
 * What became of an offer. `duration`: seconds after which the switch ends the call; 0: nothing was left; null: no
 * limit.
 */
export type Reserved = Pick<LimitedDecision['limits'], 'reservation'> & { readonly duration: number | null };

/** The state of the limits at one call. */
export type LimitFindings = {
  /** Null: the policy has no rate limit. */
  readonly rate: CountResult | null;
  /** Longest call in seconds; null: unlimited; 0: the organization cannot pay. */
  readonly duration: number | null;
  /** The number that would be sent has no rate, and such calls are denied. */
  readonly isUnrated: boolean;
  /** The organization has reached its concurrent calls. */
  readonly isFull: boolean;
  /** The organization has reached its daily spend. */
  readonly isSpent: boolean;
};

/** Where the state of the limits comes from. */
export type LimitSources = {
  /** Counts the call for its policy, or looks at the count; null without a rate limit. */
  readonly rate: (decision: Decision) => Promise<CountResult | null>;
  /** What the organization can pay for: see `payableSeconds`. */
  readonly duration: (decision: Decision) => Promise<PayableSeconds>;
  /** Reserves what was offered, or less if less is left by then; or only looks. */
  readonly reserve: (offer: ReservationOffer) => Promise<Reserved>;
  /** Whether the organization has as many calls in progress as it may have. */
  readonly isFull: () => Promise<boolean>;
  readonly isSpent: () => Promise<boolean>;
};

type LimitedOrganization = { readonly status: string };

/** Denied calls, policies that bypass restrictions, and emergency calls have no limits. */
export const isSubjectToLimits = ({ allowed, bypass_restrictions: bypasses, emergency }: Decision): boolean =>
  allowed && !bypasses && !emergency;

/** A decision without a look at the limits. */
export const withoutLimits = (decision: Decision): LimitedDecision => ({
  ...decision,
  limits: { max_duration: decision.limits.max_duration, rate_limit: null, reservation: null },
});

/**
 * The decision after the limits, which are read in one round trip. A call that none of them denies reserves its cost.
 */
export async function limitCall(
  decision: Decision,
  { status }: LimitedOrganization,
  sources: LimitSources,
): Promise<LimitedDecision> {
  if (!isSubjectToLimits(decision)) return withoutLimits(decision);
  // A suspended organization counts as one with 0 concurrent calls, and its call takes no part in the rate.
  if (status === 'suspended')
    return applyLimits(decision, {
      rate: null,
      duration: decision.limits.max_duration,
      isUnrated: false,
      isFull: true,
      isSpent: false,
    });
  const [rate, payable, isFull, isSpent] = await Promise.all([
    sources.rate(decision),
    sources.duration(decision),
    sources.isFull(),
    sources.isSpent(),
  ]);
  const isUnrated = payable === 'unrated';
  const offer = typeof payable === 'object' ? payable : null;
  const seconds = isUnrated ? decision.limits.max_duration : payable;
  const duration = typeof seconds === 'object' && seconds !== null ? maxDurationOf(seconds) : seconds;
  const findings = { rate, duration, isUnrated, isFull, isSpent };
  const limited = applyLimits(decision, findings);
  if (offer === null || !limited.allowed) return limited;
  const reserved = await sources.reserve(offer);
  return applyLimits(decision, { ...findings, duration: reserved.duration }, reserved.reservation);
}

/**
 * The decision after the limits. Of several limits the first in the order of `limitReasons` is the reason.
 * @param reservation what the call has reserved
 */
export function applyLimits(
  decision: Decision,
  findings: LimitFindings,
  reservation: Reserved['reservation'] = null,
): LimitedDecision {
  const { rate, duration } = findings;
  const reason = exceededLimit(findings);
  const limits = {
    max_duration: duration === 0 ? decision.limits.max_duration : duration,
    rate_limit: rate === null ? null : { limit: rate.limit, remaining: rate.remaining, reset: rate.reset },
    reservation,
  };
  if (reason === null) return { ...decision, limits };
  return { ...decision, allowed: false, reason, rule: null, action: null, destination: null, routes: [], limits };
}

function exceededLimit({ rate, duration, isUnrated, isFull, isSpent }: LimitFindings): LimitReason | null {
  if (rate?.allowed === false) return 'RATE_LIMITED';
  if (duration === 0) return 'NO_CREDIT';
  if (isUnrated) return 'NO_RATE';
  if (isFull) return 'CALL_LIMIT';
  return isSpent ? 'SPEND_LIMIT' : null;
}

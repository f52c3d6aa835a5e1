import type { CountResult, RateLimit } from '../plan/call-rate.ts';
import { maxDurationOf, type presentReservation } from '../../billing/reservations/reservation.ts';
import type { Payable, ReservationOffer } from './credit.ts';
import type { SellerDenial } from './credit.ts';
import type { Decision, Reason } from '../plan/decide.ts';

/** The limits of a call (functions/dialplan/README.md, "Credit and limits"). */

export const limitReasons = ['RATE_LIMITED', 'NO_CREDIT', 'NO_RATE', 'CALL_LIMIT', 'SPEND_LIMIT'] as const;
type LimitReason = (typeof limitReasons)[number];

/** Whether a limit is the reason, and not what the plan says about the call. */
export const isLimit = (reason: Reason | LimitReason): reason is LimitReason =>
  limitReasons.some((limit) => limit === reason);

/** A decision as answered: `rate_limit` has become the rest of the limit. */
export type LimitedDecision = Omit<Decision, 'reason' | 'limits'> & {
  readonly reason: Reason | LimitReason;
  /** A seller above the organization cannot pay or price the call; absent: none denies it. */
  readonly seller?: true;
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
  /** Why the seller denies the call; null: it does not. */
  readonly seller: SellerDenial['reason'];
  /** The organization has reached its concurrent calls. */
  readonly isFull: boolean;
  /** The organization has reached its daily spend. */
  readonly isSpent: boolean;
};

/** Where the state of the limits comes from. */
export type LimitSources = {
  /** Whether the call sends nothing but the emergency number that was dialed. */
  readonly isEmergencyOnly: (decision: Decision) => boolean;
  /** Counts the call for its policy, or looks at the count; null without a rate limit. */
  readonly rate: (decision: Decision) => Promise<CountResult | null>;
  /** What the organization can pay for: see `payableSeconds`. */
  readonly payable: (decision: Decision) => Promise<Payable>;
  /** What the seller denies, to whom the call is charged, too. */
  readonly seller: (decision: Decision) => Promise<SellerDenial>;
  /** Whether the call costs nothing, so that no limit of money denies it. */
  readonly isFree: (decision: Decision) => Promise<boolean>;
  /** Reserves what was offered, or less if less is left by then; or only looks. */
  readonly reserve: (offer: ReservationOffer) => Promise<Reserved>;
  /** Whether the organization has as many calls in progress as it may have. */
  readonly isFull: () => Promise<boolean>;
  readonly isSpent: () => Promise<boolean>;
};

type LimitedOrganization = { readonly status: string };

/**
 * Denied calls and emergency calls have no limits.
 * @param isEmergencyOnly whether an emergency call sends nothing but the emergency number
 */
export const isSubjectToLimits = ({ allowed, emergency }: Decision, isEmergencyOnly: boolean): boolean =>
  allowed && !(emergency && isEmergencyOnly);

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
  if (!isSubjectToLimits(decision, sources.isEmergencyOnly(decision))) return withoutLimits(decision);
  // A suspended organization counts as one with 0 concurrent calls, and its call takes no part in the rate.
  if (status === 'suspended')
    return applyLimits(decision, {
      rate: null,
      duration: decision.limits.max_duration,
      isUnrated: false,
      seller: null,
      isFull: true,
      isSpent: false,
    });
  const [rate, payable, seller, isFull, isSpent] = await Promise.all([
    // A policy bypasses what its organization has set for itself, never what its seller has.
    decision.bypass_restrictions ? null : sources.rate(decision),
    sources.payable(decision),
    sources.seller(decision),
    sources.isFull(),
    sources.isSpent(),
  ]);
  const { seconds, isUnrated } = payable;
  const offer = typeof seconds === 'object' ? seconds : null;
  const duration = typeof seconds === 'object' && seconds !== null ? maxDurationOf(seconds) : seconds;
  const { permitted, hasRoute } = withRoutes(decision, [payable.routes, seller.routes]);
  const findings = {
    rate,
    duration,
    isUnrated,
    isFull,
    seller: seller.reason ?? (hasRoute ? null : ('NO_RATE' as const)),
    isSpent: isSpent && !(await sources.isFree(decision)),
  };
  const limited = applyLimits(permitted, findings);
  if (offer === null || !limited.allowed) return limited;
  const reserved = await sources.reserve(offer);
  return applyLimits(permitted, { ...findings, duration: reserved.duration }, reserved.reservation);
}

/**
 * The decision with those of its routes that the organization and its seller permit.
 * @param kept their positions; null: all
 * @returns `hasRoute`: each of the two permits a route, but none may be left that both permit
 */
function withRoutes(decision: Decision, kept: readonly (readonly number[] | null)[]) {
  const isKept = (at: number): boolean => kept.every((positions) => positions === null || positions.includes(at));
  const routes = decision.routes.filter((_route, at) => isKept(at));
  const hasRoute = routes.length > 0 || decision.routes.length === 0;
  if (routes.length === decision.routes.length) return { permitted: decision, hasRoute };
  // A rule of the template has its own destination, a policy that of its first route.
  const destination = decision.rule === null ? (routes[0]?.destination ?? null) : decision.destination;
  return { permitted: { ...decision, routes, destination }, hasRoute };
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
  const denied = { allowed: false, rule: null, action: null, destination: null, routes: [], limits } as const;
  return { ...decision, ...denied, ...reason };
}

/** The first limit that is exceeded; those of the seller after those of the organization itself. */
function exceededLimit(findings: LimitFindings): (Pick<LimitedDecision, 'seller'> & { reason: LimitReason }) | null {
  const { rate, duration, isUnrated, seller, isFull, isSpent } = findings;
  if (rate?.allowed === false) return { reason: 'RATE_LIMITED' };
  if (duration === 0) return { reason: 'NO_CREDIT' };
  if (isUnrated) return { reason: 'NO_RATE' };
  if (seller !== null) return { reason: seller, seller: true };
  if (isFull) return { reason: 'CALL_LIMIT' };
  return isSpent ? { reason: 'SPEND_LIMIT' } : null;
}

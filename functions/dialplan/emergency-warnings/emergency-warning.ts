import { gatewaysOf } from '../schema/policy.ts';
import { decide } from '../plan/decide.ts';
import { emergencyNumbers } from '#telephony/emergency-numbers.ts';
import { isGatewayId } from '../plan/gateways.ts';
import { compilePattern, isPatternProblem } from '../plan/pattern.ts';
import { compilePlan, type Locale, type Plan, type PlanPolicy } from '../plan/plan.ts';
import { resolvedId } from '../schema/policy.ts';

/** Emergency numbers that a save leaves without a way (functions/dialplan/README.md, "Emergency calls"). */

type Rule = Pick<PlanPolicy, 'status' | 'conditions' | 'actions' | 'gateway_ids'>;

const isUnconditional = ({ conditions }: Pick<Rule, 'conditions'>): boolean =>
  conditions.time_of_day === undefined &&
  conditions.user_groups === undefined &&
  conditions.caller_id_required !== true &&
  conditions.verstat === undefined &&
  conditions.attestation === undefined;

/** Whether the switch knows one of the gateways, so that the policy always has a route. */
const hasUnmanagedGateway = ({ actions, gateway_ids: ids }: Rule): boolean =>
  gatewaysOf(actions).some((name) => !isGatewayId(name) && resolvedId(ids, name.toLowerCase()) === undefined);

/** The numbers in which the pattern of an active policy is found. */
function matchedBy(policy: Rule | undefined, numbers: readonly string[]): readonly string[] {
  if (policy === undefined || policy.status !== 'active') return [];
  const pattern = compilePattern(policy.conditions.pattern);
  return isPatternProblem(pattern) ? [] : numbers.filter((number) => pattern.isFoundIn(number));
}

/**
 * The emergency numbers that the save of a policy can leave without a way. Only for these the whole plan must be looked
 * at; other saves cost the same for any size of plan.
 * @param before undefined for a new policy
 * @param after undefined for a deleted policy
 */
export function emergencyNumbersAtStake(
  before: Rule | undefined,
  after: Rule | undefined,
  country: string,
): readonly string[] {
  const numbers = [...emergencyNumbers(country)];
  const routes =
    after !== undefined && after.actions.allow && isUnconditional(after) && hasUnmanagedGateway(after)
      ? matchedBy(after, numbers)
      : [];
  const matched = new Set([...matchedBy(before, numbers), ...matchedBy(after, numbers)]);
  return [...matched].filter((number) => !routes.includes(number));
}

/**
 * The emergency numbers that a plan neither routes nor denies. Policies with conditions do not count as a way, because
 * they do not hold for all callers at all times.
 */
export function unroutedEmergencyNumbers(plan: Plan, locale: Locale): readonly string[] {
  if (plan.gateways.some(({ enabled }) => enabled)) return [];
  const compiled = compilePlan({ ...plan, policies: plan.policies.filter(isUnconditional) }, locale);
  return [...compiled.emergencyNumbers].filter((called) => {
    const { allowed, reason } = decide(compiled, { called }, 0);
    return !allowed && reason !== 'POLICY_DENY';
  });
}

/**
 * One sentence for each emergency number without a way.
 * @param numbers those that a save concerns; default: all
 */
export const emergencyWarnings = (plan: Plan, locale: Locale, numbers?: readonly string[]): readonly string[] =>
  unroutedEmergencyNumbers(plan, locale)
    .filter((number) => numbers?.includes(number) ?? true)
    .map(
      (number) =>
        `calls to the emergency number ${number} are denied: no managed gateway is enabled, and neither the template ` +
        'nor a policy without conditions routes them',
    );

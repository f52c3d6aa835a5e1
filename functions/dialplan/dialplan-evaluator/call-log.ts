import type { PolicyActions } from '../dialplan-policies/policy.ts';
import type { LimitedDecision } from './limits.ts';
import type { CompiledPlan } from './plan.ts';

/** `actions.log`: a line of the organization's log for each call that a policy decides (dialplan.md, step 8). */

/** A call that was decided. */
export type DecidedCall = {
  readonly called: string;
  readonly caller?: string | undefined;
  readonly userId: string | undefined;
};

/** What the policy does that a decision names; undefined where it names none. */
export const actionsBehind = (
  plan: CompiledPlan,
  { called }: Pick<DecidedCall, 'called'>,
  { policy }: Pick<LimitedDecision, 'policy'>,
): PolicyActions | undefined =>
  policy === null
    ? undefined
    : plan.matching(called).find((candidate) => candidate.policy.id === policy.id)?.policy.actions;

/** What is written of a call. */
export const lineOf = (
  { called, caller, userId }: DecidedCall,
  { allowed, reason, policy, action, destination, routes, emergency }: LimitedDecision,
  planVersion: number,
) =>
  ({
    type: 'call',
    level: allowed ? 'info' : 'warning',
    source: 'dialplan',
    import_id: null,
    message: `Call to ${called} ${allowed ? 'allowed' : 'denied'} by policy ${policy?.name ?? ''}: ${reason}`,
    details: {
      called,
      caller: caller ?? null,
      user_id: userId ?? null,
      allowed,
      reason,
      policy_id: policy?.id ?? null,
      policy_version: policy?.version ?? null,
      action,
      destination,
      gateways: routes.map(({ name }) => name),
      emergency,
      plan_version: String(planVersion),
    },
  }) as const;

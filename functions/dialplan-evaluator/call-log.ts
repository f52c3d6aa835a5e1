import type { LimitedDecision } from './limits.ts';
import type { CompiledPlan } from './plan.ts';

/** `actions.log`: a line of the organization's log for each call that a policy decides (dialplan.md, step 8). */

type LoggedCall = { readonly called: string; readonly caller?: string | undefined; readonly userId: string | undefined };

/** Whether the policy that a decision names has its calls logged. */
export const isLogged = (plan: CompiledPlan, { called }: Pick<LoggedCall, 'called'>, { policy }: Pick<LimitedDecision, 'policy'>): boolean =>
  policy !== null && plan.matching(called).some((candidate) => candidate.policy.id === policy.id && candidate.policy.actions.log === true);

/** What is written of a call. */
export const lineOf = ({ called, caller, userId }: LoggedCall, { allowed, reason, policy, action, destination, routes, emergency }: LimitedDecision, planVersion: number) => ({
  type: 'call', level: allowed ? 'info' : 'warning', source: 'dialplan', import_id: null,
  message: `Call to ${called} ${allowed ? 'allowed' : 'denied'} by policy ${policy?.name ?? ''}: ${reason}`,
  details: {
    called, caller: caller ?? null, user_id: userId ?? null, allowed, reason, policy_id: policy?.id ?? null, policy_version: policy?.version ?? null,
    action, destination, gateways: routes.map(({ name }) => name), emergency, plan_version: String(planVersion),
  },
} as const);

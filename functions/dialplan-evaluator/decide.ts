import { gatewaysOf } from '../dialplan-policies/policy.ts';
import { circumstances, type Failure, failureOf } from './conditions.ts';
import { gatewayDestination, gatewayIn } from './destination.ts';
import type { CompiledPlan, CompiledPolicy } from './plan.ts';
import type { FinalAction, TemplateRoute } from './template.ts';

/** How a call is decided (dialplan.md, steps 1–6). */

export type Reason = 'POLICY_ALLOW' | 'POLICY_DENY' | 'TEMPLATE' | 'NO_ROUTE' | Failure;

/** One call to decide. */
export type Call = {
  /** The dialed string. */
  readonly called: string;
  /** The caller's number; absent or `anonymous`: withheld. */
  readonly caller?: string | undefined;
  /** Names or ids of the caller's groups. */
  readonly groups?: readonly string[] | undefined;
  /** Whether the decision tells its trace. */
  readonly explain?: boolean | undefined;
};

/** A gateway to try. `unmanaged`: the platform does not know it, the switch may. */
export type Route = { readonly gateway: string | null; readonly name: string; readonly destination: string; readonly status: 'unmanaged' };

/** What became of a policy that matched; `matched`: one before it had decided. */
export type TraceEntry = {
  readonly policy_id: string;
  readonly name: string;
  readonly priority: number;
  readonly outcome: 'matched' | 'applied' | Failure;
};

/** The answer to one call, as POST /dialplan/evaluate prints it. */
export type Decision = {
  readonly allowed: boolean;
  readonly reason: Reason;
  /** The one that decided. */
  readonly policy: { readonly id: string; readonly name: string; readonly priority: number; readonly version: number } | null;
  /** The template's rule that gave action and destination. */
  readonly rule: { readonly priority: number; readonly pattern: string } | null;
  readonly action: FinalAction | null;
  readonly destination: string | null;
  /** Groups of the rule's pattern, else of the policy's; `''` for one that took no part. */
  readonly captures: readonly string[];
  /** In the order of trying; empty unless the destination is a gateway. */
  readonly routes: readonly Route[];
  /** `max_duration` in seconds. */
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: null };
  readonly bypass_restrictions: boolean;
  readonly emergency: boolean;
  readonly trace?: readonly TraceEntry[];
};

/** What the policies make of a call, before it is known where it goes. */
type Verdict = {
  readonly applied: CompiledPolicy | null;
  /** The first allow policy that matched without applying. */
  readonly gate: { readonly closed: CompiledPolicy; readonly failure: Failure } | null;
  readonly trace: readonly TraceEntry[];
};

/** Decides one call at an instant (milliseconds since 1970, UTC). */
export function decide(plan: CompiledPlan, call: Call, at: number): Decision {
  const verdict = judge(plan, call, at);
  const emergency = plan.emergencyNumbers.has(call.called);
  const decision = { ...routed(plan, call.called, verdict, emergency), emergency };
  return call.explain === true ? { ...decision, trace: verdict.trace } : decision;
}

function judge(plan: CompiledPlan, call: Call, at: number): Verdict {
  const facts = circumstances(call, plan, at);
  const trace: TraceEntry[] = [];
  let applied: Verdict['applied'] = null;
  let gate: Verdict['gate'] = null;
  for (const candidate of plan.matching(call.called)) {
    if (applied !== null) {
      if (call.explain !== true) break;
      trace.push(traceEntry(candidate, 'matched'));
      continue;
    }
    const failure = failureOf(candidate.conditions, facts);
    trace.push(traceEntry(candidate, failure ?? 'applied'));
    if (failure === null) applied = candidate;
    else if (candidate.policy.actions.allow) gate ??= { closed: candidate, failure };
  }
  return { applied, gate, trace };
}

const traceEntry = ({ policy }: CompiledPolicy, outcome: TraceEntry['outcome']): TraceEntry => ({
  policy_id: policy.id,
  name: policy.name,
  priority: policy.priority,
  outcome,
});

type Routed = Omit<Decision, 'emergency' | 'trace'>;

/** Steps 3 to 6. */
function routed(plan: CompiledPlan, dialed: string, { applied, gate }: Verdict, emergency: boolean): Routed {
  if (applied !== null) return applied.policy.actions.allow ? permitted(plan, dialed, applied) : denied(dialed, 'POLICY_DENY', applied);
  const route = plan.template?.route(dialed) ?? null;
  // No gate stands between an emergency call and a template that can take it.
  if (gate !== null && !(emergency && route !== null)) return denied(dialed, gate.failure, gate.closed);
  return route === null ? denied(dialed, 'NO_ROUTE', null) : { ...undecided, ...dialledByTemplate(route), allowed: true, reason: 'TEMPLATE' };
}

/** Allowed by a policy: over its gateways, else as the template says. */
function permitted(plan: CompiledPlan, dialed: string, applied: CompiledPolicy): Routed {
  const routes = gatewaysOf(applied.policy.actions).map((gateway) => unmanaged(gateway, gatewayDestination(gateway, dialed)));
  const [first] = routes;
  if (first !== undefined) {
    return { ...decidedBy(applied, dialed), allowed: true, reason: 'POLICY_ALLOW', action: 'bridge', destination: first.destination, routes };
  }
  const route = plan.template?.route(dialed) ?? null;
  if (route === null) return denied(dialed, 'NO_ROUTE', applied);
  return { ...decidedBy(applied, dialed), ...dialledByTemplate(route), allowed: true, reason: 'POLICY_ALLOW' };
}

const denied = (dialed: string, reason: Reason, by: CompiledPolicy | null): Routed => ({
  ...(by === null ? undecided : decidedBy(by, dialed)),
  reason,
});

const undecided: Routed = {
  allowed: false,
  reason: 'NO_ROUTE',
  policy: null,
  rule: null,
  action: null,
  destination: null,
  captures: [],
  routes: [],
  limits: { max_duration: null, rate_limit: null },
  bypass_restrictions: false,
};

const decidedBy = ({ policy, pattern }: CompiledPolicy, dialed: string): Routed => ({
  ...undecided,
  policy: { id: policy.id, name: policy.name, priority: policy.priority, version: policy.version },
  captures: pattern.find(dialed)?.slice(1) ?? [],
  limits: { max_duration: policy.actions.max_duration ?? null, rate_limit: null },
  bypass_restrictions: policy.actions.bypass_restrictions ?? false,
});

function dialledByTemplate({ rule, action, destination, captures }: TemplateRoute): Pick<Routed, 'rule' | 'action' | 'destination' | 'captures' | 'routes'> {
  const gateway = action === 'bridge' ? gatewayIn(destination) : null;
  return { rule, action, destination, captures: captures.slice(1), routes: gateway === null ? [] : [unmanaged(gateway, destination)] };
}

const unmanaged = (name: string, destination: string): Route => ({ gateway: null, name, destination, status: 'unmanaged' });

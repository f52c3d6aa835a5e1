import { circumstances, type Failure, failureOf } from './conditions.ts';
import type { GatewayStatus } from '../../../shared/telephony/gateway-health.ts';
import { gatewayDestination, gatewayIn } from './destination.ts';
import { dialledBy, type PlanGateway, referenceTo } from './gateways.ts';
import type { CompiledPlan, CompiledPolicy } from './plan.ts';
import type { FinalAction } from './template.ts';

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

/** A gateway to try. `unmanaged`: the platform does not know it, the switch may. Of managed ones see {@link tried}. */
export type Route = {
  readonly gateway: string | null;
  readonly name: string;
  readonly destination: string;
  readonly status: GatewayStatus | 'unmanaged';
};

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
  readonly policy: {
    readonly id: string;
    readonly name: string;
    readonly priority: number;
    readonly version: number;
  } | null;
  /** The template's rule that gave action and destination. */
  readonly rule: { readonly priority: number; readonly pattern: string } | null;
  readonly action: FinalAction | null;
  readonly destination: string | null;
  /** Groups of the rule's pattern, else of the policy's; `''` for one that took no part. */
  readonly captures: readonly string[];
  /** In the order of trying; empty unless the destination is a gateway. */
  readonly routes: readonly Route[];
  /** `max_duration` in seconds, `rate_limit` in calls per minute: what the policy says. */
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: number | null };
  readonly bypass_restrictions: boolean;
  readonly emergency: boolean;
  readonly trace?: readonly TraceEntry[];
  /** Of an emergency call that nothing takes otherwise: over all managed gateways. See {@link tried}. */
  readonly lastResort?: readonly Route[];
};

/** What the policies make of a call, before it is known where it goes. */
type Verdict = {
  readonly applied: CompiledPolicy | null;
  /** The first allow policy that matched without applying. */
  readonly gate: { readonly closed: CompiledPolicy; readonly failure: Failure } | null;
};

/** Decides one call at an instant (milliseconds since 1970, UTC). */
export function decide(plan: CompiledPlan, call: Call, at: number): Decision {
  const matching = plan.matching(call.called);
  const facts = circumstances(call, plan, at);
  const verdict = judge(matching, facts);
  const decision = routed(plan, call.called, verdict);
  return call.explain === true ? { ...decision, trace: traceOf(matching, verdict.applied, facts) } : decision;
}

type Facts = ReturnType<typeof circumstances>;

/** Steps 1 and 2. */
function judge(matching: readonly CompiledPolicy[], facts: Facts): Verdict {
  let gate: Verdict['gate'] = null;
  for (const candidate of matching) {
    const failure = failureOf(candidate.conditions, facts);
    if (failure === null) return { applied: candidate, gate };
    if (candidate.policy.actions.allow) gate ??= { closed: candidate, failure };
  }
  return { applied: null, gate };
}

function traceOf(
  matching: readonly CompiledPolicy[],
  applied: CompiledPolicy | null,
  facts: Facts,
): readonly TraceEntry[] {
  const decider = applied === null ? matching.length : matching.indexOf(applied);
  return matching.map(({ policy, conditions }, index) => ({
    policy_id: policy.id,
    name: policy.name,
    priority: policy.priority,
    outcome: index > decider ? 'matched' : (failureOf(conditions, facts) ?? 'applied'),
  }));
}

/** Steps 3 to 6. An emergency number that is denied by no policy is tried over any gateway. */
function routed(plan: CompiledPlan, dialed: string, verdict: Verdict): Decision {
  const emergency = plan.emergencyNumbers.has(dialed);
  const decision = ruled(plan, dialed, verdict, emergency);
  if (!emergency || decision.allowed || decision.reason === 'POLICY_DENY') return decision;
  return { ...decision, lastResort: overAnyGateway(plan, dialed) };
}

/** The oldest first: a plan has its gateways in no order. */
const overAnyGateway = ({ source: { gateways } }: CompiledPlan, dialed: string): Route[] =>
  gateways
    .filter(isUsable)
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((gateway) => managed(gateway, gatewayDestination(gateway.name, undialled(gateway, dialed))));

/** Nobody who calls for help has dialed a digit to get out before, which the gateway would take off. */
const undialled = (gateway: PlanGateway, dialed: string): string => dialledBy({ ...gateway, strip: 0 }, dialed);

function ruled(plan: CompiledPlan, dialed: string, { applied, gate }: Verdict, emergency: boolean): Decision {
  if (applied !== null)
    return applied.policy.actions.allow
      ? permitted(plan, dialed, applied, emergency)
      : denied('POLICY_DENY', dialed, applied, emergency);
  const route = templateRoute(plan, dialed);
  // No gate stands between an emergency call and a template that can take it.
  if (gate !== null && !(emergency && route !== null)) return denied(gate.failure, dialed, gate.closed, emergency);
  return route === null ? denied('NO_ROUTE', dialed, null, emergency) : decisionOf('TEMPLATE', route, null, emergency);
}

/**
 * Allowed by a policy: over its gateways, else as the template says. Gateways that are gone or disabled lead nowhere.
 */
function permitted(plan: CompiledPlan, dialed: string, applied: CompiledPolicy, emergency: boolean): Decision {
  if (applied.told.gateways.length > 0) {
    const routes = routesOver(plan, applied, dialed);
    const [first] = routes;
    if (first === undefined) return denied('NO_ROUTE', dialed, applied, emergency);
    const way: Way = {
      rule: null,
      action: 'bridge',
      destination: first.destination,
      captures: capturesOf(applied, dialed),
      routes,
    };
    return decisionOf('POLICY_ALLOW', way, applied, emergency);
  }
  const route = templateRoute(plan, dialed);
  return route === null
    ? denied('NO_ROUTE', dialed, applied, emergency)
    : decisionOf('POLICY_ALLOW', route, applied, emergency);
}

function routesOver({ gateways }: CompiledPlan, { told, policy }: CompiledPolicy, dialed: string): Route[] {
  const routes: Route[] = [];
  for (const reference of told.gateways) {
    const gateway = gateways.find(reference, policy.gateway_ids);
    if (gateway === undefined) routes.push(unmanaged(reference.text, gatewayDestination(reference.text, dialed)));
    else if (isUsable(gateway))
      routes.push(managed(gateway, gatewayDestination(gateway.name, dialledBy(gateway, dialed))));
  }
  return routes;
}

/** How the template dials a number; null where it does not, or by a gateway that leads nowhere. */
function templateRoute(plan: CompiledPlan, dialed: string): Way | null {
  const route = plan.template?.route(dialed) ?? null;
  if (route === null) return null;
  const { rule, action, destination } = route;
  const way = { rule, action, destination, captures: route.captures.slice(1) };
  const name = action === 'bridge' ? gatewayIn(destination) : null;
  if (name === null) return { ...way, routes: [] };
  const gateway = plan.gateways.find(referenceTo(name), plan.source.template?.gateway_ids);
  if (gateway === undefined) return { ...way, routes: [unmanaged(name, destination)] };
  return isUsable(gateway) ? { ...way, routes: [managed(gateway, destination)] } : null;
}

const denied = (reason: Reason, dialed: string, by: CompiledPolicy | null, emergency: boolean): Decision =>
  decisionOf(
    reason,
    { rule: null, action: null, destination: null, captures: by === null ? [] : capturesOf(by, dialed), routes: [] },
    by,
    emergency,
  );

type Way = Pick<Decision, 'rule' | 'action' | 'destination' | 'captures' | 'routes'>;

function decisionOf(reason: Reason, way: Way, by: CompiledPolicy | null, emergency: boolean): Decision {
  const { identity, limits } = by === null ? nobody : by.told;
  return {
    allowed: reason === 'POLICY_ALLOW' || reason === 'TEMPLATE',
    reason,
    policy: identity,
    rule: way.rule,
    action: way.action,
    destination: way.destination,
    captures: way.captures,
    routes: way.routes,
    limits,
    bypass_restrictions: by !== null && by.bypassesRestrictions,
    emergency,
  };
}

const nobody = { identity: null, limits: { max_duration: null, rate_limit: null } } as const;

/** Captures are taken of the one pattern that decides. */
const capturesOf = ({ pattern }: CompiledPolicy, dialed: string): readonly string[] =>
  pattern.groupCount === 0 ? [] : (pattern.find(dialed)?.slice(1) ?? []);

const unmanaged = (name: string, destination: string): Route => ({
  gateway: null,
  name,
  destination,
  status: 'unmanaged',
});
const managed = ({ id, name }: PlanGateway, destination: string): Route => ({
  gateway: id,
  name,
  destination,
  status: 'unknown',
});
const isUsable = (gateway: PlanGateway | 'gone'): gateway is PlanGateway => gateway !== 'gone' && gateway.enabled;

type Statuses = ReadonlyMap<string, GatewayStatus>;

const asTheyAre = (routes: readonly Route[], statuses: Statuses): Route[] =>
  routes.map((route) =>
    route.gateway === null ? route : { ...route, status: statuses.get(route.gateway) ?? 'unknown' },
  );

/**
 * A decision in the light of how its gateways are: those that are down are tried last, and an emergency call that
 * nothing takes goes over those that answer.
 */
export function tried(decision: Decision, statuses: Statuses): Decision {
  const { lastResort, ...decided } = decision;
  if (lastResort !== undefined) return helped(decided, asTheyAre(lastResort, statuses));
  if (decided.routes.every(({ gateway }) => gateway === null)) return decision;
  const ordered = asTheyAre(decided.routes, statuses).sort(
    (one, other) => Number(one.status === 'down') - Number(other.status === 'down'),
  );
  // Of a template's rule the destination stands as it was made; a policy's is that of its first route.
  return {
    ...decided,
    routes: ordered,
    destination: decided.rule === null ? (ordered[0]?.destination ?? decided.destination) : decided.destination,
  };
}

/** A denied emergency call, over the gateways that answer, if any does; healthy ones first. */
function helped(denial: Decision, gateways: readonly Route[]): Decision {
  const routes = (['healthy', 'degraded'] as const).flatMap((status) =>
    gateways.filter((route) => route.status === status),
  );
  const [first] = routes;
  return first === undefined
    ? denial
    : {
        ...denial,
        ...decisionOf(
          'TEMPLATE',
          { rule: null, action: 'bridge', destination: first.destination, captures: [], routes },
          null,
          true,
        ),
      };
}

/** The managed gateways that decisions name. */
export const gatewaysIn = (decisions: readonly Decision[]): string[] => [
  ...new Set(
    decisions.flatMap(({ routes, lastResort = [] }) =>
      [...routes, ...lastResort].flatMap(({ gateway }) => gateway ?? []),
    ),
  ),
];

import { callFacts, type Failure, failureOf } from './conditions.ts';
import type { GatewayStatus } from '#telephony/gateway-health.ts';
import type { Attestation, Verstat } from '#telephony/caller-identity.ts';
import { gatewayDestination, gatewayIn } from './destination.ts';
import { gatewayNumber, type PlanGateway, referenceTo } from './gateways.ts';
import type { CompiledPlan, CompiledPolicy } from './plan.ts';
import type { FinalAction, TemplateRoute } from './template.ts';

/** How a call is decided (functions/dialplan/README.md, "Evaluation"). */

export type Reason = 'POLICY_ALLOW' | 'POLICY_DENY' | 'TEMPLATE' | 'NO_ROUTE' | Failure;

/** One call to decide. */
export type Call = {
  /** The dialed string. */
  readonly called: string;
  /** The caller's number; absent or `anonymous`: withheld. */
  readonly caller?: string | undefined;
  /** Names or ids of the caller's groups. */
  readonly groups?: readonly string[] | undefined;
  /** Verification of the caller; absent: `No-TN-Validation`. */
  readonly verstat?: Verstat | undefined;
  /** Attestation of the caller; absent: none. */
  readonly attestation?: Attestation | undefined;
  /** Whether the decision has a trace. */
  readonly explain?: boolean | undefined;
};

/**
 * A gateway to try. `unmanaged`: the platform does not know the name, the switch may. The status of a managed gateway
 * is `unknown` until {@link applyGatewayStatuses}.
 */
export type Route = {
  readonly gateway: string | null;
  readonly name: string;
  readonly destination: string;
  readonly status: GatewayStatus | 'unmanaged';
};

/** The outcome of a policy that matched; `matched`: an earlier policy had decided. */
export type TraceEntry = {
  readonly policy_id: string;
  readonly name: string;
  readonly priority: number;
  readonly outcome: 'matched' | 'applied' | Failure;
};

/** The decision about one call. */
export type Decision = {
  readonly allowed: boolean;
  readonly reason: Reason;
  /** The policy that decided. */
  readonly policy: {
    readonly id: string;
    readonly name: string;
    readonly priority: number;
    readonly version: number;
  } | null;
  /** The rule of the template that gave action and destination. */
  readonly rule: { readonly priority: number; readonly pattern: string } | null;
  readonly action: FinalAction | null;
  readonly destination: string | null;
  /** Groups of the pattern of the rule, else of the policy; `''` for a group without a match. */
  readonly captures: readonly string[];
  /** In the order of trying; empty unless the destination is a gateway. */
  readonly routes: readonly Route[];
  /** As the policy sets them: `max_duration` in seconds, `rate_limit` in calls per minute. */
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: number | null };
  /** Whether the policy permits the call and has it recorded. */
  readonly record: boolean;
  readonly bypass_restrictions: boolean;
  readonly emergency: boolean;
  readonly trace?: readonly TraceEntry[];
};

/** What the policies say about a call, before its route. */
type Verdict = {
  readonly applied: CompiledPolicy | null;
  /** The first allow policy that matched and whose conditions failed. */
  readonly gate: { readonly closed: CompiledPolicy; readonly failure: Failure } | null;
};

/** Decides one call. @param at milliseconds since 1970 (UTC) */
export function decide(plan: CompiledPlan, call: Call, at: number): Decision {
  const matching = plan.matching(call.called);
  const facts = callFacts(call, plan, at);
  const verdict = judge(matching, facts);
  const decision = decideVerdict(plan, call.called, verdict);
  return call.explain === true ? { ...decision, trace: traceOf(matching, verdict.applied, facts) } : decision;
}

type Facts = ReturnType<typeof callFacts>;

/** Finds the policy that applies, and the first gate. */
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

/** An emergency call that no policy denies and nothing takes has all enabled gateways as a last resort. */
function decideVerdict(plan: CompiledPlan, dialed: string, verdict: Verdict): Decision {
  const emergency = plan.emergencyNumbers.has(dialed);
  const decision = routeVerdict(plan, dialed, verdict, emergency);
  if (!emergency || decision.allowed || decision.reason === 'POLICY_DENY') return decision;
  return lastResort(plan, dialed) ?? decision;
}

/**
 * An emergency call over all gateways; null if there is none. @param before routes that sent another number
 * instead, beyond a limit: gateways of the switch are among the last resorts, too, and no gateway adds its `prefix`
 */
export function lastResort(
  plan: CompiledPlan,
  dialed: string,
  before: readonly Route[] | null = null,
): Decision | null {
  const unmanaged = (before ?? []).filter(({ gateway }) => gateway === null);
  const routes = [
    ...unmanaged.map(({ name }) => unmanagedRoute(name, gatewayDestination(name, dialed))),
    ...allGatewayRoutes(plan, dialed, before === null ? unstrippedNumber : () => dialed),
  ];
  const [first] = routes;
  if (first === undefined) return null;
  const target: Target = { rule: null, action: 'bridge', destination: first.destination, captures: [], routes };
  return decisionOf('TEMPLATE', target, null, true);
}

/** Decides an emergency call that its own decision has left without a way: it goes over all gateways. */
export const decideLastResort = (plan: CompiledPlan, { called }: Pick<Call, 'called'>): Decision =>
  (plan.emergencyNumbers.has(called) ? lastResort(plan, called) : null) ??
  denial('NO_ROUTE', called, null, plan.emergencyNumbers.has(called));

/** Whether an emergency call goes over all gateways: it is allowed, but neither a policy nor a rule decided it. */
const isLastResort = ({ allowed, policy, rule }: Decision): boolean => allowed && policy === null && rule === null;

/** Oldest gateway first: a plan has its gateways in no order. */
const allGatewayRoutes = (
  { source: { gateways } }: CompiledPlan,
  dialed: string,
  numberOver: (gateway: PlanGateway, dialed: string) => string,
): Route[] =>
  gateways
    .filter(isUsable)
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((gateway) => managedRoute(gateway, gatewayDestination(gateway.name, numberOver(gateway, dialed))));

/** An emergency number is dialed without the access digit that `strip` removes. */
const unstrippedNumber = (gateway: PlanGateway, dialed: string): string =>
  gatewayNumber({ ...gateway, strip: 0 }, dialed);

function routeVerdict(plan: CompiledPlan, dialed: string, { applied, gate }: Verdict, emergency: boolean): Decision {
  if (applied !== null)
    return applied.policy.actions.allow
      ? routeAllowed(plan, dialed, applied, emergency)
      : denial('POLICY_DENY', dialed, applied, emergency);
  const route = templateRoute(plan, dialed);
  // A gate does not keep an emergency call from a template that takes it.
  if (gate !== null && !(emergency && route !== null)) return denial(gate.failure, dialed, gate.closed, emergency);
  return route === null ? denial('NO_ROUTE', dialed, null, emergency) : decisionOf('TEMPLATE', route, null, emergency);
}

/** Routes over the gateways of the policy, else as the template says. Deleted and disabled gateways are no routes. */
function routeAllowed(plan: CompiledPlan, dialed: string, applied: CompiledPolicy, emergency: boolean): Decision {
  if (applied.summary.gateways.length > 0) {
    const routes = policyRoutes(plan, applied, dialed);
    const [first] = routes;
    if (first === undefined) return denial('NO_ROUTE', dialed, applied, emergency);
    const target: Target = {
      rule: null,
      action: 'bridge',
      destination: first.destination,
      captures: capturesOf(applied, dialed),
      routes,
    };
    return decisionOf('POLICY_ALLOW', target, applied, emergency);
  }
  const route = templateRoute(plan, dialed);
  return route === null
    ? denial('NO_ROUTE', dialed, applied, emergency)
    : decisionOf('POLICY_ALLOW', route, applied, emergency);
}

function policyRoutes({ gateways }: CompiledPlan, { summary, policy }: CompiledPolicy, dialed: string): Route[] {
  const routes: Route[] = [];
  for (const reference of summary.gateways) {
    const gateway = gateways.find(reference, policy.gateway_ids);
    if (gateway === undefined) routes.push(unmanagedRoute(reference.text, gatewayDestination(reference.text, dialed)));
    else if (isUsable(gateway))
      routes.push(managedRoute(gateway, gatewayDestination(gateway.name, gatewayNumber(gateway, dialed))));
  }
  return routes;
}

/** Whether a rule reaches no one who helps: it hangs up, or calls the same number inside, which is no extension. */
const isWithoutHelp = (
  { action, destination }: Pick<TemplateRoute, 'action' | 'destination'>,
  dialed: string,
): boolean =>
  action === 'hangup' ||
  (action === 'transfer' && destination === dialed) ||
  (action === 'bridge' && destination.split('@', 1)[0] === `user/${dialed}`);

/**
 * How the template dials a number; null without a matching rule, for a deleted or disabled gateway, and for an
 * emergency call that would reach no one.
 */
function templateRoute(plan: CompiledPlan, dialed: string): Target | null {
  const route = plan.template?.route(dialed) ?? null;
  if (route === null || (plan.emergencyNumbers.has(dialed) && isWithoutHelp(route, dialed))) return null;
  const { rule, action, destination } = route;
  const target = { rule, action, destination, captures: route.captures.slice(1) };
  const name = action === 'bridge' ? gatewayIn(destination) : null;
  if (name === null) return { ...target, routes: [] };
  const gateway = plan.gateways.find(referenceTo(name), plan.source.template?.gateway_ids);
  if (gateway === undefined) return { ...target, routes: [unmanagedRoute(name, destination)] };
  return isUsable(gateway) ? { ...target, routes: [managedRoute(gateway, destination)] } : null;
}

const denial = (reason: Reason, dialed: string, by: CompiledPolicy | null, emergency: boolean): Decision =>
  decisionOf(
    reason,
    { rule: null, action: null, destination: null, captures: by === null ? [] : capturesOf(by, dialed), routes: [] },
    by,
    emergency,
  );

/** Where a call goes. */
type Target = Pick<Decision, 'rule' | 'action' | 'destination' | 'captures' | 'routes'>;

function decisionOf(reason: Reason, target: Target, by: CompiledPolicy | null, emergency: boolean): Decision {
  const { identity, limits } = by === null ? noPolicy : by.summary;
  return {
    allowed: reason === 'POLICY_ALLOW' || reason === 'TEMPLATE',
    reason,
    policy: identity,
    rule: target.rule,
    action: target.action,
    destination: target.destination,
    captures: target.captures,
    routes: target.routes,
    limits,
    record: by?.policy.actions.allow === true && by.policy.actions.record === true,
    bypass_restrictions: by !== null && by.bypassesRestrictions,
    emergency,
  };
}

const noPolicy = { identity: null, limits: { max_duration: null, rate_limit: null } } as const;

/** The captures of the policy that decides; those of other policies are never taken. */
const capturesOf = ({ pattern }: CompiledPolicy, dialed: string): readonly string[] =>
  pattern.groupCount === 0 ? [] : (pattern.find(dialed)?.slice(1) ?? []);

const unmanagedRoute = (name: string, destination: string): Route => ({
  gateway: null,
  name,
  destination,
  status: 'unmanaged',
});
const managedRoute = ({ id, name }: PlanGateway, destination: string): Route => ({
  gateway: id,
  name,
  destination,
  status: 'unknown',
});
const isUsable = (gateway: PlanGateway | 'gone'): gateway is PlanGateway => gateway !== 'gone' && gateway.enabled;

type Statuses = ReadonlyMap<string, GatewayStatus>;

const withStatuses = (routes: readonly Route[], statuses: Statuses): Route[] =>
  routes.map((route) =>
    route.gateway === null ? route : { ...route, status: statuses.get(route.gateway) ?? 'unknown' },
  );

/** Gateways that are down are tried last. */
const ordinaryOrder = { healthy: 0, degraded: 0, unknown: 0, unmanaged: 0, down: 1 } as const;
/** The order in which the last resort of an emergency call is tried. */
const lastResortOrder = { healthy: 0, degraded: 1, unknown: 2, unmanaged: 2, down: 3 } as const;

/** Orders the routes of a decision by the health of the gateways. */
export function applyGatewayStatuses(decision: Decision, statuses: Statuses): Decision {
  if (decision.routes.every(({ gateway }) => gateway === null)) return decision;
  const order = isLastResort(decision) ? lastResortOrder : ordinaryOrder;
  const ordered = withStatuses(decision.routes, statuses).sort((one, other) => order[one.status] - order[other.status]);
  // A rule of the template has its own destination, a policy that of its first route.
  return {
    ...decision,
    routes: ordered,
    destination: decision.rule === null ? (ordered[0]?.destination ?? decision.destination) : decision.destination,
  };
}

/** Ids of the managed gateways in the routes of decisions. */
export const gatewayIdsIn = (decisions: readonly Decision[]): string[] => [
  ...new Set(decisions.flatMap(({ routes }) => routes.flatMap(({ gateway }) => gateway ?? []))),
];

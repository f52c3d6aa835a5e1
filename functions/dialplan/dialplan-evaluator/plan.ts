import { gatewaysOf, type Policy } from '../dialplan-policies/policy.ts';
import { type CompiledConditions, compileConditions } from './conditions.ts';
import { emergencyNumbers } from './emergency-numbers.ts';
import { gatewayDirectory, type GatewayDirectory, type PlanGateway, type Reference, referenceTo } from './gateways.ts';
import { type Group, type GroupDirectory, groupDirectory } from './groups.ts';
import { compileMatcher, type Matcher } from './matcher/matcher.ts';
import { compilePattern, isPatternProblem, type Pattern } from './pattern.ts';
import { savedPattern } from './saved-pattern.ts';
import { type CompiledTemplate, compileSavedTemplate, type PlanTemplate } from './template.ts';

/**
 * An organization's plan: all that its decisions depend on, as stored and as compiled (dialplan.md, "The compiled
 * plan").
 */

/** What of a policy takes part in decisions. */
export type PlanPolicy = Pick<
  Policy,
  'id' | 'name' | 'status' | 'priority' | 'version' | 'conditions' | 'actions' | 'group_ids' | 'gateway_ids'
>;

/** The part of a stored policy that its plan keeps. */
export const planPolicy = ({
  id,
  name,
  status,
  priority,
  version,
  conditions,
  actions,
  group_ids,
  gateway_ids,
}: Policy): PlanPolicy => ({
  id,
  name,
  status,
  priority,
  version,
  conditions,
  actions,
  group_ids,
  ...(gateway_ids === undefined ? {} : { gateway_ids }),
});

/**
 * What decisions take from the organization itself, whose item is read with every request: its IANA zone and ISO 3166-1
 * alpha-2 country.
 */
export type Home = { readonly timezone: string; readonly country: string };

/** A plan as it is stored: plain JSON, never changed in place. */
export type Plan = {
  /** 0 before the first change. */
  readonly version: number;
  /** The active ones, in no order. */
  readonly policies: readonly PlanPolicy[];
  readonly template: PlanTemplate | null;
  readonly groups: readonly Group[];
  readonly gateways: readonly PlanGateway[];
};

/** What a save does to the plan. */
export type PlanEdit =
  | { readonly kind: 'policy-put'; readonly policy: PlanPolicy }
  | { readonly kind: 'policy-deleted'; readonly id: string }
  | { readonly kind: 'template-put'; readonly template: PlanTemplate }
  | { readonly kind: 'group-put'; readonly group: Group }
  | { readonly kind: 'group-deleted'; readonly id: string }
  | { readonly kind: 'gateways-put'; readonly gateways: readonly PlanGateway[] }
  | { readonly kind: 'gateway-deleted'; readonly id: string };

/** An edit in its place: it makes the version that it names. */
export type PlanChange = { readonly version: number } & PlanEdit;

/**
 * The plan after changes that are given by rising version. Those that it already holds are passed over;
 * null when one is missing in between (then the newest snapshot has to be read again).
 */
export function applyChanges(plan: Plan, changes: readonly PlanChange[]): Plan | null {
  const parts = partsOf(plan);
  let { version } = plan;
  for (const change of changes) {
    if (change.version <= version) continue;
    if (change.version !== version + 1) return null;
    version = change.version;
    edited(parts, change);
  }
  if (version === plan.version) return plan;
  return {
    version,
    template: parts.template,
    policies: [...parts.policies.values()],
    groups: [...parts.groups.values()],
    gateways: [...parts.gateways.values()],
  };
}

const byId = <Thing extends { readonly id: string }>(things: readonly Thing[]): Map<string, Thing> =>
  new Map(things.map((thing) => [thing.id, thing]));
const partsOf = ({ template, policies, groups, gateways }: Plan) => ({
  template,
  policies: byId(policies),
  groups: byId(groups),
  gateways: byId(gateways),
});

function edited(parts: ReturnType<typeof partsOf>, edit: PlanEdit): void {
  switch (edit.kind) {
    case 'policy-put':
      if (edit.policy.status === 'active') parts.policies.set(edit.policy.id, edit.policy);
      else parts.policies.delete(edit.policy.id);
      break;
    case 'policy-deleted':
      parts.policies.delete(edit.id);
      break;
    case 'template-put':
      parts.template = edit.template;
      break;
    case 'group-put':
      parts.groups.set(edit.group.id, edit.group);
      break;
    case 'group-deleted':
      parts.groups.delete(edit.id);
      break;
    case 'gateways-put':
      for (const gateway of edit.gateways) parts.gateways.set(gateway.id, gateway);
      break;
    case 'gateway-deleted':
      parts.gateways.delete(edit.id);
  }
}

/**
 * A policy that is ready to decide calls, with what its decisions say of it. Of most nothing is ever asked, so that is
 * made when it is.
 */
export class CompiledPolicy {
  readonly policy: PlanPolicy;
  /** Those that bypass restrictions go first, then by priority; of equal ones by id. */
  readonly precedence: number;
  readonly pattern: Pattern;
  readonly bypassesRestrictions: boolean;
  #conditions: CompiledConditions | undefined;
  #told: Told | undefined;

  constructor(policy: PlanPolicy) {
    this.policy = policy;
    this.bypassesRestrictions = policy.actions.bypass_restrictions ?? false;
    this.precedence = policy.priority + (this.bypassesRestrictions ? 0 : behindAllThatBypass);
    this.pattern = savedPattern(policy.conditions.pattern);
  }

  get conditions(): CompiledConditions {
    this.#conditions ??= compileConditions(this.policy.conditions, this.policy.group_ids);
    return this.#conditions;
  }

  get told(): Told {
    this.#told ??= toldOf(this.policy);
    return this.#told;
  }
}

/** What decisions say of the policy that made them. */
type Told = {
  readonly identity: Pick<PlanPolicy, 'id' | 'name' | 'priority' | 'version'>;
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: number | null };
  /** In the order of trying. */
  readonly gateways: readonly Reference[];
};

const toldOf = ({ id, name, priority, version, actions }: PlanPolicy): Told => ({
  identity: { id, name, priority, version },
  limits: { max_duration: actions.max_duration ?? null, rate_limit: actions.rate_limit ?? null },
  gateways: gatewaysOf(actions).map(referenceTo),
});

/** Above every priority (dialplan.md: up to 1,000,000). */
const behindAllThatBypass = 1_000_001;

/** A plan that is ready to decide calls. */
export type CompiledPlan = {
  /** As it is stored. */
  readonly source: Plan;
  readonly version: number;
  /** Bytes that it may come to hold in memory, about. */
  readonly size: number;
  readonly timezone: string;
  readonly emergencyNumbers: ReadonlySet<string>;
  readonly template: CompiledTemplate | null;
  readonly groups: GroupDirectory;
  readonly gateways: GatewayDirectory;
  /** The policies in the order of decision. */
  readonly matcher: Matcher<CompiledPolicy>;
  /** What a policy became. */
  compiled(policy: PlanPolicy): CompiledPolicy | undefined;
  /** The policies whose pattern is found in a dialed string, in the order of decision. */
  matching(dialed: string): readonly CompiledPolicy[];
};

/** A policy as stored and as compiled, with its pattern in the automata's numbers. */
const bytesPerPolicy = 2_000;

/** Compiles a plan. With one that was compiled before, only what it does not share with that is compiled. */
export function compilePlan(plan: Plan, home: Home, previous?: CompiledPlan): CompiledPlan {
  const policies = compiledPolicies(plan, previous).sort(byPrecedence);
  const template = plan.template === previous?.source.template ? previous.template : compiledTemplate(plan);
  const matcher = compileMatcher(policies, previous?.matcher);
  return {
    source: plan,
    version: plan.version,
    size: matcher.size + bytesPerPolicy * policies.length + (template?.size ?? 0),
    timezone: home.timezone,
    emergencyNumbers: emergencyNumbers(home.country),
    template,
    groups: groupDirectory(plan.groups),
    gateways: gatewayDirectory(plan.gateways),
    matcher,
    compiled: foundAmong(policies),
    matching: (dialed) => matcher.matching(dialed),
  };
}

/** Plans share the objects that did not change. */
function compiledPolicies({ policies }: Plan, previous: CompiledPlan | undefined): CompiledPolicy[] {
  return policies.map((policy) => previous?.compiled(policy) ?? new CompiledPolicy(policy));
}

/** Nothing is prepared before the first question: a plan that is loaded and never changed is not asked. */
function foundAmong(policies: readonly CompiledPolicy[]): CompiledPlan['compiled'] {
  let known: ReadonlyMap<PlanPolicy, CompiledPolicy> | undefined;
  return (policy) => {
    known ??= new Map(policies.map((compiled) => [compiled.policy, compiled]));
    return known.get(policy);
  };
}

const compiledTemplate = ({ template }: Plan): CompiledTemplate | null =>
  template === null ? null : compileSavedTemplate(template);

const byPrecedence = (one: CompiledPolicy, other: CompiledPolicy): number =>
  one.precedence - other.precedence || (one.policy.id < other.policy.id ? -1 : 1);

/** The emergency numbers of a country that a policy would deny: saving it answers with a warning that names them. */
export function deniedEmergencyNumbers(
  policy: Pick<Policy, 'status' | 'conditions' | 'actions'>,
  country: string,
): readonly string[] {
  const pattern = compilePattern(policy.conditions.pattern);
  if (policy.actions.allow || policy.status !== 'active' || isPatternProblem(pattern)) return [];
  return [...emergencyNumbers(country)].filter((number) => pattern.isFoundIn(number));
}

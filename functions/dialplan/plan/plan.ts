import type { Policy } from '../schema/policy.ts';
import { gatewaysOf } from '../schema/policy.ts';
import { type CompiledConditions, compileConditions } from './conditions.ts';
import { emergencyNumbers } from '#telephony/emergency-numbers.ts';
import { gatewayDirectory, type GatewayDirectory, type PlanGateway, type Reference, referenceTo } from './gateways.ts';
import { type Group, type GroupDirectory, groupDirectory } from './groups.ts';
import { compileMatcher, type Matcher } from './matcher/matcher.ts';
import { compilePattern, isPatternProblem, type Pattern } from './pattern.ts';
import { lazyPattern } from './lazy-pattern.ts';
import { type CompiledTemplate, compileSavedTemplate, type PlanTemplate } from './template.ts';

/** The plan of an organization: all that its decisions depend on, as stored and as compiled. */

/** The part of a policy that takes part in decisions. */
export type PlanPolicy = Pick<
  Policy,
  'id' | 'name' | 'status' | 'priority' | 'version' | 'conditions' | 'actions' | 'group_ids' | 'gateway_ids'
>;

/** The part of a stored policy that its plan contains. */
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

/** What decisions take from the organization, whose item every request reads. */
export type Locale = {
  /** IANA time zone. */
  readonly timezone: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
};

/** A plan as stored: plain JSON, never changed in place. */
export type Plan = {
  /** 0 before the first change. */
  readonly version: number;
  /** The active policies, in no order. */
  readonly policies: readonly PlanPolicy[];
  readonly template: PlanTemplate | null;
  readonly groups: readonly Group[];
  readonly gateways: readonly PlanGateway[];
};

/** The change that a save makes to the plan. */
export type PlanEdit =
  | { readonly kind: 'policy-put'; readonly policy: PlanPolicy }
  | { readonly kind: 'policy-deleted'; readonly id: string }
  | { readonly kind: 'template-put'; readonly template: PlanTemplate }
  | { readonly kind: 'group-put'; readonly group: Group }
  | { readonly kind: 'group-deleted'; readonly id: string }
  | { readonly kind: 'gateways-put'; readonly gateways: readonly PlanGateway[] }
  | { readonly kind: 'gateway-deleted'; readonly id: string };

/** An edit with the version that it makes. */
export type PlanChange = { readonly version: number } & PlanEdit;

/** A policy that is ready to decide calls. Most policies never decide one, so the parts are compiled on first use. */
export class CompiledPolicy {
  readonly policy: PlanPolicy;
  /** Order of decision: policies that bypass restrictions first, then by priority. */
  readonly precedence: number;
  readonly pattern: Pattern;
  readonly bypassesRestrictions: boolean;
  #conditions: CompiledConditions | undefined;
  #summary: PolicySummary | undefined;

  constructor(policy: PlanPolicy) {
    this.policy = policy;
    this.bypassesRestrictions = policy.actions.bypass_restrictions ?? false;
    this.precedence = policy.priority + (this.bypassesRestrictions ? 0 : precedenceWithoutBypass);
    this.pattern = lazyPattern(policy.conditions.pattern);
  }

  get conditions(): CompiledConditions {
    this.#conditions ??= compileConditions(this.policy.conditions, this.policy.group_ids);
    return this.#conditions;
  }

  get summary(): PolicySummary {
    this.#summary ??= summaryOf(this.policy);
    return this.#summary;
  }
}

/** What a decision says about its policy. */
type PolicySummary = {
  readonly identity: Pick<PlanPolicy, 'id' | 'name' | 'priority' | 'version'>;
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: number | null };
  /** In the order of trying. */
  readonly gateways: readonly Reference[];
};

const summaryOf = ({ id, name, priority, version, actions }: PlanPolicy): PolicySummary => ({
  identity: { id, name, priority, version },
  limits: { max_duration: actions.max_duration ?? null, rate_limit: actions.rate_limit ?? null },
  gateways: gatewaysOf(actions).map(referenceTo),
});

/** More than every priority, which ends at 1,000,000. */
const precedenceWithoutBypass = 1_000_001;

/** A plan that is ready to decide calls. */
export type CompiledPlan = {
  /** The stored plan. */
  readonly source: Plan;
  readonly version: number;
  /** Estimated bytes that it may take in memory. */
  readonly size: number;
  readonly timezone: string;
  readonly emergencyNumbers: ReadonlySet<string>;
  readonly template: CompiledTemplate | null;
  readonly groups: GroupDirectory;
  readonly gateways: GatewayDirectory;
  /** The policies in the order of decision. */
  readonly matcher: Matcher<CompiledPolicy>;
  /** The compiled form of a policy of the plan. */
  compiled(policy: PlanPolicy): CompiledPolicy | undefined;
  /** The policies whose pattern is found in a dialed string, in the order of decision. */
  matching(dialed: string): readonly CompiledPolicy[];
};

/** A policy as stored and as compiled, and its numbers in the automata. */
const bytesPerPolicy = 2_000;

/** Compiles a plan. @param previous an earlier compiled plan, whose unchanged parts are used again */
export function compilePlan(plan: Plan, locale: Locale, previous?: CompiledPlan): CompiledPlan {
  const policies = compilePolicies(plan, previous).sort(byPrecedence);
  const template = plan.template === previous?.source.template ? previous.template : compileTemplateOf(plan);
  const matcher = compileMatcher(policies, previous?.matcher);
  return {
    source: plan,
    version: plan.version,
    size: matcher.size + bytesPerPolicy * policies.length + (template?.size ?? 0),
    timezone: locale.timezone,
    emergencyNumbers: emergencyNumbers(locale.country),
    template,
    groups: groupDirectory(plan.groups),
    gateways: gatewayDirectory(plan.gateways),
    matcher,
    compiled: compiledPolicyIndex(policies),
    matching: (dialed) => matcher.matching(dialed),
  };
}

/** A changed plan shares the objects of its unchanged policies. */
function compilePolicies({ policies }: Plan, previous: CompiledPlan | undefined): CompiledPolicy[] {
  return policies.map((policy) => previous?.compiled(policy) ?? new CompiledPolicy(policy));
}

/** Builds the index on first use: only the compilation of a changed plan needs it. */
function compiledPolicyIndex(policies: readonly CompiledPolicy[]): CompiledPlan['compiled'] {
  let known: ReadonlyMap<PlanPolicy, CompiledPolicy> | undefined;
  return (policy) => {
    known ??= new Map(policies.map((compiled) => [compiled.policy, compiled]));
    return known.get(policy);
  };
}

const compileTemplateOf = ({ template }: Plan): CompiledTemplate | null =>
  template === null ? null : compileSavedTemplate(template);

const byPrecedence = (one: CompiledPolicy, other: CompiledPolicy): number =>
  one.precedence - other.precedence || (one.policy.id < other.policy.id ? -1 : 1);

/** The emergency numbers of a country that an active policy denies. */
export function deniedEmergencyNumbers(
  policy: Pick<Policy, 'status' | 'conditions' | 'actions'>,
  country: string,
): readonly string[] {
  const pattern = compilePattern(policy.conditions.pattern);
  if (policy.actions.allow || policy.status !== 'active' || isPatternProblem(pattern)) return [];
  return [...emergencyNumbers(country)].filter((number) => pattern.isFoundIn(number));
}

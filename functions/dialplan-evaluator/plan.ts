import { gatewaysOf, type Policy } from '../dialplan-policies/policy.ts';
import { type CompiledConditions, compileConditions } from './conditions.ts';
import { emergencyNumbers } from './emergency-numbers.ts';
import { type Group, type GroupDirectory, groupDirectory } from './groups.ts';
import { compileMatcher, type Matcher } from './matcher/matcher.ts';
import { compilePattern, isPatternProblem, type Pattern } from './pattern.ts';
import { savedPattern } from './saved-pattern.ts';
import { type CompiledTemplate, compileSavedTemplate, type PlanTemplate } from './template.ts';

/** An organization's plan: all that its decisions depend on, as stored and as compiled (dialplan.md, "The compiled plan"). */

/** What of a policy takes part in decisions. */
export type PlanPolicy = Pick<Policy, 'id' | 'name' | 'status' | 'priority' | 'version' | 'conditions' | 'actions' | 'group_ids'>;

/** The part of a stored policy that its plan keeps. */
export const planPolicy = ({ id, name, status, priority, version, conditions, actions, group_ids }: Policy): PlanPolicy => ({
  id,
  name,
  status,
  priority,
  version,
  conditions,
  actions,
  group_ids,
});

/** What decisions take from the organization itself, whose item is read with every request: its IANA zone and ISO 3166-1 alpha-2 country. */
export type Home = { readonly timezone: string; readonly country: string };

/** A plan as it is stored: plain JSON, never changed in place. */
export type Plan = {
  /** 0 before the first change. */
  readonly version: number;
  /** The active ones, in no order. */
  readonly policies: readonly PlanPolicy[];
  readonly template: PlanTemplate | null;
  readonly groups: readonly Group[];
};

/** What a save does to the plan. */
export type PlanEdit =
  | { readonly kind: 'policy-put'; readonly policy: PlanPolicy }
  | { readonly kind: 'policy-deleted'; readonly id: string }
  | { readonly kind: 'template-put'; readonly template: PlanTemplate }
  | { readonly kind: 'group-put'; readonly group: Group }
  | { readonly kind: 'group-deleted'; readonly id: string };

/** An edit in its place: it makes the version that it names. */
export type PlanChange = { readonly version: number } & PlanEdit;

/** The plan of an organization that has saved nothing yet. */
export const emptyPlan: Plan = { version: 0, policies: [], template: null, groups: [] };

/**
 * The plan after changes that are given by rising version. Those that it already holds are passed over;
 * null when one is missing in between (then the newest snapshot has to be read again).
 */
export function applyChanges(plan: Plan, changes: readonly PlanChange[]): Plan | null {
  const policies = new Map(plan.policies.map((policy) => [policy.id, policy]));
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  let { version, template } = plan;
  for (const change of changes) {
    if (change.version <= version) continue;
    if (change.version !== version + 1) return null;
    version = change.version;
    switch (change.kind) {
      case 'policy-put':
        if (change.policy.status === 'active') policies.set(change.policy.id, change.policy);
        else policies.delete(change.policy.id);
        break;
      case 'policy-deleted':
        policies.delete(change.id);
        break;
      case 'template-put':
        template = change.template;
        break;
      case 'group-put':
        groups.set(change.group.id, change.group);
        break;
      case 'group-deleted':
        groups.delete(change.id);
        break;
    }
  }
  if (version === plan.version) return plan;
  return { version, template, policies: [...policies.values()], groups: [...groups.values()] };
}

/** A policy that is ready to decide calls, with what its decisions say of it. */
export type CompiledPolicy = {
  readonly policy: PlanPolicy;
  /** Those that bypass restrictions go first, then by priority; of equal ones by id. */
  readonly precedence: number;
  readonly pattern: Pattern;
  readonly conditions: CompiledConditions;
  /** In the order of trying. */
  readonly gateways: readonly string[];
  readonly identity: Pick<PlanPolicy, 'id' | 'name' | 'priority' | 'version'>;
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: number | null };
  readonly bypassesRestrictions: boolean;
};

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
  /** The policies in the order of decision. */
  readonly matcher: Matcher<CompiledPolicy>;
  /** The policies whose pattern is found in a dialed string, in the order of decision. */
  matching(dialed: string): readonly CompiledPolicy[];
};

/** A policy as stored and as compiled, with its pattern in the automata's numbers. */
const bytesPerPolicy = 2_000;

/** Compiles a plan. With one that was compiled before, only what it does not share with that is compiled. */
export function compilePlan(plan: Plan, home: Home, previous?: CompiledPlan): CompiledPlan {
  const policies = plan.policies.map(compiledPolicy).sort(byPrecedence);
  const template = plan.template === null ? null : compiledTemplate(plan.template);
  const matcher = compileMatcher(policies, previous?.matcher);
  return {
    source: plan,
    version: plan.version,
    size: matcher.size + bytesPerPolicy * policies.length + (template?.size ?? 0),
    timezone: home.timezone,
    emergencyNumbers: emergencyNumbers(home.country),
    template,
    groups: groupDirectory(plan.groups),
    matcher,
    matching: (dialed) => matcher.matching(dialed),
  };
}

const byPrecedence = (one: CompiledPolicy, other: CompiledPolicy): number =>
  one.precedence - other.precedence || (one.policy.id < other.policy.id ? -1 : 1);

/** Above every priority (dialplan.md: up to 1,000,000). */
const behindAllThatBypass = 1_000_001;

const compiledPolicy = remembered((policy: PlanPolicy): CompiledPolicy => {
  const { id, name, priority, version, conditions, actions } = policy;
  const bypassesRestrictions = actions.bypass_restrictions ?? false;
  return {
    policy,
    precedence: priority + (bypassesRestrictions ? 0 : behindAllThatBypass),
    pattern: savedPattern(conditions.pattern),
    conditions: compileConditions(conditions, policy.group_ids),
    gateways: gatewaysOf(actions),
    identity: { id, name, priority, version },
    limits: { max_duration: actions.max_duration ?? null, rate_limit: actions.rate_limit ?? null },
    bypassesRestrictions,
  };
});

const compiledTemplate = remembered(compileSavedTemplate);

/** Remembers what became of an object for as long as the object lives; plans share the objects that did not change. */
function remembered<Source extends object, Result>(compile: (source: Source) => Result): (source: Source) => Result {
  const results = new WeakMap<Source, Result>();
  return (source) => {
    const known = results.get(source);
    if (known !== undefined) return known;
    const result = compile(source);
    results.set(source, result);
    return result;
  };
}

/** The emergency numbers of a country that a policy would deny: saving it answers with a warning that names them. */
export function deniedEmergencyNumbers(policy: Pick<Policy, 'status' | 'conditions' | 'actions'>, country: string): readonly string[] {
  const pattern = compilePattern(policy.conditions.pattern);
  if (policy.actions.allow || policy.status !== 'active' || isPatternProblem(pattern)) return [];
  return [...emergencyNumbers(country)].filter((number) => pattern.isFoundIn(number));
}

import type { DialplanTemplate } from '../dialplan-template/dialplan-template.ts';
import { isGatewayId } from '../dialplan-evaluator/gateways.ts';
import { gatewaysOf, type Policy } from '../dialplan-policies/policy.ts';

/** What names what in a dial plan (seed 004, "Get Dial Plan Dependencies"; dialplan.md, "Dependencies"). */

export const entityTypes = ['template', 'policy', 'group'] as const;
export const relatedTypes = [...entityTypes, 'gateway'] as const;
export const relationships = ['included_in', 'includes', 'references', 'referenced_by', 'routes_to'] as const;
export const directions = ['upstream', 'downstream', 'both'] as const;

/** What is asked about. */
export type Subject = { readonly id: string; readonly type: (typeof entityTypes)[number]; readonly name: string };

/** The other end of a relation. `id` is null for a name behind which the platform knows nothing. */
export type Related = {
  readonly id: string | null;
  readonly type: (typeof relatedTypes)[number];
  readonly name: string;
  readonly relationship: (typeof relationships)[number];
};

/** Both sides of an entity: what names it, and what it names. */
export type PlanDependencies = {
  readonly subject: Subject;
  readonly upstream: readonly Related[];
  readonly downstream: readonly Related[];
};

type Named = { readonly id: string; readonly name: string };
type NamedPolicy = Pick<Policy, 'id' | 'name' | 'conditions' | 'actions' | 'group_ids' | 'gateway_ids'>;

type Present = {
  /** Those behind the ids that the policy names or remembers, or its names, as far as they are still there. */
  readonly groups: readonly Named[];
  readonly gateways: readonly Named[];
};

export const dependenciesOfPolicy = (
  policy: NamedPolicy,
  template: DialplanTemplate | undefined,
  { groups, gateways }: Present,
): PlanDependencies => ({
  subject: { id: policy.id, type: 'policy', name: policy.name },
  upstream:
    template?.policies.includes(policy.id) === true
      ? [{ id: template.id, type: 'template', name: template.name, relationship: 'included_in' }]
      : [],
  downstream: [...groupsNamedBy(policy, groups), ...gatewaysNamedBy(policy, gateways)],
});

/** @param policies those that the template lists */
export const dependenciesOfTemplate = (
  { id, name }: DialplanTemplate,
  policies: readonly Named[],
): PlanDependencies => ({
  subject: { id, type: 'template', name },
  upstream: [],
  downstream: policies.map((policy) => ({
    id: policy.id,
    type: 'policy',
    name: policy.name,
    relationship: 'includes',
  })),
});

/** @param policies all of the organization's */
export const dependenciesOfGroup = ({ id, name }: Named, policies: readonly NamedPolicy[]): PlanDependencies => ({
  subject: { id, type: 'group', name },
  upstream: policies
    .filter((policy) => Object.values(policy.group_ids).includes(id))
    .map((policy) => ({ id: policy.id, type: 'policy', name: policy.name, relationship: 'referenced_by' })),
  downstream: [],
});

/** A group goes by the name that it has now; a name that is no group, or no longer one, by what the policy says. */
function groupsNamedBy({ conditions, group_ids: remembered }: NamedPolicy, groups: readonly Named[]): Related[] {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const ids = new Map(Object.entries(remembered));
  return (conditions.user_groups ?? []).map((entry) => {
    const group = byId.get(ids.get(entry.toLowerCase()) ?? '');
    return { id: group?.id ?? null, type: 'group', name: group?.name ?? entry, relationship: 'references' };
  });
}

/** The ids and names by which a policy's gateways are looked for. */
export const gatewayReferences = ({ actions, gateway_ids: remembered = {} }: NamedPolicy): string[] =>
  gatewaysOf(actions).map((name) => remembered[name.toLowerCase()] ?? name);

/** A gateway that the platform does not manage, or no longer, goes by what the policy says. */
function gatewaysNamedBy(policy: NamedPolicy, gateways: readonly Named[]): Related[] {
  const names = gatewaysOf(policy.actions);
  return gatewayReferences(policy).map((reference, at) => {
    const gateway = gateways.find(
      ({ id, name }) => id === reference || (!isGatewayId(reference) && name.toLowerCase() === reference.toLowerCase()),
    );
    return {
      id: gateway?.id ?? null,
      type: 'gateway',
      name: gateway?.name ?? names[at] ?? reference,
      relationship: 'routes_to',
    };
  });
}

const nouns = { policy: 'Policy', template: 'Template', group: 'Group' } as const satisfies Record<
  Subject['type'],
  string
>;

/** As answered: what the direction leaves out is empty. Whether the entity can be deleted does not depend on it. */
export function presentDependencies(
  { subject, upstream, downstream }: PlanDependencies,
  direction: (typeof directions)[number],
) {
  const above = direction === 'downstream' ? [] : [...upstream];
  const below = direction === 'upstream' ? [] : [...downstream];
  const [blocking] = upstream;
  return {
    entity: subject,
    dependencies: { upstream: above, downstream: below },
    dependency_count: { upstream: above.length, downstream: below.length, total: above.length + below.length },
    can_delete: blocking === undefined,
    delete_blocked_reason:
      blocking === undefined ? null : `${nouns[subject.type]} is referenced by ${blocking.type} '${blocking.name}'`,
  };
}

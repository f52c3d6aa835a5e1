import type { DialplanTemplate } from '../schema/dialplan-template.ts';
import { isGatewayId } from '../plan/gateways.ts';
import type { Policy } from '../schema/policy.ts';
import { gatewaysOf } from '../schema/policy.ts';

/** The entities of a dial plan that name one another. */

export const entityTypes = ['template', 'policy', 'group'] as const;
export const relatedTypes = [...entityTypes, 'gateway'] as const;
export const relationships = ['included_in', 'includes', 'references', 'referenced_by', 'routes_to'] as const;
export const directions = ['upstream', 'downstream', 'both'] as const;

/** The entity asked about. */
export type Subject = { readonly id: string; readonly type: (typeof entityTypes)[number]; readonly name: string };

/** A related entity. `id` is null if the platform knows the name only. */
export type Related = {
  readonly id: string | null;
  readonly type: (typeof relatedTypes)[number];
  readonly name: string;
  readonly relationship: (typeof relationships)[number];
};

export type PlanDependencies = {
  readonly subject: Subject;
  /** The entities that name it. */
  readonly upstream: readonly Related[];
  /** The entities that it names. */
  readonly downstream: readonly Related[];
};

type Named = { readonly id: string; readonly name: string };
type NamedPolicy = Pick<Policy, 'id' | 'name' | 'conditions' | 'actions' | 'group_ids' | 'gateway_ids'>;

/** The groups and gateways behind the names and ids in a policy, as far as they exist. */
type KnownEntities = { readonly groups: readonly Named[]; readonly gateways: readonly Named[] };

export const dependenciesOfPolicy = (
  policy: NamedPolicy,
  template: DialplanTemplate | undefined,
  { groups, gateways }: KnownEntities,
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

/** @param policies all policies of the organization */
export const dependenciesOfGroup = ({ id, name }: Named, policies: readonly NamedPolicy[]): PlanDependencies => ({
  subject: { id, type: 'group', name },
  upstream: policies
    .filter((policy) => Object.values(policy.group_ids).includes(id))
    .map((policy) => ({ id: policy.id, type: 'policy', name: policy.name, relationship: 'referenced_by' })),
  downstream: [],
});

/** A group with its present name; an entry that no group has, or a deleted group, with the name in the policy. */
function groupsNamedBy({ conditions, group_ids: resolvedIds }: NamedPolicy, groups: readonly Named[]): Related[] {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const ids = new Map(Object.entries(resolvedIds));
  return (conditions.user_groups ?? []).map((entry) => {
    const group = byId.get(ids.get(entry.toLowerCase()) ?? '');
    return { id: group?.id ?? null, type: 'group', name: group?.name ?? entry, relationship: 'references' };
  });
}

/** The gateways of a policy, by id where the save resolved one, else by name. */
export const gatewayReferences = ({ actions, gateway_ids: resolvedIds = {} }: NamedPolicy): string[] =>
  gatewaysOf(actions).map((name) => resolvedIds[name.toLowerCase()] ?? name);

/** A gateway with its present name; an unmanaged or deleted one with the name in the policy. */
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

/** Dependencies as answered. `direction` empties one list; `can_delete` does not depend on it. */
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

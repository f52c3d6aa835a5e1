import { AppError } from '#errors.ts';
import { dialplanErrors } from '../schema/errors.ts';
import type { Plan, PlanChange, PlanEdit } from './plan.ts';

/** The changes of a stored plan, and how far they may make it grow. Nothing here compiles a pattern. */

/** The plan of an organization without a save: version 0. */
export const emptyPlan: Plan = { version: 0, policies: [], template: null, groups: [], gateways: [] };

/** Policies of an organization, whatever their status. */
export const maxPolicies = 10_000;

/** Of all active policies: ten times the load of 10,000 ordinary patterns, and within the edges of the automata. */
export const maxLoad = 1_000_000;

/** A pattern with which the load of a plan or template exceeds its limit. @param path of the pattern in the body */
export const patternTooLarge = (path: string): AppError => {
  const message = 'expression too large together with the other patterns, at position 0';
  return new AppError(dialplanErrors.INVALID_PATTERN, `${path}: ${message}`, { details: [{ path, message }] });
};

/**
 * Applies changes, by rising version. Changes that the plan already has are skipped.
 * @returns null if a change is missing, so that the snapshot must be read again
 */
export function applyChanges(plan: Plan, changes: readonly PlanChange[]): Plan | null {
  const parts = partsOf(plan);
  let { version } = plan;
  for (const change of changes) {
    if (change.version <= version) continue;
    if (change.version !== version + 1) return null;
    version = change.version;
    applyEdit(parts, change);
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

const byId = <Entity extends { readonly id: string }>(entities: readonly Entity[]): Map<string, Entity> =>
  new Map(entities.map((entity) => [entity.id, entity]));

const partsOf = ({ template, policies, groups, gateways }: Plan) => ({
  template,
  policies: byId(policies),
  groups: byId(groups),
  gateways: byId(gateways),
});

function applyEdit(parts: ReturnType<typeof partsOf>, edit: PlanEdit): void {
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

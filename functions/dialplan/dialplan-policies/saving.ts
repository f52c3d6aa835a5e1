import { AppError, invalid } from '../../../shared/errors.ts';
import { rememberedGateways } from '../dialplan-evaluator/gateways.ts';
import { groupDirectory, rememberedGroups, type Group } from '../dialplan-evaluator/groups.ts';
import { compilePattern, isPatternProblem } from '../dialplan-evaluator/pattern.ts';
import { policyLoad } from '../dialplan-evaluator/pattern-load.ts';
import { deniedEmergencyNumbers, planPolicy, type PlanEdit } from '../dialplan-evaluator/plan.ts';
import { rememberedId } from '../dialplan-evaluator/remembered-id.ts';
import { compiledForm } from '../dialplan-evaluator/saved-pattern.ts';
import { archived, changeSentences, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import type { DialplanTemplate } from '../dialplan-template/dialplan-template.ts';
import { templateReplacement, type TemplateSave } from '../dialplan-template/saving.ts';
import {
  changedPolicy,
  gatewaysOf,
  mergedFields,
  newPolicy,
  type Policy,
  type PolicyFields,
  type PolicyShown,
  type PolicyUpdate,
  type Remembered,
} from './policy.ts';

/** What a save of a policy makes of it, of the plan and of the archive; all of it is stored in one transaction. */
export type PolicySave = {
  readonly policy: Policy;
  readonly edit: PlanEdit;
  /** By how much the plan's patterns become more together, or less (`policyLoad`). */
  readonly load: number;
  readonly entry: ArchiveEntry;
  /** Sentences for the answer. */
  readonly warnings: readonly string[];
};

/**
 * What a save is judged by: the organization's country (ISO 3166-1 alpha-2), and of its groups and gateways those that
 * the policy names.
 */
export type Surroundings = {
  readonly country: string;
  readonly groups: readonly Group[];
  readonly gateways: readonly { readonly id: string; readonly name: string }[];
};

/** A new policy. @throws AppError 422 */
export function policyCreation(fields: PolicyFields, id: string, around: Surroundings, author: Author): PolicySave {
  const { remembered, warnings } = accepted(fields, around, { group_ids: {} });
  const policy = newPolicy(fields, id, remembered, { by: author.id, at: author.at });
  return {
    policy,
    warnings,
    edit: putIntoPlan(policy),
    load: policyLoad(policy),
    entry: archived({ ...archivedAs(policy), action: 'create', after: fields }, author),
  };
}

/** A policy with an update laid over it. @throws AppError 422 */
export function policyChange(before: Policy, update: PolicyUpdate, around: Surroundings, author: Author): PolicySave {
  const fields = mergedFields(before, update);
  const { remembered, warnings } = accepted(fields, around, before);
  const policy = changedPolicy(before, fields, remembered, { by: author.id, at: author.at });
  return {
    policy,
    warnings,
    edit: putIntoPlan(policy),
    load: policyLoad(policy) - policyLoad(before),
    entry: archived({ ...archivedAs(policy), action: 'update', before: fieldsOf(before), after: fields }, author),
  };
}

export type PolicyDeletion = Pick<PolicySave, 'edit' | 'load' | 'entry'> & {
  /** The template without it, where it was listed. */
  readonly template: TemplateSave | null;
};

type Listed = {
  readonly template: DialplanTemplate | undefined;
  readonly force: boolean;
  /** As `Author`, for the template's own entry. */ readonly templateEntryId: string;
};

/** The end of a policy; `force` takes it off the template's list. @throws AppError POLICY_IN_USE */
export function policyDeletion(
  policy: Policy,
  { template, force, templateEntryId }: Listed,
  author: Author,
): PolicyDeletion {
  const isListed = template?.policies.includes(policy.id) === true;
  if (isListed && !force) throw new AppError('POLICY_IN_USE', `Policy is referenced by template '${template.name}'`);
  return {
    edit: { kind: 'policy-deleted', id: policy.id },
    load: -policyLoad(policy),
    entry: archived(
      { ...archivedAs(policy), version: policy.version + 1, action: 'delete', before: fieldsOf(policy) },
      author,
    ),
    template: isListed
      ? templateReplacement(
          template,
          { ...template, policies: template.policies.filter((id) => id !== policy.id) },
          [],
          { ...author, entryId: templateEntryId },
        )
      : null,
  };
}

/** The fields that are the caller's to set, as the archive keeps them. */
export const fieldsOf = ({ name, description, status, priority, conditions, actions }: Policy): PolicyFields => ({
  name,
  description,
  status,
  priority,
  conditions,
  actions,
});

export const archivedAs = ({ id, name, version }: Policy) =>
  ({ type: 'policy', entity_id: id, entity_name: name, version }) as const;

export const putIntoPlan = (policy: Policy): PlanEdit => ({ kind: 'policy-put', policy: planPolicy(policy) });

/**
 * What a save remembers of groups and gateways, and warns of. @throws AppError 422 for what no call could ever be
 * decided by
 */
export function accepted(
  fields: PolicyFields,
  { country, groups, gateways }: Surroundings,
  before: Remembered,
): { readonly remembered: Remembered; readonly warnings: readonly string[] } {
  const entries = fields.conditions.user_groups ?? [];
  // An entry that stays goes on meaning the group that it meant, whatever has that name by now.
  const kept: Readonly<Record<string, string>> = Object.fromEntries(
    entries.flatMap((entry) => {
      const id = rememberedId(before.group_ids, entry.toLowerCase());
      return id === undefined ? [] : [[entry.toLowerCase(), id]];
    }),
  );
  const added = entries.filter((entry) => rememberedId(kept, entry.toLowerCase()) === undefined);
  const { ids, unknown } = rememberedGroups(added, groupDirectory(groups));
  const named = rememberedGateways(gatewaysOf(fields.actions), gateways, before.gateway_ids);
  rejectUnknown(fields, { groups: unknown, gateways: named.unknown });
  const pattern = compilePattern(fields.conditions.pattern);
  if (isPatternProblem(pattern)) {
    const message = `${pattern.reason} at position ${pattern.position}`;
    throw new AppError('INVALID_PATTERN', `conditions.pattern: ${message}`, {
      details: [{ path: 'conditions.pattern', message }],
    });
  }
  return {
    remembered: { group_ids: { ...kept, ...ids }, gateway_ids: named.ids },
    warnings: [
      ...unknown.map(
        (name) => `user_groups: ${name} is no group of the organization; it matches callers whose groups name it`,
      ),
      ...named.unmanaged.map(
        (name) => `gateway ${name} is not managed by the platform; its name is passed on to the switch as it is`,
      ),
      ...deniedEmergencyNumbers(fields, country).map(
        (number) => `calls to the emergency number ${number} are denied by this policy`,
      ),
    ],
  };
}

function rejectUnknown(
  { conditions, actions }: PolicyFields,
  { groups, gateways }: { readonly groups: readonly string[]; readonly gateways: readonly string[] },
): void {
  const [gateway] = gateways;
  if (gateway !== undefined)
    throw new AppError('UNKNOWN_GATEWAY', `${gateway} is no gateway of the organization`, {
      details: [
        {
          path: gateway === actions.gateway ? 'actions.gateway' : 'actions.failover_gateways',
          message: `${gateway} is no gateway of the organization`,
        },
      ],
    });
  const at = (conditions.user_groups ?? []).findIndex(
    (entry) => entry.toLowerCase().startsWith('grp_') && groups.includes(entry),
  );
  if (at >= 0) throw invalid(`conditions.user_groups[${at}]`, 'is no group of the organization');
}

/**
 * As answered: a group that was renamed shows its new name, one that is gone the name it had; the ids behind are the
 * platform's own.
 */
export function presentPolicy(
  { group_ids: remembered, gateway_ids: _, ...policy }: Policy,
  groups: readonly Group[] = [],
): PolicyShown {
  const { user_groups: entries } = policy.conditions;
  if (entries === undefined) return policy;
  const nameOf = (entry: string): string =>
    groups.find(({ id }) => id === remembered[entry.toLowerCase()] && id.toLowerCase() !== entry.toLowerCase())?.name ??
    entry;
  return { ...policy, conditions: { ...policy.conditions, user_groups: entries.map(nameOf) } };
}

/** As listed: also how its pattern takes part in the plan (dialplan.md, "The compiled plan"). */
export const presentListed = (policy: Policy, groups: readonly Group[]): PolicyShown => ({
  ...presentPolicy(policy, groups),
  compiled: compiledForm(policy.conditions.pattern),
});

/** Earlier versions of a policy, as answered beside it. */
export const presentHistory = (entries: readonly ArchiveEntry[]): NonNullable<PolicyShown['history']> =>
  entries.map((entry) => ({
    version: entry.version,
    changed_at: entry.archived_at,
    changed_by: entry.changed_by.user_id,
    changes: changeSentences(entry),
  }));

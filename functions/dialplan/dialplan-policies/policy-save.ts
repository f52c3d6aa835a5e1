import { AppError, invalid } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { emergencyNumbersAtStake, emergencyWarnings } from '../emergency-warnings/emergency-warning.ts';
import { resolveGateways } from '../plan/gateways.ts';
import { groupDirectory, resolveGroups, type Group } from '../plan/groups.ts';
import { compiledForm } from '../plan/lazy-pattern.ts';
import { assertPattern } from '../plan/pattern.ts';
import { policyLoad } from '../plan/pattern-load.ts';
import { deniedEmergencyNumbers, planPolicy, type Locale, type Plan, type PlanEdit } from '../plan/plan.ts';
import { resolvedId } from '../schema/policy.ts';
import { archiveEntry, changeSentences, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';
import { prepareTemplateReplacement, type TemplateSave } from '../dialplan-template/template-save.ts';
import { dialplanErrors } from '../schema/errors.ts';
import type { PolicyShown } from './contract.ts';
import {
  mergeFields,
  newPolicy,
  nextVersion,
  policyErrors,
  type Policy,
  type PolicyFields,
  type PolicyUpdate,
  type ResolvedIds,
} from '../schema/policy.ts';
import { gatewaysOf } from '../schema/policy.ts';

/** What one transaction stores when a policy is saved. */
export type PolicySave = {
  readonly policy: Policy;
  readonly edit: PlanEdit;
  /** Change of the load of the plan's patterns (`policyLoad`). */
  readonly load: number;
  readonly entry: ArchiveEntry;
  /** Sentences for the answer. */
  readonly warnings: readonly string[];
};

/** What a save is checked against. */
export type SaveContext = {
  /** ISO 3166-1 alpha-2, of the organization. */
  readonly country: string;
  /** The groups and gateways of the organization that the policy names, at least. */
  readonly groups: readonly Group[];
  readonly gateways: readonly { readonly id: string; readonly name: string }[];
};

/** A new policy, version 1. @throws AppError 422 */
export function prepareCreation(fields: PolicyFields, id: string, context: SaveContext, author: Author): PolicySave {
  const { resolvedIds, warnings } = resolveReferences(fields, context, { group_ids: {} });
  const policy = newPolicy(fields, id, resolvedIds, { by: author.id, at: author.at });
  return {
    policy,
    warnings,
    edit: planEditOf(policy),
    load: policyLoad(policy),
    entry: archiveEntry({ ...archiveSubject(policy), action: 'create', after: fields }, author),
  };
}

/** The next version of a policy, with an update merged into it. @throws AppError 422 */
export function prepareUpdate(before: Policy, update: PolicyUpdate, context: SaveContext, author: Author): PolicySave {
  const fields = mergeFields(before, update);
  const { resolvedIds, warnings } = resolveReferences(fields, context, before);
  const policy = nextVersion(before, fields, resolvedIds, { by: author.id, at: author.at });
  return {
    policy,
    warnings,
    edit: planEditOf(policy),
    load: policyLoad(policy) - policyLoad(before),
    entry: archiveEntry(
      { ...archiveSubject(policy), action: 'update', before: fieldsOf(before), after: fields },
      author,
    ),
  };
}

export type PolicyDeletion = Pick<PolicySave, 'edit' | 'load' | 'entry'> & {
  /** The template without the policy; null if it does not list the policy. */
  readonly template: TemplateSave | null;
};

type DeletionOptions = {
  readonly template: DialplanTemplate | undefined;
  readonly force: boolean;
  /** Id of the archive entry of the template. */
  readonly templateEntryId: string;
};

/**
 * Deletes a policy; `force` also removes it from the list of the template.
 * @throws AppError POLICY_IN_USE if the template lists the policy and `force` is not set
 */
export function prepareDeletion(
  policy: Policy,
  { template, force, templateEntryId }: DeletionOptions,
  author: Author,
): PolicyDeletion {
  const isListed = template?.policies.includes(policy.id) === true;
  if (isListed && !force)
    throw new AppError(policyErrors.POLICY_IN_USE, `Policy is referenced by template '${template.name}'`);
  return {
    edit: { kind: 'policy-deleted', id: policy.id },
    load: -policyLoad(policy),
    entry: archiveEntry(
      { ...archiveSubject(policy), version: policy.version + 1, action: 'delete', before: fieldsOf(policy) },
      author,
    ),
    template: isListed
      ? prepareTemplateReplacement(
          template,
          { ...template, policies: template.policies.filter((id) => id !== policy.id) },
          [],
          { ...author, entryId: templateEntryId },
        )
      : null,
  };
}

/** The fields that the caller sets, as the archive stores them. */
export const fieldsOf = ({ name, description, status, priority, conditions, actions }: Policy): PolicyFields => ({
  name,
  description,
  status,
  priority,
  conditions,
  actions,
});

/** What an archive entry of the policy is about. */
export const archiveSubject = ({ id, name, version }: Policy) =>
  ({ type: 'policy', entity_id: id, entity_name: name, version }) as const;

/** The edit that puts the policy into the plan. */
export const planEditOf = (policy: Policy): PlanEdit => ({ kind: 'policy-put', policy: planPolicy(policy) });

/**
 * Resolves the groups and gateways that a policy names to ids, and checks its pattern.
 * @param before the ids that the policy has resolved so far: an entry that stays keeps its id, whichever group or
 * gateway has the name now
 * @throws AppError UNKNOWN_GATEWAY, VALIDATION_FAILED (unknown group id) or INVALID_PATTERN
 */
export function resolveReferences(
  fields: PolicyFields,
  { country, groups, gateways }: SaveContext,
  before: ResolvedIds,
): { readonly resolvedIds: ResolvedIds; readonly warnings: readonly string[] } {
  const entries = fields.conditions.user_groups ?? [];
  const kept = keptGroupIds(entries, before);
  const added = entries.filter((entry) => resolvedId(kept, entry.toLowerCase()) === undefined);
  const { ids, unknown } = resolveGroups(added, groupDirectory(groups));
  const named = resolveGateways(gatewaysOf(fields.actions), gateways, before.gateway_ids);
  assertGatewaysExist(fields, named.unknown);
  assertGroupsExist(fields, unknown);
  assertPattern(fields.conditions.pattern, 'conditions.pattern');
  return {
    resolvedIds: { group_ids: { ...kept, ...ids }, gateway_ids: named.ids },
    warnings: warningsOf({
      groups: unknown,
      gateways: named.unmanaged,
      numbers: deniedEmergencyNumbers(fields, country),
    }),
  };
}

const keptGroupIds = (entries: readonly string[], before: ResolvedIds): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries.flatMap((entry) => {
      const id = resolvedId(before.group_ids, entry.toLowerCase());
      return id === undefined ? [] : [[entry.toLowerCase(), id]];
    }),
  );

/** @param unknown ids that no gateway has */
function assertGatewaysExist({ actions }: PolicyFields, [unknown]: readonly string[]): void {
  if (unknown === undefined) return;
  const message = `${unknown} is not a gateway of the organization`;
  const path = unknown === actions.gateway ? 'actions.gateway' : 'actions.failover_gateways';
  throw new AppError(dialplanErrors.UNKNOWN_GATEWAY, message, { details: [{ path, message }] });
}

/** @param unknown entries that no group has as id or name; of these, only names may be saved */
function assertGroupsExist({ conditions }: PolicyFields, unknown: readonly string[]): void {
  const at = (conditions.user_groups ?? []).findIndex(
    (entry) => entry.toLowerCase().startsWith('grp_') && unknown.includes(entry),
  );
  if (at >= 0) throw invalid(`conditions.user_groups[${at}]`, 'is not a group of the organization');
}

type Doubts = {
  /** Names that no group has. */
  readonly groups: readonly string[];
  /** Names that no managed gateway has. */
  readonly gateways: readonly string[];
  /** Emergency numbers that the policy denies. */
  readonly numbers: readonly string[];
};

const warningsOf = ({ groups, gateways, numbers }: Doubts): readonly string[] => [
  ...groups.map(
    (name) =>
      `user_groups: ${name} is not a group of the organization; it matches callers whose groups include the name`,
  ),
  ...gateways.map(
    (name) => `gateway ${name} is not managed by the platform; its name is passed to the switch unchanged`,
  ),
  ...numbers.map((number) => `calls to the emergency number ${number} are denied by this policy`),
];

/**
 * How the plan after a save is checked for emergency numbers without a way; null if the policy concerns none.
 * @param before undefined for a new policy
 * @param after undefined for a deleted policy
 */
export function emergencyCheck(
  before: Policy | undefined,
  after: Policy | undefined,
  locale: Locale,
): ((edited: Plan) => readonly string[]) | null {
  const numbers = emergencyNumbersAtStake(before, after, locale.country);
  return numbers.length === 0 ? null : (edited) => emergencyWarnings(edited, locale, numbers);
}

/** A policy as answered: a renamed group has its new name, a deleted one the name in the policy; no resolved ids. */
export function presentPolicy(policy: Policy, groups: readonly Group[] = []): PolicyShown {
  const { group_ids: ids } = policy;
  const shown = omit(policy, 'group_ids', 'gateway_ids');
  const { user_groups: entries } = shown.conditions;
  if (entries === undefined) return shown;
  const nameOf = (entry: string): string =>
    groups.find(({ id }) => id === ids[entry.toLowerCase()] && id.toLowerCase() !== entry.toLowerCase())?.name ?? entry;
  return { ...shown, conditions: { ...shown.conditions, user_groups: entries.map(nameOf) } };
}

/** A policy as an item of a list, with how its pattern takes part in the plan. */
export const presentListItem = (policy: Policy, groups: readonly Group[]): PolicyShown => ({
  ...presentPolicy(policy, groups),
  compiled: compiledForm(policy.conditions.pattern),
});

/** Earlier versions of a policy, as answered. */
export const presentHistory = (entries: readonly ArchiveEntry[]): NonNullable<PolicyShown['history']> =>
  entries.map((entry) => ({
    version: entry.version,
    changed_at: entry.archived_at,
    changed_by: entry.changed_by.user_id,
    changes: changeSentences(entry),
  }));

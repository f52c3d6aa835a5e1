import { policyLoad } from '../dialplan-evaluator/pattern-load.ts';
import { archived, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import { changedPolicy, gatewaysOf, mergedFields, newPolicy, type Policy, type PolicyFields } from './policy.ts';
import { accepted, archivedAs, fieldsOf, putIntoPlan, type PolicySave, type Surroundings } from './saving.ts';

/** POST /dialplan/policy/restore: an archived version becomes the next one (dialplan.md). */

/** What is known of a policy that may be gone. */
export type Past = {
  /** The version that is to come back. */
  readonly wanted: ArchiveEntry;
  /** That with which the policy began, and its last. */
  readonly first: ArchiveEntry;
  readonly newest: ArchiveEntry;
};

// What an entry of a policy holds was a policy's fields.
const fieldsIn = ({ snapshot }: ArchiveEntry): PolicyFields => snapshot as PolicyFields;

/** What the version names which is to come back: groups and gateways, by id or name. */
export const groupsNamedIn = ({ wanted }: Past): readonly string[] => fieldsIn(wanted).conditions.user_groups ?? [];
export const gatewaysNamedIn = ({ wanted }: Past): readonly string[] => gatewaysOf(fieldsIn(wanted).actions);

/**
 * @param present undefined: it was deleted, and comes back under its id. @throws AppError 422: what was accepted once
 * may not be any more
 */
export function policyRestoration(
  present: Policy | undefined,
  past: Past,
  around: Surroundings,
  author: Author,
): PolicySave {
  const fields = mergedFields(fieldsIn(past.wanted), {});
  const { remembered, warnings } = accepted(fields, around, present ?? { group_ids: {} });
  const change = { by: author.id, at: author.at };
  const policy =
    present === undefined
      ? broughtBack(newPolicy(fields, past.newest.entity_id, remembered, change), past)
      : changedPolicy(present, fields, remembered, change);
  const before = present === undefined ? past.newest.snapshot : fieldsOf(present);
  const load = policyLoad(policy) - (present === undefined ? 0 : policyLoad(present));
  return {
    policy,
    warnings,
    edit: putIntoPlan(policy),
    load,
    entry: archived({ ...archivedAs(policy), action: 'restore', before, after: fields }, author),
  };
}

/** Its versions go on behind its deletion, and it is as old as it was. */
const broughtBack = (policy: Policy, { first, newest }: Past): Policy => ({
  ...policy,
  version: newest.version + 1,
  metadata: { ...policy.metadata, created_by: first.changed_by.user_id },
  created_at: first.archived_at,
});

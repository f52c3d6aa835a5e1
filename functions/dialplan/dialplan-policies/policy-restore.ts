import { policyLoad } from '../plan/pattern-load.ts';
import { archiveEntry, type ArchiveEntry, type Author } from '../dialplan-history/archive.ts';
import { mergeFields, newPolicy, nextVersion, type Policy, type PolicyFields } from '../schema/policy.ts';
import { gatewaysOf } from '../schema/policy.ts';
import {
  archiveSubject,
  fieldsOf,
  planEditOf,
  resolveReferences,
  type PolicySave,
  type SaveContext,
} from './policy-save.ts';

/** Archived versions of one policy. */
export type ArchivedVersions = {
  /** The version to restore. */
  readonly wanted: ArchiveEntry;
  readonly first: ArchiveEntry;
  readonly newest: ArchiveEntry;
};

// The snapshot in an entry of type `policy` was written from PolicyFields.
const fieldsIn = ({ snapshot }: ArchiveEntry): PolicyFields => snapshot as PolicyFields;

/** The groups that the version to restore names, by id or name. */
export const groupsNamedIn = ({ wanted }: ArchivedVersions): readonly string[] =>
  fieldsIn(wanted).conditions.user_groups ?? [];

/** The gateways that the version to restore names, by id or name. */
export const gatewaysNamedIn = ({ wanted }: ArchivedVersions): readonly string[] =>
  gatewaysOf(fieldsIn(wanted).actions);

/**
 * Makes an archived version the next one.
 * @param present undefined: the policy is deleted, and is restored under its id
 * @throws AppError 422 if the archived version breaks a rule that is in force now
 */
export function prepareRestoration(
  present: Policy | undefined,
  archived: ArchivedVersions,
  context: SaveContext,
  author: Author,
): PolicySave {
  const fields = mergeFields(fieldsIn(archived.wanted), {});
  const { resolvedIds, warnings } = resolveReferences(fields, context, present ?? { group_ids: {} });
  const change = { by: author.id, at: author.at };
  const policy =
    present === undefined
      ? continueDeleted(newPolicy(fields, archived.newest.entity_id, resolvedIds, change), archived)
      : nextVersion(present, fields, resolvedIds, change);
  const before = present === undefined ? archived.newest.snapshot : fieldsOf(present);
  const load = policyLoad(policy) - (present === undefined ? 0 : policyLoad(present));
  return {
    policy,
    warnings,
    edit: planEditOf(policy),
    load,
    entry: archiveEntry({ ...archiveSubject(policy), action: 'restore', before, after: fields }, author),
  };
}

/** A restored policy keeps its creator and creation time, and counts on from the version of its deletion. */
const continueDeleted = (policy: Policy, { first, newest }: ArchivedVersions): Policy => ({
  ...policy,
  version: newest.version + 1,
  metadata: { ...policy.metadata, created_by: first.changed_by.user_id },
  created_at: first.archived_at,
});

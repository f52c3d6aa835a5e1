import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { foldedGroupName, groupNameRow, groupRow } from '#dynamodb/rows/group.ts';
import { readGatewaysNamed } from '#dynamodb/rows/gateway.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { create, remove, replace } from '#dynamodb/write.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import { planEditWrites, readEditedPlan, readPlan, type PlanBase, type Publisher } from '../plan/row.ts';
import { archiveRow, below } from '../dialplan-history/row.ts';
import { templateRow } from '../rows/dialplan-template.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';
import type { Group } from '../plan/groups.ts';
import type { PlanEdit } from '../plan/plan.ts';
import { dialplanErrors } from '../schema/errors.ts';
import type { dialplanPolicies } from './contract.ts';
import { policyNameKey, type Policy } from '../schema/policy.ts';
import type { ArchivedVersions } from './policy-restore.ts';
import { policyNameRow, policyRow } from '../rows/policy.ts';
import type { PolicyDeletion, PolicySave } from './policy-save.ts';

type Reads = Table<ReadName<EffectOf<typeof dialplanPolicies>>>;

/** Versions that `include_history` shows. */
const maxEarlierVersions = 100;

export const policyStore = (table: Reads) => ({
  plan: (publish: Publisher) => readPlan(table, publish),
  /** The plan as an edit would leave it. */
  editedPlan: ({ head }: PlanBase, edit: PlanEdit) => readEditedPlan(table, edit, head),
  get: (id: string) => table.get(policyRow, { id }),
  /** The groups that entries of `user_groups` name, by id or name. */
  groupsNamed: (entries: readonly string[]) => groupsNamed(table, entries),
  gatewaysNamed: (references: readonly string[]) => readGatewaysNamed(table, references),
  /** The groups behind the resolved ids of policies. */
  groupsResolved: (policies: readonly Policy[]): Promise<Group[]> =>
    groupsById(
      table,
      policies.flatMap(({ group_ids: ids }) => Object.values(ids)),
    ),
  /** Which of the addresses may be written to, and which were asked. */
  recipientsAmong: (addresses: readonly string[]) => recipientsAmong(table, addresses),
  page: (request: PageRequest, keep: (policy: Policy) => boolean) =>
    readPage(request, { read: (range) => table.query(policyRow, {}, range), keep }),
  template: () => table.get(templateRow, {}),
  /** Archived versions of a policy, deleted or not; undefined if the archive does not have the version. */
  archivedVersions: (id: string, version: number) => archivedVersions(table, id, version),
  /** The versions before the present one, newest first. */
  earlierVersions: async ({ id, version }: Policy) =>
    (await table.query(archiveRow, { entity_id: id }, { between: below(version), limit: maxEarlierVersions })).items,
});

async function groupsNamed(table: Reads, entries: readonly string[]): Promise<Group[]> {
  const names = await table.getAll(
    groupNameRow,
    entries.map((entry) => ({ name: foldedGroupName(entry) })),
  );
  const ids = [...entries.filter((entry) => entry.startsWith('grp_')), ...names.flatMap((name) => name?.owner ?? [])];
  return groupsById(table, ids);
}

const groupsById = async (table: Reads, ids: readonly string[]): Promise<Group[]> =>
  (
    await table.getAll(
      groupRow,
      [...new Set(ids)].map((id) => ({ id })),
    )
  ).flatMap((group) => (group === undefined ? [] : [{ id: group.id, name: group.name, status: group.status }]));

async function archivedVersions(table: Reads, id: string, version: number): Promise<ArchivedVersions | undefined> {
  const [first, wanted] = await table.getAll(
    archiveRow,
    [1, version].map((each) => ({ entity_id: id, version: each })),
  );
  const newest = (await table.query(archiveRow, { entity_id: id }, { limit: 1 })).items[0];
  if (first === undefined || wanted === undefined || newest === undefined || wanted.type !== 'policy') return undefined;
  return { first, wanted, newest };
}

const names = uniqueValues(policyNameRow, {
  markerOf: ({ id, name }: Policy) => ({ name: policyNameKey(name), owner: id }),
  taken: dialplanErrors.POLICY_NAME_EXISTS,
  message: ({ name }) => `A policy named ${name} exists`,
});

export const createWrites = (plan: PlanBase, { policy, edit, entry, load }: PolicySave) =>
  [
    create(policyRow, policy),
    names.claim(policy),
    create(archiveRow, entry),
    ...planEditWrites(plan, edit, { policies: 1, load }),
  ] as const;

export const updateWrites = (plan: PlanBase, before: Policy, { policy, edit, entry, load }: PolicySave) =>
  [
    replace(policyRow, policy, before),
    ...names.move(before, policy),
    create(archiveRow, entry),
    ...planEditWrites(plan, edit, { load }),
  ] as const;

export const deleteWrites = (plan: PlanBase, before: Policy, { edit, entry, load }: PolicyDeletion) =>
  [
    remove(policyRow, before, before),
    names.release(before),
    create(archiveRow, entry),
    ...planEditWrites(plan, edit, { policies: -1, load }),
  ] as const;

/** Removes a deleted policy from the list of the template. */
export const unlistWrites = (before: DialplanTemplate, { template, entry }: NonNullable<PolicyDeletion['template']>) =>
  [replace(templateRow, template, before), create(archiveRow, entry)] as const;

import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { foldedGroupName, groupNameRow, groupRow } from '../../../shared/dynamodb/rows/group.ts';
import { gatewaysNamed } from '../../../shared/dynamodb/rows/gateway.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { create, remove, replace } from '../../../shared/dynamodb/write.ts';
import { appended, planRead, type PlanRead, type Publisher } from '../dialplan-evaluator/row.ts';
import { archiveRow, below } from '../dialplan-history/row.ts';
import { templateRow } from '../dialplan-template/row.ts';
import type { DialplanTemplate } from '../dialplan-template/dialplan-template.ts';
import type { Group } from '../dialplan-evaluator/groups.ts';
import type { dialplanPolicies } from './contract.ts';
import type { Policy } from './policy.ts';
import type { Past } from './restoring.ts';
import { policyNameRow, policyRow } from './row.ts';
import type { PolicyDeletion, PolicySave } from './saving.ts';

/** dialplan.md, "Archive". */
const maxEarlierVersions = 100;

const folded = (name: string): string => name.toLowerCase();
const nameOf = (policy: Policy) =>
  create(
    policyNameRow,
    { name: folded(policy.name), owner: policy.id },
    'POLICY_NAME_EXISTS',
    `A policy named ${policy.name} exists`,
  );

const groupsOf = async (table: Pick<Table<'group'>, 'getAll'>, ids: readonly string[]): Promise<Group[]> =>
  (
    await table.getAll(
      groupRow,
      [...new Set(ids)].map((id) => ({ id })),
    )
  ).flatMap((group) => (group === undefined ? [] : [{ id: group.id, name: group.name, status: group.status }]));

export const policyStore = (table: Table<ReadName<EffectOf<typeof dialplanPolicies>>>) => ({
  plan: (publish: Publisher) => planRead(table, publish),
  get: (id: string) => table.get(policyRow, { id }),
  /** The groups that entries of `user_groups` name, by id or name. */
  groupsNamed: async (entries: readonly string[]): Promise<Group[]> => {
    const owners = await table.getAll(
      groupNameRow,
      entries.map((entry) => ({ name: foldedGroupName(entry) })),
    );
    const ids = [
      ...entries.filter((entry) => entry.startsWith('grp_')),
      ...owners.flatMap((owner) => owner?.owner ?? []),
    ];
    return groupsOf(table, ids);
  },
  gatewaysNamed: (references: readonly string[]) => gatewaysNamed(table, references),
  /** The groups that policies remember behind the names they list. */
  groupsRemembered: (policies: readonly Policy[]): Promise<Group[]> =>
    groupsOf(
      table,
      policies.flatMap(({ group_ids: remembered }) => Object.values(remembered)),
    ),
  page: (request: PageRequest, keep: (policy: Policy) => boolean) =>
    readPage(request, { read: (range) => table.query(policyRow, {}, range), keep }),
  template: () => table.get(templateRow, {}),
  /**
   * A version of a policy that may be gone, and the first and last of its versions; undefined: there is none of them.
   */
  past: async (id: string, version: number): Promise<Past | undefined> => {
    const [first, wanted] = await table.getAll(
      archiveRow,
      [1, version].map((each) => ({ entity_id: id, version: each })),
    );
    const newest = (await table.query(archiveRow, { entity_id: id }, { limit: 1 })).items[0];
    if (first === undefined || wanted === undefined || newest === undefined || wanted.type !== 'policy')
      return undefined;
    return { first, wanted, newest };
  },
  earlierVersions: async ({ id, version }: Policy) =>
    (await table.query(archiveRow, { entity_id: id }, { between: below(version), limit: maxEarlierVersions })).items,
});

export const creation = (plan: PlanRead, { policy, edit, entry, load }: PolicySave) =>
  [
    create(policyRow, policy),
    nameOf(policy),
    create(archiveRow, entry),
    ...appended(plan, edit, { policies: 1, load }),
  ] as const;

export const update = (plan: PlanRead, before: Policy, { policy, edit, entry, load }: PolicySave) =>
  [
    replace(policyRow, policy, before),
    ...(folded(before.name) === folded(policy.name)
      ? []
      : [nameOf(policy), remove(policyNameRow, { name: folded(before.name) })]),
    create(archiveRow, entry),
    ...appended(plan, edit, { load }),
  ] as const;

export const removal = (plan: PlanRead, before: Policy, { edit, entry, load }: PolicyDeletion) =>
  [
    remove(policyRow, before, before),
    remove(policyNameRow, { name: folded(before.name) }),
    create(archiveRow, entry),
    ...appended(plan, edit, { policies: -1, load }),
  ] as const;

/** Takes a deleted policy off the template's list. */
export const unlisting = (before: DialplanTemplate, { template, entry }: NonNullable<PolicyDeletion['template']>) =>
  [replace(templateRow, template, before), create(archiveRow, entry)] as const;

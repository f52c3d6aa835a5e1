import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { composeWrites, countWrites, itemWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages, readPage, type PageRequest } from '#dynamodb/page.ts';
import {
  foldedGroupName,
  groupMemberRow,
  groupNameRow,
  groupRow,
  saveGroup,
  changeMemberCount,
  type GroupItem,
  type GroupMemberItem,
} from '#dynamodb/rows/group.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { roleHolderWrites, type CustomRoles } from '#dynamodb/rows/role.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { change, create, remove, type Write } from '#dynamodb/write.ts';
import { planEditWrites, readPlan, type PlanBase, type Publisher } from '../../dialplan/plan/row.ts';
import { policyRow } from '../../dialplan/rows/policy.ts';
import type { groups } from './contract.ts';
import { maxGroups } from './group.ts';

export const prefetch = prefetchByPathId(groupRow);

export const groupStore = (table: Table<ReadName<EffectOf<typeof groups>>>) => ({
  organization: () => table.get(organizationRow, {}),
  plan: (publish: Publisher) => readPlan(table, publish),
  get: (id: string) => table.get(groupRow, { id }),
  page: readPages((range) =>
    table.queryIndex(groupRow, 'GSI1', [String(table.organization), 'name'], { ...range, order: 'asc' }),
  ),
  members: (id: string, request: PageRequest) =>
    readPage(request, {
      read: (range) =>
        table.query<'groupmember', GroupMemberItem, { group_id: string }>(
          groupMemberRow,
          { group_id: id },
          { ...range, order: 'asc' },
        ),
    }),
  users: (ids: readonly string[]) =>
    table.getAll(
      userRow,
      ids.map((id) => ({ id })),
    ),
  /** Policies that name the group, by the id that they stored with the name. */
  policiesNaming: async (id: string) =>
    (await readToEnd((after) => table.query(policyRow, {}, after))).filter(({ group_ids: ids }) =>
      Object.values(ids).includes(id),
    ),
});

const names = uniqueValues(groupNameRow, {
  markerOf: ({ id, name }: GroupItem) => ({ name: foldedGroupName(name), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A group named ${name} exists`,
});

const ownWrites = composeWrites(itemWrites(groupRow), names.writes, countWrites('groups', maxGroups));

/** Appends the group to the dial plan, which knows names and states of groups. */
const planWrites = (plan: PlanBase, { id, name, status }: GroupItem) =>
  planEditWrites(plan, { kind: 'group-put', group: { id, name, status } });

export const createWrites = (plan: PlanBase, group: GroupItem, custom: CustomRoles) => [
  ...ownWrites(undefined, group),
  ...roleHolderWrites([], group.roles, custom),
  ...planWrites(plan, group),
];

/** Whether a change concerns the dial plan. */
const concernsPlan = (before: GroupItem, after: GroupItem): boolean =>
  before.name !== after.name || before.status !== after.status;

export const updateWrites = (plan: PlanBase, before: GroupItem, after: GroupItem, custom: CustomRoles) => [
  saveGroup(before, after),
  ...names.move(before, after),
  ...roleHolderWrites(before.roles, after.roles, custom),
  ...(concernsPlan(before, after) ? planWrites(plan, after) : []),
];

/** Deletes a group: it gives no rights any more. The queued deletion clears the lists of its members. */
export const deleteWrites = (plan: PlanBase, group: GroupItem, custom: CustomRoles) => [
  ...ownWrites(group, undefined),
  ...roleHolderWrites(group.roles, [], custom),
  ...planEditWrites(plan, { kind: 'group-deleted', id: group.id }),
];

type Membership = {
  readonly group: GroupItem;
  readonly users: readonly UserItem[];
  /** ISO 8601. */
  readonly now: string;
};

const setGroups = (user: UserItem, groups: readonly string[], now: string): Write<'user'> =>
  change(userRow, user, {
    set: { groups, updated_at: now },
    add: { version: 1 },
    onlyIf: {
      expression: '#version = :version',
      names: { '#version': 'version' },
      values: { ':version': user.version },
    },
  });

/** Adds users to a group: in the group's list of members, and in each user's list of groups. */
export const joinWrites = ({ group, users, now }: Membership) => [
  changeMemberCount(group, users.length),
  ...users.flatMap((user) => [
    create(groupMemberRow, { group_id: group.id, user_id: user.id, added_at: now }),
    setGroups(user, [...user.groups, group.id], now),
  ]),
];

/** Removes users from a group, in both lists. */
export const leaveWrites = ({ group, users, now }: Membership) => [
  changeMemberCount(group, -users.length),
  ...users.flatMap((user) => [
    remove(groupMemberRow, { group_id: group.id, user_id: user.id }),
    setGroups(
      user,
      user.groups.filter((id) => id !== group.id),
      now,
    ),
  ]),
];

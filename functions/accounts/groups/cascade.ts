import {
  foldedGroupName,
  groupMemberRow,
  groupNameRow,
  groupRow,
  decrementMemberCount,
  type GroupMemberItem,
} from '#dynamodb/rows/group.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { change, remove, removeExisting, type Write } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { groups } from './contract.ts';

type Context = CascadeContext<CascadeEffect<typeof groups>>;

/** Items that a slice reads: a group takes two writes, a member two. */
const groupsAtOnce = 12;
const membersAtOnce = 40;

/** The memberships of a deleted user; a group that still exists counts one member fewer. */
async function deleteMemberships(user: string, { table }: Context) {
  // All of them (a user has at most 200), as the index may still show some that are deleted already.
  const { items } = await table.queryIndex(groupMemberRow, 'GSI1', [String(table.organization), user]);
  const members = (await table.getAll(groupMemberRow, items)).flatMap((member) => member ?? []).slice(0, groupsAtOnce);
  const groupsOf = await table.getAll(
    groupRow,
    members.map(({ group_id: id }) => ({ id })),
  );
  return members.flatMap((member, position) => [
    removeExisting(groupMemberRow, member),
    ...(groupsOf[position] === undefined ? [] : [decrementMemberCount(member.group_id)]),
  ]);
}

/** Takes a group out of a user's list of groups. */
const leaveGroup = (user: UserItem, group: string): Write<'user'> =>
  change(userRow, user, {
    set: { groups: user.groups.filter((id) => id !== group) },
    add: { version: 1 },
    onlyIf: {
      expression: '#version = :version',
      names: { '#version': 'version' },
      values: { ':version': user.version },
    },
  });

/** The members of a deleted group. */
async function deleteMembers(group: string, { table }: Context) {
  const { items } = await table.query<'groupmember', GroupMemberItem, { group_id: string }>(
    groupMemberRow,
    { group_id: group },
    { limit: membersAtOnce },
  );
  const users = await table.getAll(
    userRow,
    items.map(({ user_id: id }) => ({ id })),
  );
  return items.flatMap((member, position) => {
    const user = users[position];
    return [remove(groupMemberRow, member), ...(user === undefined ? [] : [leaveGroup(user, group)])];
  });
}

/** The groups of a closed organization, each after its members, as only the group names them. */
async function deleteGroups(_organization: string, context: Context) {
  const { items } = await context.table.query(groupRow, {}, { limit: groupsAtOnce });
  for (const { id } of items) await context.cascade('group.deleted', id);
  return items.flatMap((group) => [
    remove(groupRow, group),
    remove(groupNameRow, { name: foldedGroupName(group.name) }),
  ]);
}

export const cascade: CascadeSteps<typeof groups> = {
  'user.deleted': [deleteMemberships],
  'group.deleted': [deleteMembers],
  'org.closed': [deleteGroups],
};

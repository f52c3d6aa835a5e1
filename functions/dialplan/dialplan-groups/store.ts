import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { groupMemberRow, groupRow, type GroupItem, type GroupMemberItem } from '#dynamodb/rows/group.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import type { dialplanGroups } from './contract.ts';

/** Members of each group that `include_members` shows. */
const maxMembersShown = 50;

/** A member as answered. */
type Member = { readonly user_id: string; readonly username: string; /** ISO 8601 UTC. */ readonly added_at: string };

type Reads = Table<ReadName<EffectOf<typeof dialplanGroups>>>;

export const groupStore = (table: Reads) => ({
  page: (request: PageRequest, keep: (group: GroupItem) => boolean) =>
    readPage(request, {
      read: (range) =>
        table.queryIndex(groupRow, 'GSI1', [String(table.organization), 'name'], { ...range, order: 'asc' }),
      keep,
    }),
  /** The first members of each group. */
  membersOf: (groups: readonly GroupItem[]) => membersOf(table, groups),
});

async function membersOf(table: Reads, groups: readonly GroupItem[]): Promise<Member[][]> {
  const firstOf = ({ id }: GroupItem) =>
    table.query<'groupmember', GroupMemberItem, { group_id: string }>(
      groupMemberRow,
      { group_id: id },
      { order: 'asc', limit: maxMembersShown },
    );
  const lists = (await Promise.all(groups.map(firstOf))).map(({ items }) => items);
  const ids = [...new Set(lists.flat().map((member) => member.user_id))];
  const users = await table.getAll(
    userRow,
    ids.map((id) => ({ id })),
  );
  const names = new Map(users.flatMap((user) => (user === undefined ? [] : [[user.id, user.username] as const])));
  // A deleted user is removed from the list of members a little later.
  return lists.map((members) =>
    members.flatMap(({ user_id, added_at }) => {
      const username = names.get(user_id);
      return username === undefined ? [] : [{ user_id, username, added_at }];
    }),
  );
}

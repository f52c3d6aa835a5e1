import type { Scope } from '../../contract/scopes.ts';
import { omit } from '../../schema/omit.ts';
import { indexAttributes, row } from '../row.ts';
import type { Condition } from '../update-expression.ts';
import { change, type Write } from '../write.ts';

export type GroupItem = {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly description: string | null;
  readonly category: 'department' | 'call_center' | 'dialplan' | 'other';
  /** An inactive group has no effect: no roles, no permissions, no policy. */
  readonly status: 'active' | 'inactive';
  readonly roles: readonly string[];
  /** Since when it has each role (ISO 8601). */
  readonly roles_since: Readonly<Record<string, string>>;
  /** Direct grants (`true`) and denials (`false`), as for a user. */
  readonly permissions: Readonly<Partial<Record<Scope, boolean>>>;
  /** Changes with the members, without a new `version`. */
  readonly member_count: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** A name in the form in which names are compared and sorted: ignoring case. */
export const foldedGroupName = (name: string): string => name.toLowerCase();

/** `group#1001`; GSI1: by name. */
export const groupRow = row<'group', GroupItem, { id: string }>('group', {
  sort: ({ id }) => id,
  index1: ({ name }, organization) => ({ partition: [String(organization), 'name'], sort: foldedGroupName(name) }),
});

/** Names are unique in an organization; `name` is folded. */
export const groupNameRow = row<'group-name', { name: string; owner: string }, { name: string }>('group-name', {
  sort: ({ name }) => name,
});

export type GroupMemberItem = {
  readonly group_id: string;
  readonly user_id: string;
  /** ISO 8601. */ readonly added_at: string;
};

/** `groupmember#1001#grp_…` by user; GSI1: the groups of a user. */
export const groupMemberRow = row<
  'groupmember',
  GroupMemberItem,
  { group_id: string; user_id: string },
  { group_id: string }
>('groupmember', {
  partition: ({ group_id: group }) => [group],
  sort: ({ user_id: user }) => user,
  index1: ({ group_id: group, user_id: user }, organization) => ({
    partition: [String(organization), user],
    sort: group,
  }),
});

const atVersion = ({ version }: GroupItem): Condition => ({
  expression: '#version = :version',
  names: { '#version': 'version' },
  values: { ':version': version },
});

/** Saves the next version of a group. The member count, which has its own writes, stays. */
export const saveGroup = (before: GroupItem, after: GroupItem): Write<'group'> =>
  change(groupRow, before, {
    set: {
      ...omit(after, 'id', 'member_count', 'created_at', 'version'),
      [indexAttributes.GSI1.sort]: foldedGroupName(after.name),
    },
    add: { version: 1 },
    onlyIf: atVersion(before),
  });

/** Adds to the member count. Stale if the group or its member count has changed since it was read. */
export const changeMemberCount = (group: GroupItem, more: number): Write<'group'> =>
  change(groupRow, group, {
    add: { member_count: more },
    onlyIf: {
      expression: '#version = :version AND #count = :count',
      names: { '#version': 'version', '#count': 'member_count' },
      values: { ':version': group.version, ':count': group.member_count },
    },
  });

/** Decrements the member count of a group that may have changed. Stale if the group does not exist. */
export const decrementMemberCount = (id: string): Write<'group'> =>
  change(groupRow, { id }, { add: { member_count: -1 }, onlyIf: { expression: 'attribute_exists(PK)' } });

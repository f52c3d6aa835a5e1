import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { groupMemberRow, groupRow, saveGroup, type GroupItem } from '#dynamodb/rows/group.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { roleHolderWrites, roleRow, type CustomRoles, type RoleItem } from '#dynamodb/rows/role.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, remove } from '#dynamodb/write.ts';
import { updateUserWrites } from '../rows/user-writes.ts';
import type { permissions } from './contract.ts';
import { maxCustomRoles } from './permission.ts';

export const permissionStore = (table: Table<ReadName<EffectOf<typeof permissions>>>) => ({
  organization: () => table.get(organizationRow, {}),
  user: (id: string) => table.get(userRow, { id }),
  group: (id: string) => table.get(groupRow, { id }),
  role: (name: string) => table.get(roleRow, { name }),
  /** Times at which a user joined its groups, at most 200, by the group's id. */
  joined: async (user: string): Promise<ReadonlyMap<string, string>> => {
    const { items } = await table.queryIndex(groupMemberRow, 'GSI1', [String(table.organization), user]);
    return new Map(items.map(({ group_id: group, added_at: at }) => [group, at]));
  },
});

export const updateUserRights = (before: UserItem, after: UserItem, organization: number, customRoles: CustomRoles) =>
  updateUserWrites(before, after, { organization, customRoles });

export const updateGroupRights = (before: GroupItem, after: GroupItem, custom: CustomRoles) => [
  saveGroup(before, after),
  ...roleHolderWrites(before.roles, after.roles, custom),
];

export const createRole = (role: RoleItem) => [create(roleRow, role), incrementCount('roles', maxCustomRoles)];

const asRead = ({ version }: RoleItem) => ({
  expression: '#version = :version',
  names: { '#version': 'version' },
  values: { ':version': version },
});

/** Updates a role; deletes one that is empty and held by no one. */
export function updateRole(before: RoleItem, after: RoleItem) {
  const isEmpty = Object.keys(after.permissions).length === 0;
  if (!isEmpty || before.holders > 0)
    return [
      change(roleRow, before, {
        set: { permissions: after.permissions, updated_at: after.updated_at },
        add: { version: 1 },
        onlyIf: asRead(before),
      }),
    ];
  return [remove(roleRow, before, before), decrementCount('roles')];
}

import { isBuiltInRole, type Role, type Scope } from '../../contract/scopes.ts';
import { groupRow, type GroupItem } from '../../dynamodb/rows/group.ts';
import { roleRow, type CustomRoles } from '../../dynamodb/rows/role.ts';
import type { Table } from '../../dynamodb/table.ts';
import {
  builtInRolesOf,
  directPermissions,
  effectiveRights,
  type EffectiveRights,
  type Holdings,
} from './permissions.ts';

/**
 * What somebody may do, from every side: directly, by roles, and by groups with theirs (auth.md, "Roles and scopes").
 */

type Permissions = Readonly<Partial<Record<Scope, boolean>>>;

/** A user, or whatever else has roles and permissions of its own. */
export type Holder = {
  readonly roles: readonly string[];
  readonly permissions: Permissions;
  /** Ids. */ readonly groups: readonly string[];
};

/** The groups and custom roles that stand behind holders, as they are just now. */
export type RightsSources = { readonly groups: ReadonlyMap<string, GroupItem>; readonly roles: CustomRoles };

type Reads = Pick<Table<'group' | 'role'>, 'getAll'>;

const customNames = (names: Iterable<string>): string[] => [...new Set(names)].filter((name) => !isBuiltInRole(name));

/** Custom roles by name, those that there are. */
export async function readCustomRoles(
  table: Pick<Table<'role'>, 'getAll'>,
  names: Iterable<string>,
): Promise<CustomRoles> {
  const wanted = customNames(names);
  const found =
    wanted.length === 0
      ? []
      : await table.getAll(
          roleRow,
          wanted.map((name) => ({ name })),
        );
  return new Map(found.flatMap((role) => (role === undefined ? [] : [[role.name, role]])));
}

/** Reads what stands behind holders: nothing, where they are in no group and have built-in roles only. */
export async function readRightsSources(
  table: Reads,
  holders: readonly Holder[],
  moreRoles: readonly string[] = [],
): Promise<RightsSources> {
  const ids = [...new Set(holders.flatMap(({ groups }) => groups))];
  const found =
    ids.length === 0
      ? []
      : await table.getAll(
          groupRow,
          ids.map((id) => ({ id })),
        );
  const groups = new Map(found.flatMap((group) => (group === undefined ? [] : [[group.id, group]])));
  const names = [
    ...holders.flatMap(({ roles }) => roles),
    ...[...groups.values()].flatMap(({ roles }) => roles),
    ...moreRoles,
  ];
  return { groups, roles: await readCustomRoles(table, names) };
}

/** The holder's groups that count: an inactive one gives nothing. */
export const activeGroupsOf = ({ groups }: Pick<Holder, 'groups'>, backing: RightsSources): GroupItem[] =>
  groups.flatMap((id) => backing.groups.get(id) ?? []).filter(({ status }) => status === 'active');

/** Names of all roles, held directly or through groups. */
export const roleNamesOf = (holder: Holder, backing: RightsSources): string[] => [
  ...new Set([...holder.roles, ...activeGroupsOf(holder, backing).flatMap(({ roles }) => roles)]),
];

/** What roles, grants and denials add up to. */
export function holdingsOf(
  holder: Omit<Holder, 'groups'>,
  groups: readonly GroupItem[],
  custom: CustomRoles,
): Holdings {
  const names = [...new Set([...holder.roles, ...groups.flatMap(({ roles }) => roles)])];
  const customRoles = names.flatMap((name) => custom.get(name) ?? []);
  const direct = [holder, ...groups, ...customRoles].map(({ permissions }) => directPermissions(permissions));
  const roles: readonly Role[] = builtInRolesOf(names);
  return { roles, granted: direct.flatMap(({ granted }) => granted), denied: direct.flatMap(({ denied }) => denied) };
}

/** What a holder may do in the end. */
export const rightsOf = (holder: Holder, backing: RightsSources): EffectiveRights =>
  effectiveRights(holdingsOf(holder, activeGroupsOf(holder, backing), backing.roles));

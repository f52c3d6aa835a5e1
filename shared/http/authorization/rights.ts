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

/** The rights of a user: its own, those of its roles, and those of its groups and their roles. */

type Permissions = Readonly<Partial<Record<Scope, boolean>>>;

/** A user, or another record with roles and permissions of its own. */
export type Holder = {
  readonly roles: readonly string[];
  readonly permissions: Permissions;
  /** Ids. */ readonly groups: readonly string[];
};

/** The current groups and custom roles of holders. */
export type RightsSources = { readonly groups: ReadonlyMap<string, GroupItem>; readonly roles: CustomRoles };

/** Those of no holders. */
export const noSources: RightsSources = { groups: new Map(), roles: new Map() };

type Reads = Pick<Table<'group' | 'role'>, 'getAll'>;

const customNames = (names: Iterable<string>): string[] => [...new Set(names)].filter((name) => !isBuiltInRole(name));

/** Reads custom roles. Names without a role, and those of built-in roles, are left out. */
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

/** Reads the groups and custom roles of holders. Reads nothing for holders with built-in roles and without groups. */
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

/** The holder's active groups. An inactive group grants nothing. */
export const activeGroupsOf = ({ groups }: Pick<Holder, 'groups'>, sources: RightsSources): GroupItem[] =>
  groups.flatMap((id) => sources.groups.get(id) ?? []).filter(({ status }) => status === 'active');

/** Names of all roles, held directly or through groups. */
export const roleNamesOf = (holder: Holder, sources: RightsSources): string[] => [
  ...new Set([...holder.roles, ...activeGroupsOf(holder, sources).flatMap(({ roles }) => roles)]),
];

/** The roles, grants and denials of a holder and its groups. */
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

/** The effective rights of a holder. */
export const rightsOf = (holder: Holder, sources: RightsSources): EffectiveRights =>
  effectiveRights(holdingsOf(holder, activeGroupsOf(holder, sources), sources.roles));

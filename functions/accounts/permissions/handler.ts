import { isBuiltInRole, scopes, type Scope } from '#contract/scopes.ts';
import { AppError, found, invalid, notFound } from '#errors.ts';
import type { GroupItem } from '#dynamodb/rows/group.ts';
import { raisePermissionEpoch, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { RoleItem } from '#dynamodb/rows/role.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import {
  assertGrantable,
  assertGrantableRoles,
  assertKnownRoles,
  assertMayChangeScopes,
  changedScopes,
} from '#http/authorization/granting.ts';
import type { Request, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { effectiveRights } from '#http/authorization/permissions.ts';
import {
  activeGroupsOf,
  readRightsSources,
  holdingsOf,
  noSources,
  rightsOf,
  type RightsSources,
  type Holder,
} from '#http/authorization/rights.ts';
import { serve } from '#http/serve.ts';
import { accountsErrors } from '../schema/errors.ts';
import { getPermissions, permissions, savePermissions } from './contract.ts';
import {
  entityOf,
  isRoleName,
  grantsOf,
  listPermissions,
  newRole,
  rolesSince,
  permissionErrors,
  type Entity,
  type Permissions,
  type PermissionsChange,
  type Source,
} from './permission.ts';
import { createRole, permissionStore, updateGroupRights, updateRole, updateUserRights } from './store.ts';

type Table = Context<typeof permissions>['table'];

/** Sources of a holder's permissions: itself, its roles, its groups. */
function sourcesOf(holder: Holder, groups: readonly GroupItem[], { roles }: RightsSources): Source<Scope>[] {
  const source = (name: string, from: Omit<Holder, 'groups'>, ofGroups: readonly GroupItem[] = []): Source<Scope> => {
    const { denied, ...rest } = holdingsOf(from, ofGroups, roles);
    return { name, denied, granted: effectiveRights({ ...rest, denied: [] }).scopes };
  };
  return [
    source('direct', { roles: [], permissions: holder.permissions }),
    ...holder.roles.map((role) => source(`role:${role}`, { roles: [role], permissions: {} })),
    ...groups.map((group) => source(`group:${group.id}`, group)),
  ];
}

type Shown = {
  readonly entity: string;
  readonly type: Permissions['entityType'];
  readonly holder: Holder;
  readonly roles: Permissions['roles'];
  readonly groups: Permissions['groups'];
};

function present({ entity, type, holder, roles, groups }: Shown, backing: RightsSources): Permissions {
  const listed = listPermissions(
    scopes,
    sourcesOf(holder, activeGroupsOf(holder, backing), backing),
    rightsOf(holder, backing),
  );
  return { entity, entityType: type, permissions: listed, roles, groups };
}

const heldRoles = ({
  roles,
  roles_since: since = {},
  created_at: created,
}: Pick<UserItem, 'roles' | 'roles_since' | 'created_at'>): Permissions['roles'] =>
  roles.map((name) => ({ roleId: `role_${name}`, roleName: name, assignedAt: since[name] ?? created }));

async function presentUser(table: Table, user: UserItem, joined: ReadonlyMap<string, string>): Promise<Permissions> {
  const backing = await readRightsSources(table, [user]);
  const groups = user.groups.flatMap((id) => {
    const group = backing.groups.get(id);
    return group === undefined
      ? []
      : [{ groupId: id, groupName: group.name, joinedAt: joined.get(id) ?? user.updated_at }];
  });
  return present({ entity: user.id, type: 'user', holder: user, roles: heldRoles(user), groups }, backing);
}

async function presentGroup(table: Table, group: GroupItem): Promise<Permissions> {
  const holder = { ...group, groups: [] };
  return present(
    { entity: group.id, type: 'group', holder, roles: heldRoles(group), groups: [] },
    await readRightsSources(table, [holder]),
  );
}

/** A role is the only source of its permissions. */
function presentRole(name: string, role: RoleItem | undefined): Permissions {
  const holder: Holder = { roles: [name], permissions: {}, groups: [] };
  const backing: RightsSources = { groups: new Map(), roles: new Map(role === undefined ? [] : [[name, role]]) };
  return present({ entity: `role_${name}`, type: 'role', holder, roles: [], groups: [] }, backing);
}

/** @throws AppError NOT_FOUND */
async function permissionsOf(table: Table, { type, id }: Entity): Promise<Permissions> {
  const store = permissionStore(table);
  switch (type) {
    case 'user': {
      const [user, joined] = await Promise.all([store.user(id), store.joined(id)]);
      return presentUser(table, found(user, 'User'), joined);
    }
    case 'group':
      return presentGroup(table, found(await store.group(id), 'Group'));
    case 'role': {
      const role = isBuiltInRole(id) ? undefined : await store.role(id);
      if (!isBuiltInRole(id) && role === undefined) throw notFound('Role');
      return presentRole(id, role);
    }
  }
}

type ChangeRequest = Request<typeof savePermissions>;

/** Roles and permissions of a holder after a change. @throws AppError UNKNOWN_PERMISSION */
const wantedOf = (
  before: Pick<UserItem, 'roles' | 'permissions'>,
  { permissions: list, roles }: PermissionsChange,
): Pick<UserItem, 'roles' | 'permissions'> => ({
  permissions: list === undefined ? before.permissions : grantsOf(list, scopes),
  roles: roles ?? before.roles,
});

const changed = { message: 'Permissions updated successfully' };

async function changeUser(request: ChangeRequest, table: Table, home: OrganizationItem, id: string) {
  const { caller, organization, body, now, record } = request;
  const store = permissionStore(table);
  const before = found(await store.user(id), 'User');
  if (before.id === caller.id && organization.org_id === caller.organization)
    throw new AppError(accountsErrors.OWN_ACCOUNT, 'Another administrator must change your own permissions');
  const wanted = wantedOf(before, body());
  const backing = await readRightsSources(table, [before], wanted.roles);
  request.assertManages([before], backing);
  const at = now.toISOString();
  const after: UserItem = { ...before, ...wanted, roles_since: rolesSince(before, wanted.roles, at), updated_at: at };
  const added = after.roles.filter((role) => !before.roles.includes(role));
  assertKnownRoles(added, organization, backing.roles);
  assertGrantableRoles(caller, added, backing.roles);
  assertMayChangeScopes(caller, changedScopes(before.permissions, after.permissions), 'permissions');
  assertGrantable(caller, rightsOf(after, backing), 'roles');
  return commits(
    [
      ...updateUserRights(before, after, organization.org_id, backing.roles),
      raisePermissionEpoch(home),
      record('permission.changed', {
        entity: { type: 'user', id },
        description: `Permissions of ${before.username} changed`,
        before: { roles: before.roles, permissions: before.permissions },
        after: wanted,
      }),
    ],
    ok(await presentUser(table, after, await store.joined(id)), changed),
  );
}

async function changeGroup(request: ChangeRequest, table: Table, home: OrganizationItem, id: string) {
  const { caller, organization, body, now, record } = request;
  // Instead of each member: the caller holds all that they gain or lose.
  request.assertManages([], noSources);
  const before = found(await permissionStore(table).group(id), 'Group');
  const wanted = wantedOf(before, body());
  const at = now.toISOString();
  const after: GroupItem = { ...before, ...wanted, roles_since: rolesSince(before, wanted.roles, at), updated_at: at };
  const holders = [before, after].map((group) => ({ ...group, groups: [] }));
  const { roles: custom } = await readRightsSources(table, holders);
  assertKnownRoles(
    after.roles.filter((role) => !before.roles.includes(role)),
    organization,
    custom,
  );
  for (const group of [before, after])
    assertGrantable(caller, effectiveRights({ ...holdingsOf(group, [], custom), denied: [] }), 'roles');
  assertMayChangeScopes(
    caller,
    [...holdingsOf(before, [], custom).denied, ...holdingsOf(after, [], custom).denied],
    'permissions',
  );
  return commits(
    [
      ...updateGroupRights(before, after, custom),
      raisePermissionEpoch(home),
      record('permission.changed', {
        entity: { type: 'group', id },
        description: `Permissions of group ${before.name} changed`,
        before: { roles: before.roles, permissions: before.permissions },
        after: wanted,
      }),
    ],
    ok(await presentGroup(table, after), changed),
  );
}

/** @throws AppError VALIDATION_FAILED, UNKNOWN_PERMISSION */
function wantedOfRole(
  before: RoleItem | undefined,
  { permissions: list, roles }: PermissionsChange,
): RoleItem['permissions'] {
  if (roles !== undefined) throw invalid('roles', 'must be absent: a role has no roles');
  return list === undefined ? (before?.permissions ?? {}) : grantsOf(list, scopes);
}

/** The custom role, if it exists. @throws AppError BUILT_IN_ROLE; NOT_FOUND for a name that no role can have */
async function customRole(table: Table, name: string): Promise<RoleItem | undefined> {
  if (isBuiltInRole(name))
    throw new AppError(permissionErrors.BUILT_IN_ROLE, `${name} is a built-in role, which cannot be changed`);
  const role = await permissionStore(table).role(name);
  if (role === undefined && !isRoleName(name)) throw notFound('Role');
  return role;
}

async function changeRole(request: ChangeRequest, table: Table, home: OrganizationItem, name: string) {
  const { caller, body, now, record } = request;
  // Instead of each holder: the caller holds all that they gain or lose.
  request.assertManages([], noSources);
  const before = await customRole(table, name);
  const wanted = wantedOfRole(before, body());
  assertMayChangeScopes(caller, changedScopes(before?.permissions ?? {}, wanted), 'permissions');
  const at = now.toISOString();
  const after: RoleItem =
    before === undefined ? newRole(name, wanted, at) : { ...before, permissions: wanted, updated_at: at };
  const event = record('role.changed', {
    entity: { type: 'role', id: `role_${name}` },
    description: `Role ${name} changed`,
    before: before ?? { permissions: {} },
    after,
  });
  return before === undefined
    ? commits(
        [...createRole(after), raisePermissionEpoch(home), event],
        created(presentRole(name, after), { message: 'Role created successfully' }),
      )
    : commits([...updateRole(before, after), raisePermissionEpoch(home), event], ok(presentRole(name, after), changed));
}

/** The entity of a path; a `type` that differs from it does not exist. @throws AppError NOT_FOUND */
function requestedEntity(name: string, type: Entity['type'] | undefined): Entity {
  const entity = entityOf(name);
  if (type !== undefined && type !== entity.type) throw notFound('Entity');
  return entity;
}

export const permissionsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    permissions,
    {
      [getPermissions.route]: async ({ params, query }, { table }) => {
        const all = await permissionsOf(table, requestedEntity(params.entity, query.type));
        return ok({
          ...all,
          permissions: all.permissions.filter(({ scope }) => query.scope === undefined || scope === query.scope),
        });
      },

      [savePermissions.route]: async (request, { table }) => {
        const { type, id } = requestedEntity(request.params.entity, request.query.type);
        // First: if the rights of others change after this read, the write fails and the request is decided again.
        const home = (await permissionStore(table).organization()) ?? request.organization;
        switch (type) {
          case 'user':
            return changeUser(request, table, home, id);
          case 'group':
            return changeGroup(request, table, home, id);
          case 'role':
            return changeRole(request, table, home, id);
        }
      },
    },
    dependencies,
  );

export const handler = permissionsHandler();

import { isBuiltInRole, scopes, type Scope } from '../../../shared/contract/scopes.ts';
import { AppError, invalid, notFound } from '../../../shared/errors.ts';
import type { GroupItem } from '../../../shared/dynamodb/rows/group.ts';
import { rightsChanged, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import type { RoleItem } from '../../../shared/dynamodb/rows/role.ts';
import type { UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import {
  requireGrantable,
  requireGrantableRoles,
  requireKnownRoles,
  requireManageable,
  requireTouchable,
  touchedBetween,
} from '../../../shared/http/authorization/granting.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { effective } from '../../../shared/http/authorization/permissions.ts';
import {
  activeGroupsOf,
  backingOf,
  holdingsOf,
  rightsOf,
  type Backing,
  type Holder,
} from '../../../shared/http/authorization/rights.ts';
import { serve } from '../../../shared/http/serve.ts';
import { getPermissions, permissions, putPermissions } from './contract.ts';
import {
  entityOf,
  isRoleName,
  listedPermissions,
  newRole,
  rolesSince,
  statedPermissions,
  type Entity,
  type Permissions,
  type PermissionsChange,
  type Source,
} from './permission.ts';
import { ofGroup, ofUser, permissionStore, roleCreation, roleUpdate } from './store.ts';

type Table = Context<typeof permissions>['table'];

/** What a holder has by itself, by each role and by each group, the nearest first. */
function sourcesOf(holder: Holder, groups: readonly GroupItem[], { roles }: Backing): Source<Scope>[] {
  const side = (name: string, from: Omit<Holder, 'groups'>, ofGroups: readonly GroupItem[] = []): Source<Scope> => {
    const { denied, ...rest } = holdingsOf(from, ofGroups, roles);
    return { name, denied, granted: effective({ ...rest, denied: [] }).scopes };
  };
  return [
    side('direct', { roles: [], permissions: holder.permissions }),
    ...holder.roles.map((role) => side(`role:${role}`, { roles: [role], permissions: {} })),
    ...groups.map((group) => side(`group:${group.id}`, group)),
  ];
}

type Shown = {
  readonly entity: string;
  readonly type: Permissions['entityType'];
  readonly holder: Holder;
  readonly roles: Permissions['roles'];
  readonly groups: Permissions['groups'];
};

function shown({ entity, type, holder, roles, groups }: Shown, backing: Backing): Permissions {
  const listed = listedPermissions(
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

async function ofUserShown(table: Table, user: UserItem, joined: ReadonlyMap<string, string>): Promise<Permissions> {
  const backing = await backingOf(table, [user]);
  const groups = user.groups.flatMap((id) => {
    const group = backing.groups.get(id);
    return group === undefined
      ? []
      : [{ groupId: id, groupName: group.name, joinedAt: joined.get(id) ?? user.updated_at }];
  });
  return shown({ entity: user.id, type: 'user', holder: user, roles: heldRoles(user), groups }, backing);
}

async function ofGroupShown(table: Table, group: GroupItem): Promise<Permissions> {
  const holder = { ...group, groups: [] };
  return shown(
    { entity: group.id, type: 'group', holder, roles: heldRoles(group), groups: [] },
    await backingOf(table, [holder]),
  );
}

/** What a role says stands for itself: it is the source of all of it. */
function ofRoleShown(name: string, role: RoleItem | undefined): Permissions {
  const holder: Holder = { roles: [name], permissions: {}, groups: [] };
  const backing: Backing = { groups: new Map(), roles: new Map(role === undefined ? [] : [[name, role]]) };
  return shown({ entity: `role_${name}`, type: 'role', holder, roles: [], groups: [] }, backing);
}

/** @throws AppError NOT_FOUND */
async function permissionsOf(table: Table, { type, id }: Entity): Promise<Permissions> {
  const store = permissionStore(table);
  switch (type) {
    case 'user': {
      const [user, joined] = await Promise.all([store.user(id), store.joined(id)]);
      if (user === undefined) throw notFound('User');
      return ofUserShown(table, user, joined);
    }
    case 'group': {
      const group = await store.group(id);
      if (group === undefined) throw notFound('Group');
      return ofGroupShown(table, group);
    }
    case 'role': {
      const role = isBuiltInRole(id) ? undefined : await store.role(id);
      if (!isBuiltInRole(id) && role === undefined) throw notFound('Role');
      return ofRoleShown(id, role);
    }
  }
}

type ChangeRequest = Request<typeof putPermissions>;

/** What a holder is to have after a change. @throws AppError UNKNOWN_PERMISSION */
const wantedOf = (
  before: Pick<UserItem, 'roles' | 'permissions'>,
  { permissions: list, roles }: PermissionsChange,
): Pick<UserItem, 'roles' | 'permissions'> => ({
  permissions: list === undefined ? before.permissions : statedPermissions(list, scopes),
  roles: roles ?? before.roles,
});

const changed = { message: 'Permissions updated successfully' };

async function changeUser(request: ChangeRequest, table: Table, home: OrganizationItem, id: string) {
  const { caller, organization, body, now, record } = request;
  const store = permissionStore(table);
  const before = await store.user(id);
  if (before === undefined) throw notFound('User');
  if (before.id === caller.id && organization.org_id === caller.organization)
    throw new AppError('OWN_ACCOUNT', "One's own permissions are for others to change");
  const wanted = wantedOf(before, body());
  const backing = await backingOf(table, [before], wanted.roles);
  requireManageable(caller, rightsOf(before, backing));
  const at = now.toISOString();
  const after: UserItem = { ...before, ...wanted, roles_since: rolesSince(before, wanted.roles, at), updated_at: at };
  const added = after.roles.filter((role) => !before.roles.includes(role));
  requireKnownRoles(added, organization, backing.roles);
  requireGrantableRoles(caller, added, backing.roles);
  requireTouchable(caller, touchedBetween(before.permissions, after.permissions), 'permissions');
  requireGrantable(caller, rightsOf(after, backing), 'roles');
  return commits(
    [
      ...ofUser(before, after, organization.org_id, backing.roles),
      rightsChanged(home),
      record('permission.changed', {
        entity: { type: 'user', id },
        description: `Permissions of ${before.username} changed`,
        before: { roles: before.roles, permissions: before.permissions },
        after: wanted,
      }),
    ],
    ok(await ofUserShown(table, after, await store.joined(id)), changed),
  );
}

async function changeGroup(request: ChangeRequest, table: Table, home: OrganizationItem, id: string) {
  const { caller, organization, body, now, record } = request;
  const before = await permissionStore(table).group(id);
  if (before === undefined) throw notFound('Group');
  const wanted = wantedOf(before, body());
  const at = now.toISOString();
  const after: GroupItem = { ...before, ...wanted, roles_since: rolesSince(before, wanted.roles, at), updated_at: at };
  const holders = [before, after].map((group) => ({ ...group, groups: [] }));
  const { roles: custom } = await backingOf(table, holders);
  requireKnownRoles(
    after.roles.filter((role) => !before.roles.includes(role)),
    organization,
    custom,
  );
  for (const group of [before, after])
    requireGrantable(caller, effective({ ...holdingsOf(group, [], custom), denied: [] }), 'roles');
  requireTouchable(
    caller,
    [...holdingsOf(before, [], custom).denied, ...holdingsOf(after, [], custom).denied],
    'permissions',
  );
  return commits(
    [
      ...ofGroup(before, after, custom),
      rightsChanged(home),
      record('permission.changed', {
        entity: { type: 'group', id },
        description: `Permissions of group ${before.name} changed`,
        before: { roles: before.roles, permissions: before.permissions },
        after: wanted,
      }),
    ],
    ok(await ofGroupShown(table, after), changed),
  );
}

/** @throws AppError VALIDATION_FAILED, UNKNOWN_PERMISSION */
function wantedOfRole(
  before: RoleItem | undefined,
  { permissions: list, roles }: PermissionsChange,
): RoleItem['permissions'] {
  if (roles !== undefined) throw invalid('roles', 'a role has none');
  return list === undefined ? (before?.permissions ?? {}) : statedPermissions(list, scopes);
}

/** @throws AppError BUILT_IN_ROLE, NOT_FOUND for what can be no role */
async function presentRole(table: Table, name: string): Promise<RoleItem | undefined> {
  if (isBuiltInRole(name))
    throw new AppError('BUILT_IN_ROLE', `${name} is a role of the platform, which nobody changes`);
  const role = await permissionStore(table).role(name);
  if (role === undefined && !isRoleName(name)) throw notFound('Role');
  return role;
}

async function changeRole(
  { caller, body, now, record }: ChangeRequest,
  table: Table,
  home: OrganizationItem,
  name: string,
) {
  const before = await presentRole(table, name);
  const wanted = wantedOfRole(before, body());
  requireTouchable(caller, touchedBetween(before?.permissions ?? {}, wanted), 'permissions');
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
        [...roleCreation(after), rightsChanged(home), event],
        created(ofRoleShown(name, after), { message: 'Role created successfully' }),
      )
    : commits([...roleUpdate(before, after), rightsChanged(home), event], ok(ofRoleShown(name, after), changed));
}

/** A `type` only confirms. @throws AppError NOT_FOUND */
function confirmed(named: string, type: Entity['type'] | undefined): Entity {
  const entity = entityOf(named);
  if (type !== undefined && type !== entity.type) throw notFound('Entity');
  return entity;
}

export const permissionsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    permissions,
    {
      [getPermissions.route]: async ({ params, query }, { table }) => {
        const found = await permissionsOf(table, confirmed(params.entity, query.type));
        return ok({
          ...found,
          permissions: found.permissions.filter(({ scope }) => query.scope === undefined || scope === query.scope),
        });
      },

      [putPermissions.route]: async (request, { table }) => {
        const { type, id } = confirmed(request.params.entity, request.query.type);
        // First: what is decided by the rights of others is decided anew if they change after this.
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

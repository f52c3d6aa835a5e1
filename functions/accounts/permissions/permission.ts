import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { Timestamp } from '#schema/values.ts';

/** Permissions, and where they come from (functions/accounts/README.md, "Roles and permissions"). */

export const permissionErrors = errorKinds({
  BUILT_IN_ROLE: [409, 'A built-in role cannot be changed.'],
  UNKNOWN_PERMISSION: [422, 'A named permission does not exist; `details` lists them.'],
});

export const entityTypes = ['user', 'group', 'role'] as const;
export const permissionScopes = ['org', 'global', 'resource'] as const;
/** Custom roles of one organization. */
export const maxCustomRoles = 50;

const customRole = /^[a-z][a-z0-9_]{1,31}$/;
const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** Body of `PUT /permissions/{entity}`. */
export const PermissionsChange = z
  .object({
    permissions: z
      .array(
        z.object({
          permission: z.string().max(64).describe('Scope, as `users.read` or `users:read`'),
          granted: z.boolean().describe('`true` grants, `false` denies'),
        }),
      )
      .max(100)
      .refine(
        (list) => isDistinct(list.map(({ permission }) => permission.replace(':', '.'))),
        'names a permission twice',
      )
      .describe('Direct grants and denials, in place of all current ones'),
    roles: z
      .array(z.string().min(1).max(64))
      .max(10)
      .refine(isDistinct, 'names a role twice')
      .describe('Up to 10 roles of a user or group, in place of all current ones'),
  })
  .partial()
  .meta({ id: 'PermissionsChange' });
export type PermissionsChange = z.output<typeof PermissionsChange>;

const Permission = z.object({
  permission: z.string().describe('Scope, as `users.read`'),
  scope: z
    .enum(permissionScopes)
    .describe("`org`: its organization; `global`: also other organizations; `resource`: only the entity's own records"),
  granted: z.boolean().describe('Whether the entity has it'),
  source: z
    .string()
    .nullable()
    .describe('`direct`, `role:<name>` or `group:<id>`; with `deny:` in front where that denies it; null: no source'),
});

/** As answered. */
export const Permissions = z
  .object({
    entity: z.string().describe('Id of the user, service account, group or role'),
    entityType: z.enum(entityTypes).describe('Kind of entity; a service account is a user'),
    permissions: z.array(Permission).describe('All 22 scopes'),
    roles: z
      .array(
        z.object({
          roleId: z.string().describe('Id of the role'),
          roleName: z.string().describe('Name of the role'),
          assignedAt: Timestamp.describe('Time since which the role is held'),
        }),
      )
      .describe('Roles held directly'),
    groups: z
      .array(
        z.object({
          groupId: z.string().describe('Id of the group'),
          groupName: z.string().describe('Name of the group'),
          joinedAt: Timestamp.describe('Time at which the user joined'),
        }),
      )
      .describe('Groups of a user'),
  })
  .meta({ id: 'Permissions' });
export type Permissions = z.output<typeof Permissions>;

export type Entity = { readonly type: 'user' | 'group' | 'role'; readonly id: string };

/** The entity that a path names; the prefix `role_` is optional. */
export function entityOf(name: string): Entity {
  const [, prefix, rest] = /^(usr|svc|grp|role)_(.+)$/.exec(name) ?? [];
  if (prefix === 'role') return { type: 'role', id: rest ?? '' };
  if (prefix === 'grp') return { type: 'group', id: name };
  return { type: prefix === undefined ? 'role' : 'user', id: name };
}

/** Whether a custom role may have this name. */
export const isRoleName = (name: string): boolean => customRole.test(name);

/** Permissions are written `users.read`; `users:read` is accepted. */
const dotted = (scope: string): string => scope.replace(':', '.');

/** A list of grants and denials as it is stored. `known`: all scopes. @throws AppError UNKNOWN_PERMISSION */
export function grantsOf<S extends string>(
  list: NonNullable<PermissionsChange['permissions']>,
  known: readonly S[],
): Partial<Record<S, boolean>> {
  const grants: Partial<Record<S, boolean>> = {};
  const unknown: { path: string; message: string }[] = [];
  for (const [at, { permission, granted }] of list.entries()) {
    const scope = known.find((each) => each === permission || dotted(each) === permission);
    if (scope === undefined)
      unknown.push({ path: `permissions[${at}].permission`, message: `${permission} is no permission` });
    else grants[scope] = granted;
  }
  if (unknown.length > 0)
    throw new AppError(permissionErrors.UNKNOWN_PERMISSION, unknown.map(({ message }) => message).join('; '), {
      details: unknown,
    });
  return grants;
}

/** A source of permissions: the entity itself, a role or a group. */
export type Source<S extends string> = {
  readonly name: string;
  readonly granted: readonly S[];
  readonly denied: readonly S[];
};

export type Held<S extends string> = {
  readonly scopes: readonly S[];
  readonly ownOnly: readonly S[];
  readonly reach: 'own' | 'children' | 'all';
};

const extentOf = <S extends string>(scope: S, { ownOnly, reach }: Held<S>): (typeof permissionScopes)[number] => {
  if (ownOnly.includes(scope)) return 'resource';
  return reach === 'own' ? 'org' : 'global';
};

/** All permissions in their order, each with its source or what denies it. `sources`: the nearest first. */
export function listPermissions<S extends string>(
  all: readonly S[],
  sources: readonly Source<S>[],
  held: Held<S>,
): Permissions['permissions'] {
  return all.map((scope) => {
    const denier = sources.find(({ denied }) => denied.includes(scope));
    const granter = sources.find(({ granted }) => granted.includes(scope));
    const source = denier === undefined ? (granter?.name ?? null) : `deny:${denier.name}`;
    return {
      permission: dotted(scope),
      scope: extentOf(scope, held),
      granted: held.scopes.includes(scope),
      source,
    };
  });
}

/** A custom role as it is first stored. */
export const newRole = <S extends string>(name: string, permissions: Partial<Record<S, boolean>>, now: string) => ({
  name,
  permissions,
  holders: 0,
  created_at: now,
  updated_at: now,
  version: 1,
});

/** Times since which roles are held (ISO 8601), after a change. */
export const rolesSince = (
  {
    roles,
    roles_since: since = {},
    created_at: created,
  }: {
    readonly roles: readonly string[];
    readonly roles_since?: Readonly<Record<string, string>>;
    readonly created_at: string;
  },
  after: readonly string[],
  now: string,
): Record<string, string> =>
  Object.fromEntries(after.map((role) => [role, roles.includes(role) ? (since[role] ?? created) : now]));

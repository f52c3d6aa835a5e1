import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { Timestamp } from '../../../shared/schema/values.ts';

/** Who holds what, and where it comes from (users.md, "Permissions"; seed 000). */

export const entityTypes = ['user', 'group', 'role'] as const;
export const permissionScopes = ['org', 'global', 'resource'] as const;
export const maxCustomRoles = 50;

const customRole = /^[a-z][a-z0-9_]{1,31}$/;
const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** Body of `PUT /permissions/{entity}`. */
export const PermissionsChange = z
  .object({
    permissions: z
      .array(z.object({ permission: z.string().max(64), granted: z.boolean() }))
      .max(100)
      .refine(
        (list) => isDistinct(list.map(({ permission }) => permission.replace(':', '.'))),
        'names a permission twice',
      ),
    roles: z.array(z.string().min(1).max(64)).max(10).refine(isDistinct, 'names a role twice'),
  })
  .partial()
  .meta({ id: 'PermissionsChange' });
export type PermissionsChange = z.output<typeof PermissionsChange>;

const Permission = z.object({
  permission: z.string(),
  scope: z.enum(permissionScopes),
  granted: z.boolean(),
  source: z
    .string()
    .nullable()
    .meta({ description: '`direct`, `role:<name>`, `group:<id>`, or what denies it, `deny:` before it' }),
});

/** As answered. */
export const Permissions = z
  .object({
    entity: z.string(),
    entityType: z.enum(entityTypes),
    permissions: z.array(Permission),
    roles: z.array(z.object({ roleId: z.string(), roleName: z.string(), assignedAt: Timestamp })),
    groups: z.array(z.object({ groupId: z.string(), groupName: z.string(), joinedAt: Timestamp })),
  })
  .meta({ id: 'Permissions' });
export type Permissions = z.output<typeof Permissions>;

export type Entity = { readonly type: 'user' | 'group' | 'role'; readonly id: string };

/** What a path names: a role goes with or without `role_`. */
export function entityOf(named: string): Entity {
  const [, prefix, rest] = /^(usr|svc|grp|role)_(.+)$/.exec(named) ?? [];
  if (prefix === 'role') return { type: 'role', id: rest ?? '' };
  if (prefix === 'grp') return { type: 'group', id: named };
  return { type: prefix === undefined ? 'role' : 'user', id: named };
}

/** Whether an organization may give a role of its own this name. */
export const isRoleName = (name: string): boolean => customRole.test(name);

/** Written `users.read`; `users:read` is accepted. */
const dotted = (scope: string): string => scope.replace(':', '.');

/** The list as it is kept. `known` are all scopes. @throws AppError UNKNOWN_PERMISSION */
export function statedPermissions<S extends string>(
  list: NonNullable<PermissionsChange['permissions']>,
  known: readonly S[],
): Partial<Record<S, boolean>> {
  const stated: Partial<Record<S, boolean>> = {};
  const unknown: { path: string; message: string }[] = [];
  for (const [at, { permission, granted }] of list.entries()) {
    const scope = known.find((each) => each === permission || dotted(each) === permission);
    if (scope === undefined)
      unknown.push({ path: `permissions[${at}].permission`, message: `${permission} is no permission` });
    else stated[scope] = granted;
  }
  if (unknown.length > 0)
    throw new AppError('UNKNOWN_PERMISSION', unknown.map(({ message }) => message).join('; '), { details: unknown });
  return stated;
}

/** One side from which permissions come, the nearest first. */
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

/** All permissions in their order, each with where it comes from or what denies it. */
export function listedPermissions<S extends string>(
  all: readonly S[],
  sources: readonly Source<S>[],
  held: Held<S>,
): Permissions['permissions'] {
  return all.map((scope) => {
    const denier = sources.find(({ denied }) => denied.includes(scope));
    const granter = sources.find(({ granted }) => granted.includes(scope));
    const source = denier === undefined ? (granter?.name ?? null) : `deny:${denier.name}`;
    const isOwnOnly = held.ownOnly.includes(scope);
    return {
      permission: dotted(scope),
      scope: isOwnOnly ? 'resource' : held.reach === 'own' ? 'org' : 'global',
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

/** The times at which roles were assigned, after a change. */
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

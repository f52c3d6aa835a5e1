import { builtInRoles, isBuiltInRole, scopes, type ReachOfRole, type Role, type Scope } from '../../contract/scopes.ts';

/** All sources of a user's rights: roles held directly or through groups, direct grants, denials. */
export type Holdings = {
  readonly roles: readonly Role[];
  readonly granted: readonly Scope[];
  readonly denied: readonly Scope[];
};

/** The rights that result from all sources. */
export type EffectiveRights = {
  readonly scopes: readonly Scope[];
  /** Those of `scopes` that cover one's own records only. */
  readonly ownOnly: readonly Scope[];
  readonly reach: ReachOfRole;
};

/** From the narrowest to the widest. */
const reaches: readonly ReachOfRole[] = ['own', 'children', 'all'];

/**
 * Roles and direct grants, minus every denial: deny beats grant. A scope is own-only when no source grants it in full
 * (shared/http/authorization/README.md, "Roles and scopes").
 */
export function effectiveRights({ roles, granted, denied }: Holdings): EffectiveRights {
  const full = new Set<Scope>([
    ...granted,
    ...roles.flatMap((role) => role.scopes.filter((scope) => !role.ownOnly.includes(scope))),
  ]);
  const held = new Set<Scope>([...full, ...roles.flatMap((role) => role.scopes)]);
  const allowed = scopes.filter((scope) => held.has(scope) && !denied.includes(scope));
  const reach = roles.reduce<ReachOfRole>(
    (largest, role) => (reaches.indexOf(role.reach) > reaches.indexOf(largest) ? role.reach : largest),
    'own',
  );
  return { scopes: allowed, ownOnly: allowed.filter((scope) => !full.has(scope)), reach };
}

/** The rights of a credential, limited to the current rights of its owner: rights are lost at once, none is added. */
export function narrowRights(granted: EffectiveRights, current: EffectiveRights): EffectiveRights {
  const remaining = granted.scopes.filter((scope) => current.scopes.includes(scope));
  return {
    scopes: remaining,
    ownOnly: remaining.filter((scope) => granted.ownOnly.includes(scope) || current.ownOnly.includes(scope)),
    reach: reaches.indexOf(granted.reach) < reaches.indexOf(current.reach) ? granted.reach : current.reach,
  };
}

/** Whether `mine` includes all of `theirs`, so that the first may grant or manage the second. */
export const covers = (mine: EffectiveRights, theirs: EffectiveRights): boolean =>
  reaches.indexOf(mine.reach) >= reaches.indexOf(theirs.reach) &&
  theirs.scopes.every(
    (scope) => mine.scopes.includes(scope) && (!mine.ownOnly.includes(scope) || theirs.ownOnly.includes(scope)),
  );

/** Splits a list of permissions into grants (`true`) and denials (`false`). */
export const directPermissions = (
  permissions: Readonly<Partial<Record<Scope, boolean>>>,
): Pick<Holdings, 'granted' | 'denied'> => ({
  granted: scopes.filter((scope) => permissions[scope] === true),
  denied: scopes.filter((scope) => permissions[scope] === false),
});

/** The built-in roles among some names. */
export const builtInRolesOf = (names: readonly string[]): Role[] =>
  names.filter(isBuiltInRole).map((name) => builtInRoles[name]);

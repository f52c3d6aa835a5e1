import { builtInRoles, isBuiltInRole, scopes, type ReachOfRole, type Role, type Scope } from '../../contract/scopes.ts';

/** What somebody holds, from every side: roles held directly or through groups, direct grants, denials. */
export type Holdings = {
  readonly roles: readonly Role[];
  readonly granted: readonly Scope[];
  readonly denied: readonly Scope[];
};

export type EffectiveRights = {
  readonly scopes: readonly Scope[];
  readonly ownOnly: readonly Scope[];
  readonly reach: ReachOfRole;
};

const widest: readonly ReachOfRole[] = ['own', 'children', 'all'];

/**
 * (roles + direct grants) − every denial: deny beats grant. A scope is own-only when nothing grants it
 * in full (auth.md, "Roles and scopes").
 */
export function effectiveRights({ roles, granted, denied }: Holdings): EffectiveRights {
  const full = new Set<Scope>([
    ...granted,
    ...roles.flatMap((role) => role.scopes.filter((scope) => !role.ownOnly.includes(scope))),
  ]);
  const held = new Set<Scope>([...full, ...roles.flatMap((role) => role.scopes)]);
  const allowed = scopes.filter((scope) => held.has(scope) && !denied.includes(scope));
  const reach = roles.reduce<ReachOfRole>(
    (sofar, role) => (widest.indexOf(role.reach) > widest.indexOf(sofar) ? role.reach : sofar),
    'own',
  );
  return { scopes: allowed, ownOnly: allowed.filter((scope) => !full.has(scope)), reach };
}

/** What is left of rights that were once given, now that somebody holds `present`: less at once, never more. */
export function narrowRights(once: EffectiveRights, present: EffectiveRights): EffectiveRights {
  const scopesLeft = once.scopes.filter((scope) => present.scopes.includes(scope));
  return {
    scopes: scopesLeft,
    ownOnly: scopesLeft.filter((scope) => once.ownOnly.includes(scope) || present.ownOnly.includes(scope)),
    reach: widest.indexOf(once.reach) < widest.indexOf(present.reach) ? once.reach : present.reach,
  };
}

/** Whether somebody with `mine` may manage, or hand out, what `theirs` is: nobody reaches beyond oneself. */
export const covers = (mine: EffectiveRights, theirs: EffectiveRights): boolean =>
  widest.indexOf(mine.reach) >= widest.indexOf(theirs.reach) &&
  theirs.scopes.every(
    (scope) => mine.scopes.includes(scope) && (!mine.ownOnly.includes(scope) || theirs.ownOnly.includes(scope)),
  );

/** A user's own grants and denials, as `/permissions` keeps them. */
export const directPermissions = (
  of: Readonly<Partial<Record<Scope, boolean>>>,
): Pick<Holdings, 'granted' | 'denied'> => ({
  granted: scopes.filter((scope) => of[scope] === true),
  denied: scopes.filter((scope) => of[scope] === false),
});

export const builtInRolesOf = (names: readonly string[]): Role[] =>
  names.filter(isBuiltInRole).map((name) => builtInRoles[name]);

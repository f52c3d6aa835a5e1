import { isBuiltInRole, scopes, type Scope } from '../../contract/scopes.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { CustomRoles } from '../../dynamodb/rows/role.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from './caller.ts';
import { covers, effectiveRights, type EffectiveRights } from './permissions.ts';
import { holdingsOf } from './rights.ts';

/**
 * A caller grants only rights that it has, and manages only users that may do no more than it
 * (shared/http/authorization/README.md, "Roles and scopes").
 */

type Rights = Pick<Caller, 'scopes' | 'ownOnly' | 'reach'>;
const rightsOfCaller = (caller: Rights): EffectiveRights => ({
  scopes: [...caller.scopes],
  ownOnly: [...caller.ownOnly],
  reach: caller.reach,
});

/** @throws AppError CANNOT_MANAGE_USER for a user that may do more than the caller */
export function assertManageable(caller: Rights, theirs: EffectiveRights): void {
  if (!covers(rightsOfCaller(caller), theirs))
    throw new AppError('CANNOT_MANAGE_USER', 'This user has more rights than you');
}

const cannotGrant = (what: string, path: string): AppError =>
  new AppError('CANNOT_GRANT', `${what} exceeds your own rights`, {
    details: [{ path, message: 'exceeds your own rights' }],
  });

/** Checks rights that the caller grants, or that a change results in. @throws AppError CANNOT_GRANT */
export function assertGrantable(caller: Rights, given: EffectiveRights, path: string): void {
  if (!covers(rightsOfCaller(caller), given)) throw cannotGrant('This grant', path);
}

/**
 * Checks a change of grants or denials of a role or group. It affects every holder, so the caller must hold each scope
 * in full. @throws AppError CANNOT_GRANT
 */
export function assertMayChangeScopes(caller: Rights, changed: readonly Scope[], path: string): void {
  const beyond = changed.find((scope) => !caller.scopes.has(scope) || caller.ownOnly.has(scope));
  if (beyond !== undefined) throw cannotGrant(beyond, path);
}

type Permissions = Readonly<Partial<Record<Scope, boolean>>>;

/** Scopes whose grant or denial differs between two lists. */
export const changedScopes = (before: Permissions, after: Permissions): Scope[] =>
  scopes.filter((scope) => before[scope] !== after[scope]);

/** The type of organization that a built-in role is reserved for. */
const homeOf: Readonly<Record<string, OrganizationItem['type']>> = { operator: 'operator', reseller: 'reseller' };

/** Whether a name is a role of an organization of this type. */
export const isKnownRole = (name: string, { type }: Pick<OrganizationItem, 'type'>, custom: CustomRoles): boolean =>
  isBuiltInRole(name) ? (homeOf[name] ?? type) === type : custom.has(name);

/** @throws AppError UNKNOWN_ROLE for names that are no role of this organization */
export function assertKnownRoles(
  names: readonly string[],
  organization: Pick<OrganizationItem, 'type'>,
  custom: CustomRoles,
): void {
  const unknown = names.flatMap((name, at) =>
    isKnownRole(name, organization, custom)
      ? []
      : [{ path: `roles[${at}]`, message: `${name} is not a role of this organization` }],
  );
  if (unknown.length > 0)
    throw new AppError('UNKNOWN_ROLE', unknown.map(({ message }) => message).join('; '), { details: unknown });
}

/**
 * Checks roles that the caller grants. Denials do not count here: they may be lifted later.
 * @throws AppError CANNOT_GRANT
 */
export function assertGrantableRoles(caller: Rights, names: readonly string[], custom: CustomRoles): void {
  const holdings = holdingsOf({ roles: names, permissions: {} }, [], custom);
  assertGrantable(caller, effectiveRights({ ...holdings, denied: [] }), 'roles');
}

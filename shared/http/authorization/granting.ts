import { isBuiltInRole, scopes, type Scope } from '../../contract/scopes.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { CustomRoles } from '../../dynamodb/rows/role.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../admission/caller.ts';
import { covers, effectiveRights, type EffectiveRights } from './permissions.ts';
import { holdingsOf } from './rights.ts';

/** Nobody hands out what one lacks, or manages somebody who may do more (auth.md, "Roles and scopes"). */

type Rights = Pick<Caller, 'scopes' | 'ownOnly' | 'reach'>;
const rightsOfCaller = (caller: Rights): EffectiveRights => ({
  scopes: [...caller.scopes],
  ownOnly: [...caller.ownOnly],
  reach: caller.reach,
});

/** @throws AppError CANNOT_MANAGE_USER for somebody who may do more than the caller */
export function assertManageable(caller: Rights, theirs: EffectiveRights): void {
  if (!covers(rightsOfCaller(caller), theirs))
    throw new AppError('CANNOT_MANAGE_USER', 'This user may do more than you');
}

const cannotGrant = (what: string, path: string): AppError =>
  new AppError('CANNOT_GRANT', `${what} goes beyond what you may do yourself`, {
    details: [{ path, message: 'goes beyond what you may do yourself' }],
  });

/** What is handed out, or would be the result of a change. @throws AppError CANNOT_GRANT */
export function assertGrantable(caller: Rights, given: EffectiveRights, path: string): void {
  if (!covers(rightsOfCaller(caller), given)) throw cannotGrant('This', path);
}

/**
 * A grant or a denial, made or lifted, concerns everybody who has it by a role or group: only who holds
 * the scope in full decides about it. @throws AppError CANNOT_GRANT
 */
export function assertMayDecide(caller: Rights, touched: readonly Scope[], path: string): void {
  const beyond = touched.find((scope) => !caller.scopes.has(scope) || caller.ownOnly.has(scope));
  if (beyond !== undefined) throw cannotGrant(beyond, path);
}

type Permissions = Readonly<Partial<Record<Scope, boolean>>>;

/** Scopes about which two lists say different things. */
export const changedScopes = (before: Permissions, after: Permissions): Scope[] =>
  scopes.filter((scope) => before[scope] !== after[scope]);

/** Where a built-in role that reaches beyond an organization may be held at all. */
const homeOf: Readonly<Record<string, OrganizationItem['type']>> = { operator: 'operator', reseller: 'reseller' };

/** @throws AppError UNKNOWN_ROLE for what is no role in this organization */
export function assertKnownRoles(
  names: readonly string[],
  { type }: Pick<OrganizationItem, 'type'>,
  custom: CustomRoles,
): void {
  const isKnown = (name: string): boolean => (isBuiltInRole(name) ? (homeOf[name] ?? type) === type : custom.has(name));
  const unknown = names.flatMap((name, at) =>
    isKnown(name) ? [] : [{ path: `roles[${at}]`, message: `${name} is no role of the organization` }],
  );
  if (unknown.length > 0)
    throw new AppError('UNKNOWN_ROLE', unknown.map(({ message }) => message).join('; '), { details: unknown });
}

/** @throws AppError CANNOT_GRANT for a role that grants more than the caller has, whatever denies it again */
export function assertGrantableRoles(caller: Rights, names: readonly string[], custom: CustomRoles): void {
  const holdings = holdingsOf({ roles: names, permissions: {} }, [], custom);
  assertGrantable(caller, effectiveRights({ ...holdings, denied: [] }), 'roles');
}

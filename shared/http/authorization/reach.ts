import type { ReachOfRole } from '../../contract/scopes.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { UserItem } from '../../dynamodb/rows/user.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from './caller.ts';

/** Which organizations a caller may work in (shared/http/authorization/README.md, "Roles and scopes"). */

/** Whether a caller reaches an organization: its own, one below it, or any, by its reach. */
export function isInReach(caller: Pick<Caller, 'organization' | 'reach'>, organization: OrganizationItem): boolean {
  if (organization.org_id === caller.organization) return true;
  switch (caller.reach) {
    case 'all':
      return true;
    case 'children':
      return organization.parent_id === caller.organization;
    case 'own':
      return false;
  }
}

/**
 * The reach of a user, from that of its roles. Only users of the operator's organization reach every organization:
 * by the role `operator`, or as a service account with the role `ingest`.
 */
export function reachOf(user: UserItem, organization: OrganizationItem, ofRoles: ReachOfRole): ReachOfRole {
  if (organization.type !== 'operator') return ofRoles === 'all' ? 'own' : ofRoles;
  return user.type === 'service' && user.roles.includes('ingest') ? 'all' : ofRoles;
}

/** The error for an organization outside the caller's reach, and for one that does not exist. */
export const forbiddenOrganization = (): AppError =>
  new AppError('FORBIDDEN_ORG', 'You have no access to this organization');

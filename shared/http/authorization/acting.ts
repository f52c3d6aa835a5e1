import { userVariable } from '../../contract/acts-on.ts';
import { builtInRoles } from '../../contract/scopes.ts';
import type { Endpoint } from '../../contract/endpoint.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import { userRow, type UserItem } from '../../dynamodb/rows/user.ts';
import type { Table } from '../../dynamodb/table.ts';
import type { Caller } from './caller.ts';
import { assertManageable } from './granting.ts';
import { covers, type EffectiveRights } from './permissions.ts';
import { isInReach, reachOf } from './reach.ts';
import { readRightsSources, rightsOf, type RightsSources } from './rights.ts';

/** Whether a caller may change the accounts that a request acts on (`shared/contract/acts-on.ts`). */

type Acting = { readonly caller: Caller; readonly organization: OrganizationItem };

/** @throws AppError CANNOT_MANAGE_USER when one of the users may do more than the caller */
export function assertManagesAll(
  { caller, organization }: Acting,
  users: readonly UserItem[],
  sources: RightsSources,
): void {
  for (const user of users) assertManageable(caller, fullRights({ user, organization, sources }));
}

/** A user with what its rights come from. */
export type Account = {
  readonly user: UserItem;
  readonly organization: OrganizationItem;
  readonly sources: RightsSources;
};

const fullRights = ({ user, organization, sources }: Account): EffectiveRights => {
  const rights = rightsOf(user, sources);
  return { ...rights, reach: reachOf(user, organization, rights.reach) };
};

/** Whether a user may manage another one at this time, as far as the rights of both tell. */
export function mayManage(actor: Account, other: Account): boolean {
  const { user, organization } = actor;
  const rights = fullRights(actor);
  return (
    user.status === 'active' &&
    rights.scopes.includes('users:write') &&
    isInReach({ organization: organization.org_id, reach: rights.reach }, other.organization) &&
    covers(rights, fullRights(other))
  );
}

/** The strongest role of each type of organization. */
const administrators = { operator: 'operator', reseller: 'reseller', customer: 'admin' } as const satisfies Readonly<
  Record<OrganizationItem['type'], keyof typeof builtInRoles>
>;

/**
 * Checks what the contract alone tells: the user in the path, or all users. A path that names no user of the
 * organization is left to the handler's 404.
 * @throws AppError CANNOT_MANAGE_USER
 */
export async function assertMayAct(
  { actsOn }: Pick<Endpoint, 'actsOn'>,
  acting: Acting & { readonly params: object },
  table: Pick<Table<'user' | 'group' | 'role'>, 'get' | 'getAll'>,
): Promise<void> {
  if (actsOn === 'everyone') assertManageable(acting.caller, builtInRoles[administrators[acting.organization.type]]);
  const variable = userVariable(actsOn);
  if (variable === undefined) return;
  const id = (acting.params as Readonly<Record<string, unknown>>)[variable];
  const user = typeof id === 'string' ? await table.get(userRow, { id }) : undefined;
  if (user !== undefined) assertManagesAll(acting, [user], await readRightsSources(table, [user]));
}

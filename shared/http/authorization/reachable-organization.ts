import { organizationRow, type OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { Table } from '../../dynamodb/table.ts';
import { notFound } from '../../errors.ts';
import type { Caller } from './caller.ts';
import { forbiddenOrganization, isInReach } from './reach.ts';

type OrganizationRequest = { readonly caller: Caller; readonly organization: OrganizationItem };

/**
 * Reads an organization that a path or a record names, if the caller reaches it. The request's own organization is not
 * read again.
 * @throws AppError FORBIDDEN_ORG, also when it does not exist; NOT_FOUND instead if the caller reaches all of them
 */
export async function reachableOrganization(
  number: number,
  { caller, organization }: OrganizationRequest,
  tableOf: (organization: number) => Pick<Table<'organization'>, 'get'>,
): Promise<OrganizationItem> {
  const named = number === organization.org_id ? organization : await tableOf(number).get(organizationRow, {});
  if (named === undefined) throw caller.reach === 'all' ? notFound('Organization') : forbiddenOrganization();
  if (!isInReach(caller, named)) throw forbiddenOrganization();
  return named;
}

import { notFound } from '../../errors.ts';
import { organizationRow, type OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { Table } from '../../dynamodb/table.ts';
import { inReach, forbiddenOrganization } from './authorize.ts';
import type { Caller } from '../admission/caller.ts';

type Asked = { readonly caller: Caller; readonly organization: OrganizationItem };

/**
 * An organization that a path or a record names, if the caller reaches it.
 * @throws AppError FORBIDDEN_ORG, also for one that does not exist; NOT_FOUND to the operator
 */
export async function reachableOrganization(
  number: number,
  { caller, organization }: Asked,
  tableOf: (organization: number) => Pick<Table<'organization'>, 'get'>,
): Promise<OrganizationItem> {
  const named = number === organization.org_id ? organization : await tableOf(number).get(organizationRow, {});
  if (named === undefined) throw caller.reach === 'all' ? notFound('Organization') : forbiddenOrganization();
  if (!inReach(caller, named)) throw forbiddenOrganization();
  return named;
}

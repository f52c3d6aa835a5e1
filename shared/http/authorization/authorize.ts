import type { Endpoint } from '../../contract/endpoint.ts';
import { AppError, notFound } from '../../errors.ts';
import { OrganizationId } from '../../schema/values.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { Authenticated } from '../admission/authenticate.ts';
import type { Caller } from '../admission/caller.ts';
import type { Incoming } from '../incoming.ts';

const synonyms = ['org_id', 'orgId', 'organization_id'] as const;

/** Whether such a value is an organization at all is for the path's schema to say. */
function inPath({ orgFromPath: variable }: Endpoint, params: Readonly<Record<string, string>>): number[] {
  // A schema that is not met costs more than all else here, at every request.
  if (variable === undefined) return [];
  const parsed = OrganizationId.safeParse(params[variable]?.replace(/^org\//, ''));
  return parsed.success ? [parsed.data] : [];
}

/**
 * The organization that a request names, in its path, its query or (on PUT and POST) its body, under any
 * of the three names. Undefined when it names none. @throws AppError INVALID_PARAMETER, VALIDATION_FAILED
 */
export function namedOrganization(
  endpoint: Endpoint,
  { params, query }: Pick<Incoming, 'params' | 'query'>,
  body: Readonly<Record<string, unknown>>,
): number | undefined {
  const looksInBody = (endpoint.method === 'PUT' || endpoint.method === 'POST') && endpoint.orgFromQueryOnly !== true;
  const places = [
    { values: query, code: 'INVALID_PARAMETER' },
    { values: looksInBody ? body : {}, code: 'VALIDATION_FAILED' },
  ] as const;
  const given = places.flatMap(({ values, code }) =>
    synonyms.flatMap((name) => {
      const value = (values as Record<string, unknown>)[name];
      if (value === undefined || value === null) return [];
      const parsed = OrganizationId.safeParse(value);
      if (!parsed.success)
        throw new AppError(code, `${name} is not an organization`, {
          details: [{ path: name, message: 'must be such as 1001 or "org_1001"' }],
        });
      return [parsed.data];
    }),
  );
  const found = [...inPath(endpoint, params), ...given];
  const [first] = found;
  if (found.some((each) => each !== first))
    throw new AppError('INVALID_PARAMETER', 'The request names two organizations');
  return first;
}

/** Whether the organization lies in the caller's reach (orgs.md: a tree of three levels). */
export const inReach = (caller: Caller, organization: OrganizationItem): boolean => {
  if (organization.org_id === caller.organization) return true;
  switch (caller.reach) {
    case 'all':
      return true;
    case 'children':
      return organization.parent_id === caller.organization;
    case 'own':
      return false;
  }
};

/** Refuses what the caller may not do, in the order of auth.md. @throws AppError 403, 404 to the operator */
export function authorize(
  endpoint: Endpoint,
  { caller, suspended, named }: Authenticated,
  params: Readonly<Record<string, string>> = {},
): OrganizationItem {
  checkCaller(endpoint, caller, params);
  // An organization that does not exist answers like a foreign one, but to the operator.
  if (named === undefined) throw caller.reach === 'all' ? notFound('Organization') : forbiddenOrganization();
  if (!inReach(caller, named)) throw forbiddenOrganization();
  // What is kept of a closed organization is read, and nothing is done in it any more (orgs.md, "Closed").
  if (named.status === 'closed' && endpoint.method !== 'GET') throw forbiddenOrganization();
  if (suspended && endpoint.whileSuspended !== true)
    throw new AppError('ORG_SUSPENDED', 'The organization is suspended');
  return named;
}

function checkCaller(endpoint: Endpoint, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (caller.mustChangePassword && endpoint.whilePasswordExpired !== true)
    throw new AppError('PASSWORD_CHANGE_REQUIRED', 'The password must be changed first: POST /users/{id}/password');
  if (endpoint.sessionOnly === true && caller.credential.kind !== 'session')
    throw new AppError('USER_SESSION_REQUIRED', 'This needs a session, not an access key');
  const { scope } = endpoint;
  const isOwn = endpoint.ownRecord !== undefined && params[endpoint.ownRecord] === caller.id;
  if (!isOwn && scope !== 'any' && scope !== 'public' && !caller.scopes.has(scope))
    throw new AppError('INSUFFICIENT_SCOPE', `This needs the scope ${scope}`, {
      details: [{ path: 'scope', message: scope }],
    });
  if (endpoint.sellersOnly === true && caller.reach === 'own')
    throw new AppError('NOT_A_SELLER', 'Only a reseller or the operator may do this');
}

export const forbiddenOrganization = (): AppError => new AppError('FORBIDDEN_ORG', 'This organization is out of reach');

import type { Endpoint } from '../../contract/endpoint.ts';
import { AppError } from '../../errors.ts';
import { OrganizationId } from '../../schema/values.ts';
import type { Incoming } from '../request/incoming.ts';

/** Names under which a query or a body may hold the organization. */
export const organizationNames = ['org_id', 'orgId', 'organization_id'] as const;

/** The organization in the path. Another form is left to the schema of the path. */
function inPath({ orgFromPath: variable }: Endpoint, params: Readonly<Record<string, string>>): number[] {
  // A failing parse is slow, and most requests have no such variable.
  if (variable === undefined) return [];
  const parsed = OrganizationId.safeParse(params[variable]?.replace(/^org\//, ''));
  return parsed.success ? [parsed.data] : [];
}

/**
 * The organization that a request names in its path, its query or (PUT and POST) its body; undefined if it names none
 * (shared/http/authorization/README.md, "Selecting an organization").
 * @throws AppError INVALID_PARAMETER (query, or two organizations), VALIDATION_FAILED (body)
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
    organizationNames.flatMap((name) => {
      const value = (values as Record<string, unknown>)[name];
      if (value === undefined || value === null) return [];
      const parsed = OrganizationId.safeParse(value);
      if (!parsed.success)
        throw new AppError(code, `${name} must be an organization such as 1001 or "org_1001"`, {
          details: [{ path: name, message: 'must be an organization such as 1001 or "org_1001"' }],
        });
      return [parsed.data];
    }),
  );
  const all = [...inPath(endpoint, params), ...given];
  const [first] = all;
  if (all.some((organization) => organization !== first))
    throw new AppError('INVALID_PARAMETER', 'The request names two different organizations');
  return first;
}

import type { Endpoint } from '#contract/endpoint.ts';
import { contractsByArea } from '#functions/contracts.ts';

/** Rows of `test.each`, named by the route. */
export const byRoute = (endpoints: readonly Endpoint[]): (readonly [string, Endpoint])[] =>
  endpoints.map((endpoint) => [endpoint.route as string, endpoint]);

const kinds = ['one', 'list', 'create', 'update', 'delete', 'action'] as const;
type Kind = (typeof kinds)[number];

/** What an endpoint does, as its method and path say. */
export function kindOf({ method, path, query = {} }: Endpoint): Kind {
  const endsWithVariable = path.endsWith('}');
  if (method === 'DELETE') return 'delete';
  if (method === 'GET' || method === 'ANY') return 'page_token' in query ? 'list' : 'one';
  if (method === 'PUT') return endsWithVariable ? 'update' : 'create';
  if (endsWithVariable) return 'update';
  return path.includes('{') ? 'action' : 'create';
}

/** One endpoint of each kind in each area: a generator proves the same for all in process, and for these over HTTP. */
export const sample: readonly Endpoint[] = Object.values(contractsByArea).flatMap((contracts) => {
  const endpoints = contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []));
  return kinds.flatMap(
    (kind) => endpoints.find((endpoint) => kindOf(endpoint) === kind && endpoint.scope !== 'public') ?? [],
  );
});

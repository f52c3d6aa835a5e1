import { routeKeysOf, type Endpoint } from './endpoint.ts';
import type { Resource } from './resource.ts';

/** Routes of the API: which ones the endpoints of all functions have. */

/** The segments of two paths, side by side. A greedy variable is beside each segment that it matches. */
function segmentsBeside(path: string, other: string): readonly (readonly [string | undefined, string | undefined])[] {
  const [one, two] = [path, other].map((each) => each.slice(1).split('/'));
  const at = (segments: readonly string[] = [], index = 0): string | undefined =>
    segments[index] ?? (segments.at(-1)?.endsWith('+}') === true ? segments.at(-1) : undefined);
  const length = Math.max(one?.length ?? 0, two?.length ?? 0);
  return Array.from({ length }, (_, index) => [at(one, index), at(two, index)]);
}

const isVariable = (segment: string | undefined): boolean => segment?.startsWith('{') === true;

/** Whether a request may match both paths. */
const overlap = (path: string, other: string): boolean =>
  segmentsBeside(path, other).every(
    ([one, two]) => one !== undefined && two !== undefined && (one === two || isVariable(one) || isVariable(two)),
  );

/** Whether a path matches each request that another one matches. */
const includes = (path: string, other: string): boolean =>
  segmentsBeside(path, other).every(
    ([one, two]) => one === two || (isVariable(one) && two?.endsWith('+}') !== true) || one?.endsWith('+}') === true,
  );

/**
 * The keys of the routes of each function, such as `GET /health` or `ANY /users/{id}`. A new API permits 300 routes
 * ("Routes per API", Service Quotas), so the endpoints of a path share a route of any method, where one function has
 * all of them. A path whose requests another one may match, too, keeps a route for each method, unless that one is more
 * specific: `PUT /users/new` beside `ANY /users/{id}`.
 *
 * @param resources all of the API
 */
export function routesOf(resources: readonly Resource[]): ReadonlyMap<Resource, readonly string[]> {
  const byPath = Map.groupBy(
    resources.flatMap((resource) => resource.endpoints.map((endpoint) => ({ resource, endpoint }))),
    ({ endpoint }) => endpoint.path,
  );
  const isShared = ({ path }: Endpoint): boolean => {
    const [first, ...others] = byPath.get(path) ?? [];
    return (
      others.length > 0 &&
      others.every(({ resource, endpoint: { method } }) => resource === first?.resource && method !== 'ANY') &&
      [...byPath.keys()].every((other) => other === path || !overlap(path, other) || includes(path, other))
    );
  };
  const routeKeys = (endpoint: Endpoint): readonly string[] =>
    isShared(endpoint) ? [`ANY ${endpoint.path}`] : routeKeysOf(endpoint);
  return new Map(resources.map((resource) => [resource, [...new Set(resource.endpoints.flatMap(routeKeys))]]));
}
